"""What the chain knows about accounts and contracts: keys and values, with the way back for each block.

A State collects changes and writes them at `commit`; one that is never committed is a simulation.
"""

import json
import sqlite3
from typing import Any

from providers.sandbox.tron.accounts import Account


class State:
    def __init__(self, db: sqlite3.Connection, *, at: int | None = None) -> None:
        """`at`: read as of the end of this block, which must not lie before the solid one."""
        self._db = db
        self._at = at
        self._values: dict[str, Any] = {}
        self._changed: set[str] = set()

    def get(self, key: str) -> Any:
        """None if absent. Change nothing inside the value."""
        if key not in self._values:
            self._values[key] = self._read(key)
        return self._values[key]

    def put(self, key: str, value: Any) -> None:
        self._values[key] = value
        self._changed.add(key)

    def number(self, key: str) -> int:
        return int(self.get(key) or 0)

    def account(self, address: str) -> Account | None:
        """None if the address is not active."""
        found = self.get(f"account:{address}")
        return found and Account.read(found)

    def put_account(self, address: str, account: Account) -> None:
        self.put(f"account:{address}", account.written())

    def branch(self) -> "State":
        """A copy to try something on; `adopt` takes its changes over."""
        copy = State(self._db, at=self._at)
        copy._values, copy._changed = dict(self._values), set(self._changed)
        return copy

    def adopt(self, branch: "State") -> None:
        self._values, self._changed = branch._values, branch._changed

    def commit(self, number: int) -> None:
        """Write the changes as those of block `number`."""
        for key in sorted(self._changed):
            self._db.execute(
                "INSERT OR IGNORE INTO chain_undo"
                " VALUES (?, ?, (SELECT value FROM chain_state WHERE key = ?))",
                (number, key, key),
            )
            value = json.dumps(self._values[key])
            self._db.execute("INSERT OR REPLACE INTO chain_state VALUES (?, ?)", (key, value))
        self._changed.clear()

    def _read(self, key: str) -> Any:
        row = None
        if self._at is not None:
            row = self._db.execute(
                "SELECT previous AS value FROM chain_undo WHERE key = ? AND number > ? ORDER BY number LIMIT 1",
                (key, self._at),
            ).fetchone()
        if row is None:
            row = self._db.execute("SELECT value FROM chain_state WHERE key = ?", (key,)).fetchone()
        return json.loads(row["value"]) if row and row["value"] is not None else None


def undo(db: sqlite3.Connection, number: int) -> None:
    """Take back what block `number`, the head, has changed."""
    for row in db.execute("SELECT * FROM chain_undo WHERE number = ?", (number,)).fetchall():
        if row["previous"] is None:
            db.execute("DELETE FROM chain_state WHERE key = ?", (row["key"],))
        else:
            db.execute("UPDATE chain_state SET value = ? WHERE key = ?", (row["previous"], row["key"]))
    db.execute("DELETE FROM chain_undo WHERE number = ?", (number,))


def forget_undo(db: sqlite3.Connection, solid: int) -> None:
    """Solid blocks are never taken back."""
    db.execute("DELETE FROM chain_undo WHERE number <= ?", (solid,))
