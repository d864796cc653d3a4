"""What one interface of the node sees: `wallet/` the head, `walletsolidity/` the solid block."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from providers.sandbox.tron import blocks, chain, pool, settings, volume
from providers.sandbox.tron.blocks import Block
from providers.sandbox.tron.state import State


@dataclass(frozen=True, slots=True)
class View:
    """`behind`: how many blocks this node is behind the others."""

    db: sqlite3.Connection
    now: datetime
    is_solid: bool = False
    behind: int = 0

    @property
    def head(self) -> int:
        top = settings.get(self.db, settings.SOLID if self.is_solid else settings.HEAD)
        return max(top - self.behind, 0)

    @property
    def now_ms(self) -> int:
        return chain.now_ms(self.db, self.now)

    def block(self, number: int) -> Block | None:
        if not 0 <= number <= self.head:
            return None
        return blocks.by_number(self.db, number) or volume.block(self.db, number)

    def block_by_id(self, identity: str) -> Block | None:
        """By hash; the height is its beginning."""
        found = self.block(int(identity[:16], 16))
        return found if found and found.id == identity else None

    def transaction(self, txid: str) -> sqlite3.Row | None:
        """None if this node has it in no block that it shows."""
        row: sqlite3.Row | None = self.db.execute(
            "SELECT * FROM chain_transactions WHERE txid = ? AND number <= ?", (txid, self.head)
        ).fetchone()
        return row

    def state(self) -> State:
        """Of accounts: the head's is shown with the pool applied, as nodes do."""
        return State(self.db, at=self.head) if self.is_solid else pool.pending_state(self.db, self.now_ms)
