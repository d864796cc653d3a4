"""What is documented, held against what is served."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from openapi_schema_validator import OAS31Validator, oas31_format_checker

from orders.api.docs.views import DOCUMENTS
from orders.services import limits
from tests.orders.conftest import NOW


@dataclass(frozen=True)
class Contract:
    """One document."""

    document: dict[str, Any]

    def check(self, response: Any, *, path: str = "") -> Any:
        """The body, when this status is documented for the call and its schema takes the body."""
        request = response.wsgi_request
        operation = self.document["paths"][path or request.path][request.method.lower()]
        answers = operation["responses"]
        assert str(response.status_code) in answers, response.content
        answer = self.resolved(answers[str(response.status_code)])
        body = json.loads(response.content)
        self.valid(body, answer["content"]["application/json"]["schema"])
        for name in answer.get("headers", {}):
            assert response.headers[name]
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


@pytest.fixture
def contracts() -> dict[str, Contract]:
    return {dialect: Contract(document) for dialect, document in DOCUMENTS.items()}


@pytest.fixture(autouse=True)
def fresh_process() -> Iterator[None]:
    cache.clear()
    limits.forget()
    with time_machine.travel(NOW, tick=False):
        yield
    limits.forget()
