"""Fields of a JSON object that a stranger sent: the right type, or Unreadable, which never quotes a value."""

from typing import Any

from providers import strict_json
from providers.money import LARGEST

LONGEST_TEXT = 255


class Unreadable(ValueError):
    """An answer that is not what the documentation promises."""


def read_object(raw: bytes, *, max_bytes: int = strict_json.MAX_BYTES) -> dict[str, Any]:
    try:
        value = strict_json.loads(raw, max_bytes=max_bytes)
    except strict_json.BadJSON as error:
        raise Unreadable(str(error)) from error
    if not isinstance(value, dict):
        raise Unreadable("not a JSON object")
    return value


def whole(document: dict[str, Any], name: str) -> int:
    value = whole_or_none(document, name)
    if value is None:
        raise Unreadable(f"{name} is missing")
    return value


def whole_or_none(document: dict[str, Any], name: str) -> int | None:
    """A JSON integer from 0 to LARGEST; None when absent or null."""
    value = document.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unreadable(f"{name} is not an integer")
    if not 0 <= value <= LARGEST:
        raise Unreadable(f"{name} is out of range")
    return value


def text(document: dict[str, Any], name: str) -> str:
    value = text_or_none(document, name)
    if not value:
        raise Unreadable(f"{name} is missing")
    return value


def text_or_none(document: dict[str, Any], name: str) -> str | None:
    """Printable text of at most LONGEST_TEXT characters; None when absent or null."""
    value = document.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Unreadable(f"{name} is not a string")
    if len(value) > LONGEST_TEXT or not value.isprintable():
        raise Unreadable(f"{name} is too long or not printable")
    return value
