"""Lenient readers: a client accepts every form of spec section 2, a server emits the first of each.

All take values of `strict_json.loads` (numbers with a point are Decimal) and raise Unreadable. Amounts never
negative, texts printable and bounded, so that whatever passes can be stored.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from providers.money import UNIT, parse_units_lenient

LARGEST_INT = 10**15
LONGEST_TEXT = 128
_INTEGER = re.compile(r"-?[0-9]{1,18}(\.0+)?")
_DECIMAL = re.compile(r"[0-9]{1,30}(\.[0-9]{1,30})?")
_BOOLS = {True: True, False: False, "1": True, "0": False, "true": True, "false": False}


class Unreadable(ValueError):
    """Not in any form the documents or clients know. The message quotes nothing of the value."""


def is_absent(value: object) -> bool:
    """Missing, null and "" are one to every client."""
    return value is None or value == ""


def read_int(value: object) -> int:
    """`65000`, `"65000"`, `345.0`."""
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Unreadable("not an integer")
    number = Decimal(value)
    # The bound comes first: int() of 1e999999 would fill the memory. abs() would raise Overflow on some.
    if not -LARGEST_INT <= number <= LARGEST_INT or number != int(number):
        raise Unreadable("not an integer in range")
    return int(number)


def read_count(value: object) -> int:
    number = read_int(value)
    if number < 0:
        raise Unreadable("negative")
    return number


def read_sun(value: object) -> int:
    """TRX as `5.47`, `"5.47"` or `0.052300000`, in sun."""
    if isinstance(value, str) and not _DECIMAL.fullmatch(value):
        raise Unreadable("not an amount")
    if isinstance(value, Decimal) and not 0 <= value <= LARGEST_INT:
        raise Unreadable("not an amount in range")
    try:
        sun = parse_units_lenient(value)
    except ValueError as error:
        raise Unreadable("not an amount") from error
    if sun < 0:
        raise Unreadable("negative")
    return sun


def read_text(value: object) -> str:
    """ "" where the value is absent."""
    if is_absent(value):
        return ""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or not value.isprintable():
        raise Unreadable("not a short text")
    return value


def read_bool(value: object) -> bool:
    """true/false, 1/0, "1"/"0", "true"/"false"; absent is False."""
    if is_absent(value):
        return False
    if not isinstance(value, bool | int | str) or value not in _BOOLS:
        raise Unreadable("not a boolean")
    return _BOOLS[value]


def read_object(value: object) -> Mapping[str, Any]:
    """`{}`, or `[]` for an empty one; absent is empty."""
    if is_absent(value) or value == []:
        return {}
    if not isinstance(value, dict):
        raise Unreadable("not an object")
    return value


def read_list(value: object) -> list[Any]:
    """`[]`, or `{}` for an empty one; absent is empty."""
    if is_absent(value) or value == {}:
        return []
    if not isinstance(value, list):
        raise Unreadable("not a list")
    return value


def read_time(value: object) -> datetime:
    """`2026-08-07T10:42:12+00:00`, `…Z`, `2026-08-07 10:42:12` (UTC) or Unix seconds, as aware UTC."""
    try:
        if isinstance(value, str) and not _INTEGER.fullmatch(value):
            moment = datetime.fromisoformat(value)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        return datetime.fromtimestamp(read_int(value), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Unreadable("not a time") from error


def json_trx(sun: int) -> Decimal:
    """What `envelope.dump` writes as a JSON number: 3400000 -> 3.4."""
    return Decimal(sun) / UNIT


def json_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
