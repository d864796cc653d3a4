"""The chain's numbers: where it is, and what the control page may change."""

import sqlite3

BLOCK_MS = "block_ms"  # between two blocks; 0 = only on command
LAG_BLOCKS = "lag_blocks"  # from the head to the solid block
OFFSET_MS = "offset_ms"  # the chain's clock against the wall's
HEAD = "head"
SOLID = "solid"
FORKS = "forks"  # reorganisations so far: the same height gets another id
SUSPENDED_UNTIL_MS = "suspended_until_ms"
STALLED_UNTIL_MS = "stalled_until_ms"
ENERGY_PRICE_SUN = "energy_price_sun"

# The real chain's lag is 18; a person at the demo page need not wait a minute.
DEFAULTS = {BLOCK_MS: 3_000, LAG_BLOCKS: 4, ENERGY_PRICE_SUN: 100}
REAL_BLOCK_MS = 3_000


def get(db: sqlite3.Connection, name: str) -> int:
    row = db.execute("SELECT value FROM chain_settings WHERE name = ?", (name,)).fetchone()
    return int(row["value"]) if row else DEFAULTS.get(name, 0)


def put(db: sqlite3.Connection, name: str, value: int) -> None:
    db.execute("INSERT OR REPLACE INTO chain_settings VALUES (?, ?)", (name, value))


def forget(db: sqlite3.Connection) -> None:
    """Back to the defaults; the chain itself stays, and its clock never goes back."""
    changeable = (BLOCK_MS, LAG_BLOCKS, SUSPENDED_UNTIL_MS, STALLED_UNTIL_MS, ENERGY_PRICE_SUN)
    db.executemany("DELETE FROM chain_settings WHERE name = ?", [(name,) for name in changeable])
