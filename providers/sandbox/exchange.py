"""One HTTP exchange as the sandbox's handlers see it: a request in, a reply out, or a refusal raised."""

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from providers import strict_json

JSON_TYPE = "application/json"
HTML_TYPE = "text/html; charset=utf-8"
MAX_BODY_BYTES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`headers` has lower-case names; `now` is the moment the request was read."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    now: datetime

    def fields(self) -> dict[str, Any]:
        """The JSON object or form in the body, {} if empty. Raises strict_json.BadJSON."""
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return _form(self.body)
        value = strict_json.loads(self.body) if self.body else {}
        if not isinstance(value, dict):
            raise strict_json.BadJSON("not an object")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`slow` delays the answer by the slow setting; `cut` closes the connection instead of answering."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)
    slow: bool = False
    cut: bool = False


class Refusal(Exception):
    """Ends a handler early with `reply`; nothing has been changed."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def json_reply(value: Any, status: int = 200, *, content_type: str = JSON_TYPE) -> Reply:
    return Reply(status=status, body=dumps(value).encode(), content_type=content_type)


def html_reply(text: str, status: int = 200) -> Reply:
    return Reply(status=status, body=text.encode(), content_type=HTML_TYPE)


def dumps(value: Any) -> str:
    """Compact JSON in which a Decimal becomes a plain number, without passing through a float."""
    match value:
        case dict():
            return (
                "{" + ",".join(f"{json.dumps(str(key))}:{dumps(item)}" for key, item in value.items()) + "}"
            )
        case list() | tuple():
            return "[" + ",".join(dumps(item) for item in value) + "]"
        case Decimal():
            return format(value, "f")
        case _:
            return json.dumps(value)


def crash_page() -> Reply:
    """What a broken proxy in front of an upstream answers."""
    page = "<!doctype html><title>500</title><h1>Internal Server Error</h1>"
    return html_reply(page, 500)


def error_page(title: str, status: int) -> Reply:
    return html_reply(f"<!doctype html><title>{status}</title><h1>{html.escape(title)}</h1>", status)


def delayed(reply: Reply) -> Reply:
    return replace(reply, slow=True)


def cut_off() -> Reply:
    return Reply(cut=True)


def _form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode(),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=100,
        )
    except ValueError as error:
        raise strict_json.BadJSON("not a form") from error
    if len(dict(pairs)) != len(pairs):
        raise strict_json.BadJSON("duplicate fields")
    return dict(pairs)
