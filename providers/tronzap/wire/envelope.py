"""What wraps every answer and every request (spec sections 2 and 4)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from providers import strict_json
from providers.tronzap.wire.codes import ERRORS, HTTP_ERRORS, Code
from providers.tronzap.wire.values import Unreadable, is_absent, read_int

_KEY = re.compile(r"[a-z_]{1,40}(\.[a-z_]{1,40})?")


@dataclass(frozen=True, slots=True)
class Envelope:
    """An answer as the upstream wrote it; `key` is "" and `result` None where null or missing.

    Its free `error` text is left out: staff read it in the record of the call, where secrets are masked.
    """

    code: int
    key: str
    result: Any


def dump(value: object) -> bytes:
    """Compact JSON in raw UTF-8. Decimals become JSON numbers digit by digit, for which the standard encoder
    would need floats; those raise TypeError."""
    return _json(value).encode()


def _json(value: object) -> str:
    match value:
        case Decimal():
            return format(value, "f")
        case Mapping():
            return "{" + ",".join(f"{_json(str(key))}:{_json(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ",".join(_json(item) for item in value) + "]"
        case float():
            raise TypeError("a float has no place on this wire")
        case _:
            return json.dumps(value, ensure_ascii=False)


def success_body(result: object, request_id: str) -> bytes:
    """`request_id`: a fresh UUID v4."""
    return dump({"code": 0, "request_id": request_id, "result": result})


def error_body(code: int, request_id: str, *, sub_key: str = "", error: str = "") -> bytes:
    """`code`: of ERRORS or HTTP_ERRORS. `sub_key`: after the dot. `error`: instead of the table's text."""
    kind = ERRORS.get(code) or HTTP_ERRORS[code]
    key = f"{kind.key}.{sub_key}" if sub_key else kind.key
    return dump({"code": int(code), "key": key, "request_id": request_id, "error": error or kind.text})


def not_found_body(request_id: str) -> bytes:
    return error_body(Code.NOT_FOUND, request_id, sub_key="transaction", error="Transaction not found")


def read_envelope(body: bytes) -> Envelope:
    """Raises Unreadable for what is no JSON object or has no code."""
    value = _load(body)
    if not isinstance(value, dict):
        raise Unreadable("not a JSON object")
    if is_absent(value.get("code")):
        raise Unreadable("no code")
    return Envelope(read_int(value["code"]), _key(value.get("key")), value.get("result"))


def _key(value: object) -> str:
    return value if isinstance(value, str) and _KEY.fullmatch(value) else ""


def read_parameters(body: bytes) -> dict[str, Any]:
    """A request's body at a server: an object; `[]` and no bytes at all mean `{}`. Raises Unreadable."""
    value = _load(body) if body else {}
    if value == []:
        return {}
    if not isinstance(value, dict):
        raise Unreadable("not a JSON object")
    return value


def _load(body: bytes) -> Any:
    try:
        return strict_json.loads(body)
    except strict_json.BadJSON as error:
        raise Unreadable(str(error)) from error
