"""Transfers, and the cached balances that move with them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from orders.models import Attempt, LedgerAccount, Order, Sweep, Transfer, TransferCode
from orders.models.ledger import MERCHANT_KINDS


class InsufficientFunds(Exception):
    """The debit would take a merchant account below minus its credit limit. Amounts in smallest units."""

    def __init__(self, available: int, needed: int) -> None:
        super().__init__(f"available {available}, needed {needed}")
        self.available = available
        self.needed = needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    code: TransferCode
    debit: LedgerAccount
    credit: LedgerAccount
    amount: int
    order: Order | None = None
    attempt: Attempt | None = None
    sweep: Sweep | None = None
    note: str = ""


def post(postings: Iterable[Posting], *, now: datetime) -> None:
    """Write transfers and move cached balances. Raises InsufficientFunds; zero amounts are left out."""
    rows = [posting for posting in postings if posting.amount]
    with transaction.atomic():
        _move_balances(rows)
        Transfer.objects.bulk_create(
            Transfer(
                code=row.code,
                debit=row.debit,
                credit=row.credit,
                amount=row.amount,
                order=row.order,
                attempt=row.attempt,
                sweep=row.sweep,
                note=row.note[:255],
                created_at=now,
            )
            for row in rows
        )


def stop_postings(*, most_seconds: int = 0) -> None:
    """Those under way end first, later ones wait for the caller's commit and see what it wrote. Raises OperationalError
    when they do not end in time; 0: waits for them. SQLite has one writer at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{most_seconds}s"])
            cursor.execute("LOCK TABLE orders_transfer IN SHARE ROW EXCLUSIVE MODE")


def _move_balances(rows: Sequence[Posting]) -> None:
    """Always by key: a hold and a release of one merchant would else each wait for the other's row."""
    changes: Counter[str] = Counter()
    for row in rows:
        for account, change in ((row.debit, -row.amount), (row.credit, row.amount)):
            if account.kind in MERCHANT_KINDS:
                changes[account.key] += change
    for key, change in sorted(changes.items()):
        move_balance(key, change)


# By hand: the ORM can't tell what an UPDATE left, and every order would pay for asking.
_MOVE = """UPDATE orders_ledgeraccount SET balance = balance + %s
    WHERE key = %s AND balance + %s >= -credit_limit RETURNING id, balance"""


def move_balance(key: str, change: int) -> tuple[int, int]:
    """Id and new balance of a merchant account that exists. Raises InsufficientFunds."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [change, key, change])
        moved = cursor.fetchone()
    if moved is None:
        balance = LedgerAccount.objects.values_list("balance", flat=True).get(key=key)
        raise InsufficientFunds(balance or 0, -change)
    return moved[0], moved[1]
