from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers import strict_json
from providers.crossingpay.wire import format_time, iso_text, read_amount, read_time, read_timestamp, utc_text
from providers.crossingpay.wire.values import amount_number, dump

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
NOON = datetime(2025, 5, 3, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("json_text", "amount_micro"),
    [
        (b"100.29", 100_290_000),
        (b'"100.29"', 100_290_000),
        (b"100", 100_000_000),
        (b"0.000001", 1),
        (b"100.290000", 100_290_000),
        (b"9007199254.740993", 9_007_199_254_740_993),  # a float would read ...992
    ],
)
def test_amounts_are_numbers_or_texts(json_text: bytes, amount_micro: int) -> None:
    assert read_amount(strict_json.loads(json_text)) == amount_micro


@pytest.mark.parametrize(
    "json_text",
    [
        *(
            b"0",
            b"0.0",
            b"-1",
            b"-0.5",
            b"1e2",
            b"1E+2",
            b"1.5e3",
            b"1e400",
            b"1e-7",
            b"0.0000001",
            b"100.2900000",
        ),
        *(b'"1e2"', b'"NaN"', b'"Infinity"', b'""', b'" 1"', b'"+1"', b'"1,000"', b'"1."', b'".5"', b'"0x1"'),
        *(b'"\\u0661"', b'"1_000"', b"true", b"null", b"[]", b"{}", b"1" * 31, b'"-0"', b"-0"),
    ],
)
def test_other_amounts_are_refused(json_text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_amount(strict_json.loads(json_text))


def test_a_float_is_no_amount() -> None:
    with pytest.raises(ValueError, match="not a number"):
        read_amount(100.29)


@given(st.integers(min_value=1, max_value=10**17))
def test_amount_numbers_come_back_exactly(amount_micro: int) -> None:
    text = dump({"amount": amount_number(amount_micro)})
    assert b"E" not in text
    assert read_amount(strict_json.loads(text)["amount"]) == amount_micro


def test_json_numbers_are_written_plainly() -> None:
    assert dump({"a": Decimal("100.29"), "文": '充"值', "n": None, "t": True}) == (
        '{"a":100.29,"文":"充\\"值","n":null,"t":true}'.encode()
    )


def test_local_times_both_ways() -> None:
    assert read_time("2025-05-03 14:30:00", SHANGHAI) == NOON
    assert format_time(NOON, SHANGHAI) == "2025-05-03 14:30:00"
    assert format_time(NOON.replace(microsecond=999_999), SHANGHAI) == "2025-05-03 14:30:00"
    assert read_time("2025-05-03 02:30:00", NEW_YORK) == NOON


@pytest.mark.parametrize(
    "text", ["2025-05-03T14:30:00+08:00", "2025-05-03T06:30:00Z", "2025-05-03T06:30:00.000-00:00"]
)
def test_rfc_3339_is_read_whatever_the_zone(text: str) -> None:
    assert read_time(text, NEW_YORK) == NOON
    assert read_time(text, NEW_YORK).utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-09 02:30:00",  # never in New York
        "2025-11-02 01:30:00",  # twice in New York
        "2025-05-03T14:30:00",
        "2025-05-03",
        "2025-02-30 00:00:00",
        "2025-05-03 24:30:00",
        "2025-05-03 14:30:60",
        "2025-05-03 14:30",
        " 2025-05-03 14:30:00",
        "2025-05-03 14:30:00\n",
        "2025-05-03 14:30:00+08:00",
        "٢٠٢٥-05-03 14:30:00",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31 23:59:59",
        "0000-01-01 00:00:00",
        "",
    ],
)
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_time(text, NEW_YORK)


@pytest.mark.parametrize(
    "at",
    [
        datetime(2025, 11, 2, 5, 30, tzinfo=UTC),
        datetime(2025, 11, 2, 6, 30, tzinfo=UTC),
        datetime(2025, 5, 3, 6, 30),  # noqa: DTZ001
    ],
)
def test_times_without_a_unique_local_text_are_refused(at: datetime) -> None:
    with pytest.raises(ValueError, match=r"."):
        format_time(at, NEW_YORK)


def test_timestamp_forms() -> None:
    assert iso_text(NOON) == "2025-05-03T14:30:00+08:00"
    assert utc_text(NOON.astimezone(timezone(timedelta(hours=3)))) == "2025-05-03T06:30:00Z"
    assert read_timestamp("1746253800") == read_timestamp("2025-05-03T14:30:00+08:00") == NOON


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_local_times_come_back(at: datetime) -> None:
    at = at.replace(microsecond=0)
    assert read_time(format_time(at, SHANGHAI), SHANGHAI) == at
