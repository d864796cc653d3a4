"""Transactions that wait for a block, in the order in which they came."""

import json
import sqlite3
from dataclasses import asdict

from providers.sandbox.tron import blocks, settings
from providers.sandbox.tron.accounts import Lease
from providers.sandbox.tron.execution import Refused, Transaction, execute
from providers.sandbox.tron.state import State
from providers.tron import encoding
from providers.tron.encoding import Signed

MOST_IN_BLOCK = 500


def add(db: sqlite3.Connection, transaction: Transaction, *, not_before: int = 0) -> str:
    """The txid. Known transactions are left as they are. `not_before`: the lowest block that may hold it."""
    signatures = json.dumps([each.hex() for each in transaction.signed.signatures])
    lease = json.dumps(asdict(transaction.lease)) if transaction.lease else ""
    receiver = transaction.hex("to_address") or transaction.hex("receiver_address")
    db.execute(
        "INSERT OR IGNORE INTO chain_transactions (txid, raw, signatures, owner, receiver, lease, not_before)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            *(transaction.txid, transaction.signed.raw.hex(), signatures),
            *(transaction.owner, receiver or transaction.hex("contract_address"), lease, not_before),
        ),
    )
    return transaction.txid


def knows(db: sqlite3.Connection, txid: str) -> bool:
    return db.execute("SELECT 1 FROM chain_transactions WHERE txid = ?", (txid,)).fetchone() is not None


def waiting(db: sqlite3.Connection) -> list[sqlite3.Row]:
    rows = db.execute("SELECT * FROM chain_transactions WHERE number IS NULL ORDER BY sequence")
    return rows.fetchall()


def drop(db: sqlite3.Connection, sequence: int) -> None:
    db.execute("DELETE FROM chain_transactions WHERE sequence = ? AND number IS NULL", (sequence,))


def read(row: sqlite3.Row) -> Transaction:
    lease = Lease(**json.loads(row["lease"])) if row["lease"] else None
    return parsed(blocks.signed(row), lease)


def parsed(signed: Signed, lease: Lease | None = None) -> Transaction:
    """Raises ValueError for unreadable raw_data."""
    return Transaction(signed, encoding.decode(signed.raw), lease)


def pending_state(db: sqlite3.Connection, now_ms: int) -> State:
    """The head's state as it will be after the pool: what `wallet/` shows of accounts."""
    state = State(db)
    price_sun = settings.get(db, settings.ENERGY_PRICE_SUN)
    for row in waiting(db):
        try:
            execute(state, read(row), now_ms=now_ms, energy_price_sun=price_sun)
        except Refused:
            continue
    return state
