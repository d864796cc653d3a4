from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from providers import strict_json
from providers.tronzap.wire import (
    Unreadable,
    json_time,
    json_trx,
    read_bool,
    read_int,
    read_list,
    read_object,
    read_sun,
    read_text,
    read_time,
)


def parsed(text: str) -> Any:
    return strict_json.loads(text.encode())


@pytest.mark.parametrize(
    ("text", "sun"),
    [
        ("5.47", 5_470_000),
        ('"5.47"', 5_470_000),
        ('"3.40"', 3_400_000),
        ("0.052300000", 52_300),
        ('"0.052300000"', 52_300),
        ('"12.345678"', 12_345_678),
        ("1", 1_000_000),
        ("0", 0),
        ("1e-3", 1_000),
        ("0.0000005", 1),
    ],
)
def test_money(text: str, sun: int) -> None:
    assert read_sun(parsed(text)) == sun


@pytest.mark.parametrize(
    "text",
    [
        *("null", "true", "[]", "{}", '""', '"abc"', '"1_000"', '" 5"', '"5,47"', '"NaN"', '"1e3"', '"٣"'),
        *("-1", '"-0.5"', "1e30", "1e999999999999", "-1e999999999999", '"' + "9" * 31 + '"', "9" * 30),
    ],
)
def test_what_is_no_money(text: str) -> None:
    with pytest.raises(Unreadable):
        read_sun(parsed(text))


def test_a_float_is_no_money() -> None:
    with pytest.raises(Unreadable):
        read_sun(5.47)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("65000", 65000),
        ('"65000"', 65000),
        ("345.0", 345),
        ('"345.0"', 345),
        ("0", 0),
        ("-1", -1),
        ("1e3", 1000),
    ],
)
def test_integers(text: str, number: int) -> None:
    assert read_int(parsed(text)) == number


@pytest.mark.parametrize(
    "text",
    [
        *("null", "true", "false", "[]", '""', "345.5", '"345.5"', '"1e3"', '" 1"', '"٣"', '"x"'),
        *("1e30", "1e999999999999", "-1e999999999999", "1e-999999999999", "9" * 30),
    ],
)
def test_what_is_no_integer(text: str) -> None:
    with pytest.raises(Unreadable):
        read_int(parsed(text))


@pytest.mark.parametrize(
    "value",
    [
        "2026-08-07T10:42:12+00:00",
        "2026-08-07T10:42:12Z",
        "2026-08-07 10:42:12",
        "2026-08-07T13:42:12+03:00",
        1786099332,
        "1786099332",
    ],
)
def test_times(value: object) -> None:
    assert read_time(value) == datetime(2026, 8, 7, 10, 42, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [None, "", "yesterday", True, [], 10**14, -(10**14), "9" * 18, "0001-01-01T00:00:00+14:00", "\x00"],
)
def test_what_is_no_time(value: object) -> None:
    with pytest.raises(Unreadable):
        read_time(value)


def test_a_server_writes_times_with_their_offset() -> None:
    moment = datetime(2026, 8, 7, 10, 42, 12, 999, tzinfo=UTC)
    assert json_time(moment) == "2026-08-07T10:42:12+00:00"


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        *((true, True) for true in (True, 1, "1", "true")),
        *((false, False) for false in (False, 0, "0", "false", None, "")),
    ],
)
def test_bools(value: object, meaning: bool) -> None:
    assert read_bool(value) is meaning


@pytest.mark.parametrize("value", [2, -1, "yes", [], {}, Decimal("0.5")])
def test_what_is_no_bool(value: object) -> None:
    with pytest.raises(Unreadable):
        read_bool(value)


@pytest.mark.parametrize("value", [{}, [], None, ""])
def test_empty_objects_and_lists(value: object) -> None:
    assert read_object(value) == {}
    assert read_list(value) == []


def test_objects_and_lists_are_not_each_other() -> None:
    with pytest.raises(Unreadable):
        read_object([1])
    with pytest.raises(Unreadable):
        read_list({"a": 1})
    with pytest.raises(Unreadable):
        read_object("{}")


@pytest.mark.parametrize("value", [5, True, [], {}, "a\x00b", "line\nbreak", "x" * 129])
def test_what_is_no_short_text(value: object) -> None:
    with pytest.raises(Unreadable):
        read_text(value)


def test_absent_texts_are_empty() -> None:
    assert (read_text(None), read_text(""), read_text("0")) == ("", "", "0")


def test_trx_of_sun() -> None:
    assert json_trx(3_400_000) == Decimal("3.4")
