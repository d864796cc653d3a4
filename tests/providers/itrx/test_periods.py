import pytest

from providers.itrx import wire


@pytest.mark.parametrize(
    ("text", "number", "hours"),
    [("1H", 0, 1), ("1D", 1, 24), ("3D", 3, 72), ("5D", 5, 120), ("30D", 30, 720)],
)
def test_both_ways(text: str, number: int, hours: int) -> None:
    assert wire.period_text(hours) == text
    assert wire.period_number(hours) == number
    assert wire.hours_of_text(text) == hours
    assert wire.hours_of_number(number) == hours


@pytest.mark.parametrize(
    "text", ["", "1X", "0D", "01D", "31D", "2H", "1h", "1H\n", "-1D", "1.5D", "٣D", "1", "D"]
)
def test_other_texts_are_no_period(text: str) -> None:
    with pytest.raises(ValueError, match="period"):
        wire.hours_of_text(text)


@pytest.mark.parametrize("hours", [0, -24, 2, 23, 25, 744])
def test_other_hours_cannot_be_rented(hours: int) -> None:
    with pytest.raises(ValueError, match="period"):
        wire.period_text(hours)


@pytest.mark.parametrize("number", [-1, 31])
def test_other_numbers_are_no_period(number: int) -> None:
    with pytest.raises(ValueError, match="period"):
        wire.hours_of_number(number)
