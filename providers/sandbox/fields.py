"""Fields of the control API and the page's forms, checked. All raise ValueError."""

from collections.abc import Mapping
from typing import Any

from providers.money import LARGEST


def text(given: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = given.get(name, default)
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text")
    return value


def whole(given: Mapping[str, Any], name: str, default: int) -> int:
    value = given.get(name, default)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 18:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
        raise ValueError(f"{name} must be a whole number from 0 to {LARGEST}")
    return value


def flag(given: Mapping[str, Any], name: str) -> bool:
    return given.get(name) in (True, "true", "on", "1")
