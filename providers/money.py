"""Units at the edges: integers in the smallest unit inside, decimal text outside. No float ever.

TRX and USDT both have six decimals: 1 TRX = 1,000,000 sun, 1 USDT = 1,000,000 micro-USDT.
"""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

UNIT = 1_000_000
SMALLEST = Decimal("0.000001")
LARGEST = 10**17  # 100 billion TRX or USDT in smallest units: above any supply, below 2^63


def parse_units(text: str, *, decimals: int = 6) -> int:
    """`"100.29"` -> 100290000. Raises ValueError for anything but plain decimal text with at most `decimals` places,
    for negatives, exponents, NaN, blanks, non-ASCII digits, and for values above LARGEST."""
    whole, _, fraction = text.partition(".")
    digits = whole + fraction
    if not (digits.isascii() and digits.isdigit() and whole) or len(fraction) > decimals or len(text) > 40:
        raise ValueError(f"not an amount with at most {decimals} decimals")
    if "." in text and not fraction:
        raise ValueError("a decimal point needs digits after it")
    value: int = int(whole) * 10**decimals + int(fraction.ljust(decimals, "0") or "0")
    if value > LARGEST:
        raise ValueError("the amount is too large")
    return value


def parse_units_lenient(value: object) -> int:
    """A number or numeric string as upstreams send it (`5.47`, `"0.052300000"`, Decimal) -> smallest units, half-up
    at the seventh place. Parse JSON with `parse_float=Decimal` so that no float is seen; a float raises ValueError."""
    if isinstance(value, bool | float) or not isinstance(value, int | str | Decimal):
        raise ValueError("not a decimal amount")
    try:
        amount = Decimal(value)
    except InvalidOperation as error:
        raise ValueError("not a decimal amount") from error
    if not amount.is_finite() or not -LARGEST // UNIT <= amount <= LARGEST // UNIT:
        raise ValueError("the amount is out of range")
    # One rounding, of all digits: a product would first be rounded to the decimal context's precision.
    return int(amount.quantize(SMALLEST, ROUND_HALF_UP) * UNIT)


def format_units(value: int, *, least_decimals: int = 0) -> str:
    """100290000 -> `"100.29"`; 100000000 -> `"100"`, or `"100.00"` with `least_decimals=2`."""
    sign = "-" if value < 0 else ""
    whole, fraction = divmod(abs(value), UNIT)
    decimals = f"{fraction:06d}".rstrip("0").ljust(least_decimals, "0")
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


def format_fixed(value: int) -> str:
    """100290000 -> `"100.290000"`."""
    sign = "-" if value < 0 else ""
    whole, fraction = divmod(abs(value), UNIT)
    return f"{sign}{whole}.{fraction:06d}"
