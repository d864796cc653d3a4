"""Does a payment settle an order? Pure; integers and times only, no tolerance (specs/crossingpay.md section 6 #11)."""

from dataclasses import dataclass
from datetime import datetime

from providers.money import format_units


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    address: str
    amount_micro: int
    start_at: datetime
    end_at: datetime


def why_not(expected: Expected, *, address: str, amount_micro: int, paid_at: datetime | None = None) -> str:
    """ "" when the payment settles it, else a sentence for staff. `paid_at=None`: the upstream judged the window."""
    if address != expected.address:
        return f"paid to {address}, the order waits at {expected.address}"
    if amount_micro != expected.amount_micro:
        difference = amount_micro - expected.amount_micro
        word = "over" if difference > 0 else "short"
        return f"{format_units(abs(difference))} USDT {word}: {format_units(amount_micro)} was paid"
    if paid_at is not None and not expected.start_at <= paid_at <= expected.end_at:
        return "paid outside the order's window"
    return ""
