"""Full blocks for measurements: any number of them without memory or delay.

A range is one row. Each of its blocks is made when it is asked for, with real ids: only the signatures
are no one's. Accounts are not touched and eth_getLogs does not know these blocks.
"""

import json
import sqlite3
from dataclasses import dataclass

from providers.sandbox.tron import blocks, settings
from providers.sandbox.tron.blocks import Block

STEP_MS = 3_000


@dataclass(frozen=True, slots=True)
class Range:
    """`transfers` of each block's `transactions` are of USDT, to the receivers in turn; the rest are of TRX."""

    first: int
    last: int
    timestamp: int
    parent: str
    transactions: int
    transfers: int
    receivers: tuple[str, ...]

    def block(self, number: int) -> Block:
        before = self.parent if number == self.first else self._id(number - 1)
        return Block(number, self._id(number), before, self.timestamp + STEP_MS * (number - self.first))

    def _id(self, number: int) -> str:
        return blocks.block_id(number, f"{self.parent}{number}")


def add(
    db: sqlite3.Connection, count: int, transactions: int, transfers: int, receivers: tuple[str, ...]
) -> Range:
    """Put `count` full blocks on the head; they are solid at once. Raises ValueError."""
    if not (1 <= count <= 1_000_000 and 0 <= transfers <= transactions <= 5_000 and receivers):
        raise ValueError("not a volume that can be made")
    head = blocks.head(db)
    made = Range(
        *(head.number + 1, head.number + count, head.timestamp + STEP_MS, head.id),
        *(transactions, transfers, receivers),
    )
    row = (made.first, made.last, made.timestamp, made.parent, transactions, transfers, json.dumps(receivers))
    db.execute("INSERT INTO chain_volumes VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    last = made.block(made.last)
    db.execute(
        "INSERT INTO chain_blocks VALUES (?, ?, ?, ?)", (last.number, last.id, last.parent, last.timestamp)
    )
    for name in (settings.HEAD, settings.SOLID):
        settings.put(db, name, made.last)
    return made


def block(db: sqlite3.Connection, number: int) -> Block | None:
    found = covering(db, number)
    return found.block(number) if found else None


def covering(db: sqlite3.Connection, number: int) -> Range | None:
    row = db.execute(
        "SELECT * FROM chain_volumes WHERE first <= ? ORDER BY first DESC LIMIT 1", (number,)
    ).fetchone()
    if row is None or row["last"] < number:
        return None
    return Range(**{**row, "receivers": tuple(json.loads(row["receivers"]))})
