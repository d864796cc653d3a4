"""What the control page has set: outcomes for the next requests, and the sandbox's own timing."""

import sqlite3
from dataclasses import dataclass
from datetime import timedelta

from providers.sandbox.accounts import Account
from providers.sandbox.outcomes import LOOKUP_OUTCOMES, PURCHASE_OUTCOMES, Outcome, by_address

DEFAULTS_MS = {"delay_seconds": 2_000, "slow_seconds": 30_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`account` is a label, "" for every account of the dialect."""

    dialect: str
    account: str
    on_lookup: bool
    outcome: Outcome
    remaining: int


def add(db: sqlite3.Connection, rule: Rule) -> None:
    db.execute(
        "INSERT INTO rules (dialect, account, on_lookup, outcome, remaining) VALUES (?, ?, ?, ?, ?)",
        (rule.dialect, rule.account, rule.on_lookup, rule.outcome, rule.remaining),
    )


def pending(db: sqlite3.Connection) -> list[Rule]:
    rows = db.execute("SELECT * FROM rules ORDER BY id")
    return [
        Rule(
            dialect=row["dialect"],
            account=row["account"],
            on_lookup=bool(row["on_lookup"]),
            outcome=Outcome(row["outcome"]),
            remaining=row["remaining"],
        )
        for row in rows
    ]


def purchase_outcome(db: sqlite3.Connection, account: Account, address: str) -> Outcome:
    """The outcome of a valid purchase request; uses up one count of the oldest rule that fits."""
    outcome = _take(db, account, on_lookup=False)
    return by_address(account.dialect, address) if outcome is None else outcome


def lookup_outcome(db: sqlite3.Connection, account: Account) -> Outcome:
    return _take(db, account, on_lookup=True) or Outcome.SUCCESS


def fits(rule: Rule) -> bool:
    """Whether the dialect can act the outcome out."""
    known = [outcomes for dialect, outcomes in PURCHASE_OUTCOMES.items() if dialect == rule.dialect]
    return any(rule.outcome in (LOOKUP_OUTCOMES if rule.on_lookup else outcomes) for outcomes in known)


def setting(db: sqlite3.Connection, name: str) -> timedelta:
    row = db.execute("SELECT value_ms FROM settings WHERE name = ?", (name,)).fetchone()
    return timedelta(milliseconds=row["value_ms"] if row else DEFAULTS_MS[name])


def set_setting(db: sqlite3.Connection, name: str, value_ms: int) -> None:
    db.execute(
        "INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value_ms = excluded.value_ms",
        (name, value_ms),
    )


def _take(db: sqlite3.Connection, account: Account, *, on_lookup: bool) -> Outcome | None:
    row = db.execute(
        "SELECT id, outcome, remaining FROM rules WHERE dialect = ? AND account IN ('', ?) AND on_lookup = ?"
        " ORDER BY id LIMIT 1",
        (account.dialect, account.label, on_lookup),
    ).fetchone()
    if row is None:
        return None
    if row["remaining"] > 1:
        db.execute("UPDATE rules SET remaining = remaining - 1 WHERE id = ?", (row["id"],))
    else:
        db.execute("DELETE FROM rules WHERE id = ?", (row["id"],))
    return Outcome(row["outcome"])
