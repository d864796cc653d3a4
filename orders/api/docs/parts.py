"""What the OpenAPI documents are made of: JSON Schemas (2020-12) and operations."""

from collections.abc import Collection, Mapping
from typing import Any

Json = dict[str, Any]

ADDRESS_PATTERN = "^T[1-9A-HJ-NP-Za-km-z]{33}$"
SAMPLE_ADDRESS = "TExWKszFWYTKZH8LYiovAPKzS3L9MLZ4kw"
OTHER_ADDRESS = "TNfdtE7p8pEfTTbfRb88gikf2tt5ENc86b"
SAMPLE_TXID = "2610c200efc8a90601758715405fa6be4597469e854591975d113b720a762ec2"
SAMPLE_SERIAL = "7297a8a2a9e39b86fc5bad0d2e9edda2"

RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}


def text(description: str = "", **rules: Any) -> Json:
    return {"type": "string"} | _described(description) | rules


def whole(description: str = "", **rules: Any) -> Json:
    return {"type": "integer"} | _described(description) | rules


def number(description: str = "", **rules: Any) -> Json:
    return {"type": "number"} | _described(description) | rules


def flag(description: str = "") -> Json:
    return {"type": "boolean"} | _described(description)


def address(description: str = "") -> Json:
    return text(description or "TRON address, base58check.", pattern=ADDRESS_PATTERN)


def several(items: Json, description: str = "") -> Json:
    return {"type": "array", "items": items} | _described(description)


def _described(description: str) -> Json:
    return {"description": description} if description else {}


def ref(name: str, *, of: str = "schemas") -> Json:
    return {"$ref": f"#/components/{of}/{name}"}


def record(fields: Mapping[str, Json], *, optional: Collection[str] = (), is_open: bool = False) -> Json:
    """`is_open`: other members are ignored, as in every request; an answer has these and no others."""
    required = [name for name in fields if name not in optional]
    schema: Json = {"type": "object", "properties": dict(fields)}
    if required:
        schema["required"] = required
    if not is_open:
        schema["additionalProperties"] = False
    return schema


def media(schema: Json, examples: Mapping[str, Any]) -> Json:
    return {"schema": schema, "examples": {name: {"value": value} for name, value in examples.items()}}


def answer(description: str, schema: Json, headers: Json | None = None, /, **examples: Any) -> Json:
    found: Json = {"description": description, "content": {"application/json": media(schema, examples)}}
    return found | ({"headers": headers} if headers else {})


def request_body(schema: Json, example: Any, *, types: Collection[str] = ("application/json",)) -> Json:
    content = {name: media(schema, {"request": example}) for name in types}
    return {"required": True, "content": content}


def query(name: str, schema: Json, description: str, *, required: bool = False) -> Json:
    return {"name": name, "in": "query", "required": required, "description": description, "schema": schema}


def shell(source: str) -> list[Json]:
    return [{"lang": "Shell", "label": "curl", "source": source}]


def document(title: str, description: str, **parts: Any) -> Json:
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1", "description": description},
        "servers": [{"url": "/"}],
        **parts,
    }
