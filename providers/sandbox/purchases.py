"""Executed orders: what the sandbox has sold, and the steps that each still has before it.

`amount` is the order's in its smallest unit: sun paid for resources, micro-USDT awaited for payment orders.
`returned` is sun refunded, or the micro-USDT that really arrived.
"""

import json
import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from providers.sandbox.accounts import Account, Dialect
from providers.sandbox.outcomes import Outcome
from providers.sandbox.state import moment, stamp

# A step: how long after the order, and the status it then gets.
Plan = Sequence[tuple[timedelta, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """`status` is the dialect's word as text; `details` holds what only the dialect needs, JSON values."""

    id: str
    dialect: Dialect
    account_id: int
    kind: str
    request_id: str
    address: str
    amount: int
    returned: int = 0
    status: str
    outcome: Outcome
    callback_url: str = ""
    txid: str = ""
    details: dict[str, Any]
    created_at: datetime


def new_txid() -> str:
    return secrets.token_hex(32)


def record(db: sqlite3.Connection, purchase: Purchase, plan: Plan) -> None:
    """Store an executed order and its future."""
    db.execute(
        "INSERT INTO purchases (id, dialect, account_id, kind, request_id, address, amount, status, outcome,"
        " callback_url, details, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            purchase.id,
            purchase.dialect,
            purchase.account_id,
            purchase.kind,
            purchase.request_id,
            purchase.address,
            purchase.amount,
            purchase.status,
            purchase.outcome,
            purchase.callback_url,
            json.dumps(purchase.details),
            stamp(purchase.created_at),
        ),
    )
    db.executemany(
        "INSERT INTO steps (purchase_id, due_at, status) VALUES (?, ?, ?)",
        [(purchase.id, stamp(purchase.created_at + after), status) for after, status in plan],
    )


def update(db: sqlite3.Connection, purchase: Purchase) -> None:
    """Store what may change: status, returned, txid and details."""
    db.execute(
        "UPDATE purchases SET status = ?, returned = ?, txid = ?, details = ? WHERE id = ?",
        (purchase.status, purchase.returned, purchase.txid, json.dumps(purchase.details), purchase.id),
    )


def get(db: sqlite3.Connection, purchase_id: str) -> Purchase:
    return _purchase(db.execute("SELECT * FROM purchases WHERE id = ?", (purchase_id,)).fetchone())


def find(db: sqlite3.Connection, account: Account, *, id: str = "", request_id: str = "") -> Purchase | None:  # noqa: A002
    """One order of the account, by the sandbox's id if given, else the newest with that request id."""
    column, value = ("id", id) if id else ("request_id", request_id)
    row = db.execute(
        f"SELECT * FROM purchases WHERE account_id = ? AND {column} = ? ORDER BY rowid DESC LIMIT 1",  # noqa: S608
        (account.id, value),
    ).fetchone()
    return row and _purchase(row)


def listing(db: sqlite3.Connection, *, limit: int = -1) -> list[Purchase]:
    """Newest first; all of them without a limit."""
    rows = db.execute("SELECT * FROM purchases ORDER BY rowid DESC LIMIT ?", (limit,))
    return [_purchase(row) for row in rows]


def _purchase(row: sqlite3.Row) -> Purchase:
    return Purchase(
        id=row["id"],
        dialect=Dialect(row["dialect"]),
        account_id=row["account_id"],
        kind=row["kind"],
        request_id=row["request_id"],
        address=row["address"],
        amount=row["amount"],
        returned=row["returned"],
        status=row["status"],
        outcome=Outcome(row["outcome"]),
        callback_url=row["callback_url"],
        txid=row["txid"],
        details=json.loads(row["details"]),
        created_at=moment(row["created_at"]),
    )
