"""An OpenAPI document laid out for people: what the template shows, references resolved. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from orders.api.docs.parts import Json

METHODS = ("get", "post")


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter, header or field; fields of fields have dotted names."""

    name: str
    kind: str
    is_required: bool
    description: SafeString


@dataclass(frozen=True, slots=True)
class Part:
    """A body that is sent or answered. `shapes`: the alternatives, each a table."""

    title: str
    description: SafeString
    headers: list[Row]
    shapes: list[list[Row]]
    examples: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Operation:
    anchor: str
    method: str
    path: str
    summary: str
    description: SafeString
    authentication: str
    parameters: list[Row]
    body: Part | None
    answers: list[Part]
    curl: str


def operations(document: Json) -> list[Operation]:
    return [
        _operation(document, path, method, item)
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]


def callbacks(document: Json) -> list[Operation]:
    """What we send to merchants. It has no path."""
    return [_operation(document, "", "post", item) for item in document.get("webhooks", {}).values()]


def _operation(document: Json, path: str, method: str, item: Json) -> Operation:
    found = item[method]
    parameters = [*item.get("parameters", ()), *found.get("parameters", ())]
    samples = found.get("x-codeSamples", [{"source": ""}])
    return Operation(
        anchor=re.sub(
            r"[^a-z0-9]+", "-", f"{method} {path} {'' if path else found['summary']}".lower()
        ).strip("-"),
        method=method.upper(),
        path=path,
        summary=found["summary"],
        description=prose(found["description"]),
        authentication=_authentication(document, found["security"]),
        parameters=[_row(each["name"], each["schema"], each["required"], each) for each in parameters],
        body=_part(document, "Request body", found["requestBody"]) if "requestBody" in found else None,
        answers=[
            _part(document, status, _resolved(document, each)) for status, each in found["responses"].items()
        ],
        curl=samples[0]["source"],
    )


def _authentication(document: Json, security: list[Json]) -> str:
    schemes = document["components"]["securitySchemes"]
    ways = [
        " + ".join(schemes[name].get("name", "Authorization: Bearer") for name in way) or "none"
        for way in security
    ]
    return " or ".join(ways)


def _part(document: Json, title: str, found: Json) -> Part:
    media = found.get("content", {}).get("application/json", {})
    return Part(
        title=title,
        description=prose(found.get("description", "")),
        headers=[_row(name, each["schema"], False, each) for name, each in found.get("headers", {}).items()],
        shapes=[list(_rows(document, shape)) for shape in _shapes(document, media.get("schema", {}))],
        examples=[
            (name.replace("_", " "), json.dumps(each["value"], ensure_ascii=False, indent=2))
            for name, each in media.get("examples", {}).items()
        ],
    )


def _resolved(document: Json, found: Json) -> Json:
    if "$ref" not in found:
        return found
    for name in found["$ref"].removeprefix("#/").split("/"):
        document = document[name]
    return document


def _shapes(document: Json, schema: Json) -> list[Json]:
    schema = _resolved(document, schema)
    # Of an allOf the first is the shape, the others narrow it.
    schema = _resolved(document, schema["allOf"][0]) if "allOf" in schema else schema
    alternatives = [_resolved(document, each) for each in schema.get("oneOf", [schema])]
    return [each for each in alternatives if each]


def _rows(document: Json, schema: Json, prefix: str = "") -> Iterator[Row]:
    required = schema.get("required", ())
    for name, each in schema.get("properties", {}).items():
        if each is False:  # says only that the name is not there
            continue
        field = _resolved(document, each)
        yield _row(f"{prefix}{name}", field, name in required, each)
        inner = _resolved(document, field.get("items", field))
        dots = f"{prefix}{name}[]." if "items" in field else f"{prefix}{name}."
        yield from _rows(document, inner, dots)
    if isinstance(schema.get("additionalProperties"), dict):
        yield _row(f"{prefix}*", schema["additionalProperties"], False, schema)


def _row(name: str, schema: Json, is_required: bool, described: Mapping[str, Any]) -> Row:
    text = described.get("description") or schema.get("description", "")
    return Row(name=name, kind=_kind(schema), is_required=is_required, description=_inline(text))


def _kind(schema: Json) -> str:
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    kinds = schema.get("type", "any")
    return " or ".join(kinds) if isinstance(kinds, list) else str(kinds)


def prose(text: str) -> SafeString:
    """The little of CommonMark that the documents use: paragraphs, indented code, `code`."""
    blocks = [block for block in text.strip("\n").split("\n\n") if block.strip()]
    return format_html_join("\n", "{}", ((_block(block),) for block in blocks))


def _block(block: str) -> SafeString:
    if block.startswith("    "):
        lines = [line.removeprefix("    ") for line in block.splitlines()]
        return format_html("<pre>{}</pre>", "\n".join(lines))
    return format_html("<p>{}</p>", _inline(block))


def _inline(text: str) -> SafeString:
    parts = enumerate(text.split("`"))
    return format_html_join(
        "", "{}", ((format_html("<code>{}</code>" if nth % 2 else "{}", part),) for nth, part in parts)
    )
