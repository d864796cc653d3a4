"""An OpenAPI document as a contract: an answer has a documented status and fits the schema documented for it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openapi_schema_validator import OAS31Validator, oas31_format_checker


@dataclass(frozen=True)
class Contract:
    """One document."""

    document: dict[str, Any]

    def check(self, response: Any, *, path: str = "") -> Any:
        """`response` of Django's test client."""
        request = response.wsgi_request
        told = response.status_code, response.headers, response.content
        return self.hold(request.method, path or request.path, *told)

    def hold(self, method: str, path: str, status: int, headers: Mapping[str, str], content: bytes) -> Any:
        """The body, when this status is documented for the call and its schema takes the body."""
        answers = self.document["paths"][path][method.lower()]["responses"]
        assert str(status) in answers, (status, content)
        answer = self.resolved(answers[str(status)])
        body = json.loads(content)
        self.valid(body, answer["content"]["application/json"]["schema"])
        for name in answer.get("headers", {}):
            assert headers[name]
        return body

    def valid(self, value: object, schema: dict[str, Any]) -> None:
        whole = schema | {"components": self.document["components"]}
        OAS31Validator(whole, format_checker=oas31_format_checker).validate(value)

    def resolved(self, found: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in found:
            return found
        target: dict[str, Any] = self.document
        for name in found["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        return target

    def sample(self, path: str) -> dict[str, Any]:
        """The body that the document shows for a POST."""
        content = self.document["paths"][path]["post"]["requestBody"]["content"]
        found: dict[str, Any] = content["application/json"]["examples"]["request"]["value"]
        return found
