"""Orders move on by themselves: due steps are applied, ends are settled, callbacks are queued."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from providers.sandbox import accounts, deliveries, purchases
from providers.sandbox.accounts import Dialect
from providers.sandbox.crossingpay import paying
from providers.sandbox.itrx import ending
from providers.sandbox.outcomes import SCRIPTS
from providers.sandbox.purchases import Purchase
from providers.sandbox.state import moment, stamp
from providers.sandbox.tron import delivery
from providers.sandbox.tron.delivery import Hashes, Supply
from providers.sandbox.tronzap import buying

MOST_STEPS = 200  # in one transaction


@dataclass(frozen=True, slots=True)
class Course:
    """How a dialect's orders move. `advance(purchase, status, at)` is pure.

    `supply` tells what the chain gets of it, `delivered` puts the ids of those transactions in.
    """

    advance: Callable[[Purchase, str, datetime], Purchase]
    final: frozenset[str]
    calls_back: frozenset[str]
    refunds: bool = True
    supply: Callable[[Purchase], Supply | None] = lambda purchase: None
    delivered: Callable[[Purchase, Hashes], Purchase] = lambda purchase, hashes: purchase


COURSES = {
    Dialect.ITRX: Course(
        ending.advance, ending.FINAL, ending.CALLS_BACK, True, ending.supply, ending.delivered
    ),
    Dialect.TRONZAP: Course(buying.advance, buying.FINAL, frozenset(), True, buying.supply, buying.delivered),
    Dialect.CROSSINGPAY: Course(paying.advance, paying.FINAL, paying.CALLS_BACK, refunds=False),
}


def apply_due(db: sqlite3.Connection, now: datetime) -> None:
    """Apply the steps that are due, oldest first; what was due while the process was down happens then."""
    due = db.execute(
        "SELECT * FROM steps WHERE due_at <= ? ORDER BY due_at, id LIMIT ?", (stamp(now), MOST_STEPS)
    ).fetchall()
    for step in due:
        db.execute("DELETE FROM steps WHERE id = ?", (step["id"],))
        purchase = purchases.get(db, step["purchase_id"])
        course = COURSES[purchase.dialect]
        if purchase.status not in course.final:
            _settle(db, course.advance(purchase, step["status"], moment(step["due_at"])), now)


def pay(db: sqlite3.Connection, purchase: Purchase, amount_micro: int, now: datetime) -> None:
    """Someone pays an open payment order now. Raises ValueError when it is open no more."""
    if purchase.dialect is not Dialect.CROSSINGPAY or purchase.status in paying.FINAL:
        raise ValueError("not an open payment order")
    _settle(db, paying.pay(purchase, amount_micro, now), now)


def _settle(db: sqlite3.Connection, after: Purchase, now: datetime) -> None:
    course = COURSES[after.dialect]
    if sold := course.supply(after):
        after = course.delivered(after, delivery.deliver(db, sold, now))
    purchases.update(db, after)
    if course.refunds and after.returned:
        accounts.credit(db, after.account_id, after.returned)
    if after.status in course.calls_back and after.callback_url:
        deliveries.enqueue(db, after, SCRIPTS[after.outcome].callbacks, now)
