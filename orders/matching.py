"""Does a payment settle an order? Pure; integers and times only, no tolerance (specs/crossingpay.md section 6 #11).

The match rule in one line: address equal and amount equal and start ≤ block time ≤ end and token = USDT and the order
still open. Exactly one order settles; with two a person decides.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from providers.money import format_units

USDT = "USDT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    address: str
    amount_micro: int
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A transfer on chain; `amount` in the asset's smallest unit."""

    address: str
    asset: str
    amount: int
    paid_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """`key` names the order. `closed`: why it takes no payment any more, "" while it does."""

    key: int
    expected: Expected
    closed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """`reasons`: every one why it did not match, as sentences for staff; empty for one that does."""

    key: int
    reasons: tuple[str, ...]


def why_not(expected: Expected, *, address: str, amount_micro: int, paid_at: datetime | None = None) -> str:
    """ "" when the payment settles it, else a sentence for staff. `paid_at=None`: the upstream judged the window."""
    if address != expected.address:
        return f"paid to {address}, the order waits at {expected.address}"
    return next(_faults(expected, amount_micro, paid_at), "")


def settles(candidates: Iterable[Candidate], arrived: Arrived) -> list[int]:
    """The keys of all that match. One: it is settled. None or several: nothing is."""
    return [candidate.key for candidate in candidates if not any(_reasons(candidate, arrived))]


def rank(candidates: Sequence[Candidate], arrived: Arrived) -> list[Ranked]:
    """Likeliest first: fewest reasons, then nearest in time, then in amount."""

    def distance(ranked: tuple[Candidate, Ranked]) -> tuple[int, timedelta, int, int]:
        candidate, told = ranked
        short = abs(candidate.expected.amount_micro - arrived.amount)
        return len(told.reasons), _off(candidate.expected, arrived.paid_at), short, -candidate.key

    told = [(each, Ranked(key=each.key, reasons=tuple(_reasons(each, arrived)))) for each in candidates]
    return [ranked for _, ranked in sorted(told, key=distance)]


def _reasons(candidate: Candidate, arrived: Arrived) -> Iterator[str]:
    expected = candidate.expected
    if arrived.address != expected.address:
        yield f"paid to {arrived.address}, the order waits at {expected.address}"
    if arrived.asset != USDT:
        yield f"paid in {arrived.asset}, the order waits for USDT"
        yield from _faults(expected, None, arrived.paid_at)
    else:
        yield from _faults(expected, arrived.amount, arrived.paid_at)
    if candidate.closed:
        yield candidate.closed


def _faults(expected: Expected, amount_micro: int | None, paid_at: datetime | None) -> Iterator[str]:
    if amount_micro is not None and amount_micro != expected.amount_micro:
        difference = amount_micro - expected.amount_micro
        word = "over" if difference > 0 else "short"
        yield f"{format_units(abs(difference))} USDT {word}: {format_units(amount_micro)} was paid"
    if paid_at is not None and paid_at < expected.start_at:
        yield f"{_span(expected.start_at - paid_at)} before the order's window"
    if paid_at is not None and paid_at > expected.end_at:
        yield f"{_span(paid_at - expected.end_at)} after the order's window"


def _off(expected: Expected, paid_at: datetime) -> timedelta:
    return max(expected.start_at - paid_at, paid_at - expected.end_at, timedelta())


def _span(span: timedelta) -> str:
    """`3 min 5 s`: the two largest parts."""
    seconds = int(span.total_seconds())
    parts = [
        (seconds // 86_400, "d"),
        (seconds // 3600 % 24, "h"),
        (seconds // 60 % 60, "min"),
        (seconds % 60, "s"),
    ]
    words = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(words[:2]) or "less than a second"
