"""Rental periods: text in requests (`"1H"`, `"3D"`), a number of days in answers, 0 for one hour (spec 1)."""

import re

MOST_DAYS = 30

_TEXT = re.compile(r"1H|([1-9][0-9]?)D")


def period_text(hours: int) -> str:
    """1 -> "1H", 72 -> "3D". Raises ValueError for anything but one hour or 1 to 30 whole days."""
    days = period_number(hours)
    return f"{days}D" if days else "1H"


def period_number(hours: int) -> int:
    """1 -> 0, 72 -> 3. Raises ValueError as `period_text` does."""
    days, rest = divmod(hours, 24)
    if hours == 1:
        return 0
    if rest or not 1 <= days <= MOST_DAYS:
        raise ValueError("a period is one hour or 1 to 30 whole days")
    return days


def hours_of_text(text: str) -> int:
    """ "1H" -> 1, "3D" -> 72. Raises ValueError."""
    found = _TEXT.fullmatch(text)
    if not found:
        raise ValueError("a period is 1H or 1D to 30D")
    return hours_of_number(int(found[1] or 0))


def hours_of_number(number: int) -> int:
    """0 -> 1, 3 -> 72. Raises ValueError."""
    if not 0 <= number <= MOST_DAYS:
        raise ValueError("a period number is 0 to 30")
    return number * 24 or 1
