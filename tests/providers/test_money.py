from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers import money

amounts = st.integers(0, money.LARGEST)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("100", 100_000_000),
        ("100.29", 100_290_000),
        ("0.000001", 1),
        ("007.5", 7_500_000),
        ("100000000000", money.LARGEST),
    ],
)
def test_plain_decimals_are_read(text: str, value: int) -> None:
    assert money.parse_units(text) == value


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", ".", ".5", "5.", "1.2.3", "1,5", "1 000", " 1", "1\n", "\x00", "--1"),
        *("-1", "+1", "1e3", "1E-3", "NaN", "Infinity", "0x10", "1_000", "<b>1</b>"),
        *("１", "١", "1.²", "1.0000000", "0.0000001"),
        *("100000000000.000001", "1" + "0" * 30, "9" * 1_000_000),
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"amount|decimal") as raised:
        money.parse_units(text)
    assert len(str(raised.value)) < 100


@pytest.mark.parametrize(("text", "decimals", "value"), [("1.05", 2, 105), ("7", 0, 7)])
def test_units_of_other_sizes(text: str, decimals: int, value: int) -> None:
    assert money.parse_units(text, decimals=decimals) == value


def test_no_more_decimals_than_the_unit_has() -> None:
    with pytest.raises(ValueError, match="at most 2 decimals"):
        money.parse_units("1.055", decimals=2)
    with pytest.raises(ValueError, match="at most 0 decimals"):
        money.parse_units("1.0", decimals=0)


@pytest.mark.parametrize(
    ("value", "units"),
    [
        ("0.052300000", 52_300),
        (Decimal("5.47"), 5_470_000),
        (12, 12_000_000),
        ("-1.5", -1_500_000),
        (Decimal("0.0000005"), 1),
        (Decimal("0.00000049"), 0),
        (Decimal("-0.0000005"), -1),
        ("1e-6", 1),
        (Decimal("1E+2"), 100_000_000),
        (Decimal("0E-999999"), 0),
        (money.LARGEST // money.UNIT, money.LARGEST),
        ("12345678901.1234565", 12_345_678_901_123_457),
        # More digits than the default decimal context holds: the rounding is of the value, not of a rounding.
        ("12345678901.12345649999999999999999", 12_345_678_901_123_456),
    ],
)
def test_upstream_numbers_are_read_half_up(value: object, units: int) -> None:
    assert money.parse_units_lenient(value) == units


@pytest.mark.parametrize(
    "value",
    [
        *(1.5, True, None, [], {}, b"1"),
        *("", "abc", "NaN", "sNaN", "Infinity", "-Infinity", "1e999999999", "1e99999999999999999999", "1,5"),
        *(Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("1e12"), 10**30, -(10**30)),
        "9" * 5_000,
        Decimal("100000000000.0000001"),
    ],
)
def test_upstream_nonsense_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="amount"):
        money.parse_units_lenient(value)


@given(st.one_of(st.text(max_size=50), st.decimals(), st.integers(), st.floats(), st.none()))
def test_only_value_errors_leave_the_readers(value: object) -> None:
    for read in (money.parse_units_lenient, lambda text: money.parse_units(str(text))):
        try:
            units = read(value)
        except ValueError:
            continue
        assert abs(units) <= money.LARGEST


@pytest.mark.parametrize(
    ("value", "least", "text"),
    [
        (100_290_000, 0, "100.29"),
        (100_000_000, 0, "100"),
        (100_000_000, 2, "100.00"),
        (100_290_000, 1, "100.29"),
        (-1, 0, "-0.000001"),
        (-1_500_000, 2, "-1.50"),
        (0, 0, "0"),
        (0, 2, "0.00"),
    ],
)
def test_amounts_are_written(value: int, least: int, text: str) -> None:
    assert money.format_units(value, least_decimals=least) == text


@pytest.mark.parametrize(
    ("value", "text"), [(100_290_000, "100.290000"), (0, "0.000000"), (1, "0.000001"), (-1, "-0.000001")]
)
def test_fixed_amounts_have_six_decimals(value: int, text: str) -> None:
    assert money.format_fixed(value) == text


@given(amounts, st.integers(0, 6))
def test_what_is_written_reads_back(value: int, least: int) -> None:
    assert money.parse_units(money.format_units(value, least_decimals=least)) == value
    assert money.parse_units(money.format_fixed(value)) == value


@given(st.integers(-money.LARGEST, money.LARGEST))
def test_the_lenient_reader_agrees_on_every_amount(value: int) -> None:
    assert money.parse_units_lenient(money.format_units(value)) == value
    assert money.parse_units_lenient(money.format_fixed(value)) == value
