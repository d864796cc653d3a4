"""Knobs: the ways in which nodes and chains fail, each for a number of times or with a probability."""

import secrets
import sqlite3
from dataclasses import dataclass
from enum import StrEnum

MOST_PERCENT = 100


class Fault(StrEnum):
    EMPTY_BLOCK = "empty_block"
    EMPTY_INFOS = "empty_infos"
    MISSING_INFOS = "missing_infos"
    WRONG_PARENT = "wrong_parent"
    ERROR_200 = "error_200"
    BARE_TEXT = "bare_text"
    WRONG_JSON = "wrong_json"
    ERROR_500 = "error_500"
    STATUS_403 = "status_403"
    STATUS_429 = "status_429"
    STATUS_503 = "status_503"
    SLOW = "slow"
    CUT = "cut"
    CUT_AFTER = "cut_after"
    BEHIND = "behind"
    EMPTY_LOGS = "empty_logs"
    DUPLICATE_ROWS = "duplicate_rows"
    WRONG_TXID = "wrong_txid"
    BUSY = "busy"
    OTHER_ERROR = "other_error"
    LOST = "lost"
    ENERGY_EARLY = "energy_early"
    ENERGY_LATE = "energy_late"
    ENERGY_SHORT = "energy_short"
    ENERGY_RECLAIMED = "energy_reclaimed"


# What each does; N is the knob's value.
TEXTS: dict[Fault, str] = {
    Fault.EMPTY_BLOCK: "{} for a block that exists",
    Fault.EMPTY_INFOS: "[] for infos that exist",
    Fault.MISSING_INFOS: "infos without the last N",
    Fault.WRONG_PARENT: "a block that names another parent",
    Fault.ERROR_200: "HTTP 200 with an Error",
    Fault.BARE_TEXT: "HTTP 200 with a sentence that is no JSON",
    Fault.WRONG_JSON: "an answer that breaks off",
    Fault.ERROR_500: "HTTP 500 with an HTML page",
    Fault.STATUS_403: "HTTP 403, then nothing else for N seconds",
    Fault.STATUS_429: "HTTP 429, then 403 for N seconds",
    Fault.STATUS_503: "HTTP 503, then 403 for N seconds",
    Fault.SLOW: "the answer comes after the slow time",
    Fault.CUT: "the connection is cut, nothing was done",
    Fault.CUT_AFTER: "done, and the connection cut without an answer",
    Fault.BEHIND: "another node answers, N blocks behind",
    Fault.EMPTY_LOGS: "no logs from eth_getLogs",
    Fault.DUPLICATE_ROWS: "each v1 transfer twice, once unconfirmed",
    Fault.WRONG_TXID: "getsignweight names another txid",
    Fault.BUSY: "a broadcast is answered SERVER_BUSY",
    Fault.OTHER_ERROR: "a broadcast is answered OTHER_ERROR, and pooled all the same",
    Fault.LOST: "a broadcast is accepted and forgotten",
    Fault.ENERGY_EARLY: "bought energy shows N blocks before its transaction is in one",
    Fault.ENERGY_LATE: "bought energy works N seconds later",
    Fault.ENERGY_SHORT: "only N percent of the bought energy",
    Fault.ENERGY_RECLAIMED: "bought energy ends after N seconds",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Knob:
    """`path`: part of the paths it is for, "" for all; `remaining`: None with a probability of `percent`."""

    fault: Fault
    path: str = ""
    value: int = 0
    remaining: int | None = 1
    percent: int = MOST_PERCENT


def turn(db: sqlite3.Connection, knob: Knob) -> None:
    db.execute(
        "INSERT INTO chain_faults (fault, path, value, remaining, percent) VALUES (?, ?, ?, ?, ?)",
        (knob.fault, knob.path, knob.value, knob.remaining, knob.percent),
    )


def pending(db: sqlite3.Connection) -> list[Knob]:
    return [_knob(row) for row in db.execute("SELECT * FROM chain_faults ORDER BY id")]


def clear(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM chain_faults")


def names(db: sqlite3.Connection) -> frozenset[str]:
    """Of the knobs that are turned: mostly none, and then nothing else is asked."""
    return frozenset(row["fault"] for row in db.execute("SELECT DISTINCT fault FROM chain_faults"))


def take(db: sqlite3.Connection, fault: Fault, path: str = "") -> int | None:
    """The value of the oldest knob of this fault that fits and strikes now, using up one of its count; else None."""
    rows = db.execute("SELECT * FROM chain_faults WHERE fault = ? ORDER BY id", (fault,))
    for row in rows.fetchall():
        if row["path"] not in path or secrets.randbelow(MOST_PERCENT) >= row["percent"]:
            continue
        if row["remaining"] is not None:
            db.execute("UPDATE chain_faults SET remaining = remaining - 1 WHERE id = ?", (row["id"],))
            db.execute("DELETE FROM chain_faults WHERE remaining <= 0")
        return int(row["value"])
    return None


def _knob(row: sqlite3.Row) -> Knob:
    return Knob(
        fault=Fault(row["fault"]),
        path=row["path"],
        value=row["value"],
        remaining=row["remaining"],
        percent=row["percent"],
    )
