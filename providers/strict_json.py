"""JSON from strangers: one reading only, bounded, without floats.

Refused: duplicate keys, NaN and Infinity, lone surrogates, nesting deeper than MAX_DEPTH, more than `max_bytes`,
integers of more than 40 digits, anything but UTF-8. Numbers with a point become Decimal, those with an exponent
the Decimal named for it.
"""

import json
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

MAX_DEPTH = 20
MAX_BYTES = 65_536


class BadJSON(ValueError):
    pass


class Exponential(Decimal):
    """A number that was written with an exponent, which some wires refuse: `1e-2` alone would read as 0.01."""


def loads(raw: bytes, *, max_bytes: int = MAX_BYTES) -> Any:
    """Raises BadJSON."""
    if len(raw) > max_bytes:
        raise BadJSON("too large")
    try:
        text = raw.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_decimal,
            parse_int=_integer,
        )
    except RecursionError as error:
        raise BadJSON("nested too deeply") from error
    except UnicodeDecodeError as error:
        raise BadJSON("not UTF-8") from error
    except json.JSONDecodeError as error:
        raise BadJSON("not JSON") from error
    _check(value, 0)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise BadJSON("duplicate keys")
    return result


def _no_constant(name: str) -> NoReturn:
    raise BadJSON(f"{name} is not JSON")


def _integer(text: str) -> int:
    if len(text.removeprefix("-")) > 40:
        raise BadJSON("a number is too long")
    return int(text)


def _decimal(text: str) -> Decimal:
    if len(text) > 60:
        raise BadJSON("a number is too long")
    try:
        return Exponential(text) if "e" in text.lower() else Decimal(text)
    except InvalidOperation as error:  # an exponent beyond what Decimal holds
        raise BadJSON("a number is out of range") from error


def _check(value: Any, depth: int) -> None:
    if depth == MAX_DEPTH and isinstance(value, dict | list):
        raise BadJSON("nested too deeply")
    if isinstance(value, str):
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise BadJSON("lone surrogate")
    elif isinstance(value, dict):
        for key, item in value.items():
            _check(key, depth)
            _check(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
