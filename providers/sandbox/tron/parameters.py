"""What a caller of the node gives, in JSON or in the query, read as leniently as nodes do."""

from collections.abc import Mapping
from typing import Any

from providers import strict_json
from providers.sandbox.exchange import Request
from providers.tron import addresses

LARGEST_BODY = 4_194_304
WORST_NUMBER = 2**63


Values = Mapping[str, Any]


class BadParameter(ValueError):
    """Told as nodes tell it: 200 with an Error."""


def given(request: Request) -> Mapping[str, Any]:
    """An empty body is no parameters."""
    if request.method == "GET" or not request.body.strip():
        return request.query
    value = parsed(request)
    if not isinstance(value, dict):
        raise BadParameter("class com.alibaba.fastjson.JSONException : not an object")
    return value


def parsed(request: Request) -> Any:
    try:
        return strict_json.loads(request.body, max_bytes=LARGEST_BODY)
    except strict_json.BadJSON as error:
        raise BadParameter(f"class com.alibaba.fastjson.JSONException : {error}") from error


def whole(values: Mapping[str, Any], name: str, default: int = 0) -> int:
    value = values.get(name, default)
    try:
        number = int(value) if isinstance(value, int | str) else None
    except ValueError:
        number = None
    if number is None or abs(number) >= WORST_NUMBER:
        raise BadParameter(f"class java.lang.NumberFormatException : {name}")
    return number


def text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name, "")
    if not isinstance(value, str):
        raise BadParameter(f"class java.lang.ClassCastException : {name}")
    return value


def hex_bytes(values: Mapping[str, Any], name: str) -> bytes:
    try:
        return bytes.fromhex(text(values, name))
    except ValueError as error:
        raise BadParameter(f"class org.bouncycastle.util.encoders.DecoderException : {name}") from error


def address(values: Mapping[str, Any], name: str) -> str:
    """Hex `41…`; base58 is taken with `visible`."""
    value = text(values, name)
    try:
        return addresses.to_hex(value) if is_visible(values) else addresses.to_hex(addresses.from_hex(value))
    except ValueError as error:
        raise BadParameter(f"class java.lang.IllegalArgumentException : Invalid address {name}") from error


def is_visible(values: Mapping[str, Any]) -> bool:
    return values.get("visible") in (True, "true")
