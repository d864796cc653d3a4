"""What the sandbox remembers: one SQLite file, short transactions, one connection.

All writers are threads of one process, so one connection behind a lock is the simplest thing that is always
consistent: a kill at any moment leaves the last committed transaction.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from providers.sandbox.tron import schema as chain

FILE_NAME = "sandbox.sqlite3"

SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    id INTEGER PRIMARY KEY, dialect TEXT NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL, secret TEXT NOT NULL,
    credential TEXT NOT NULL, start_balance_sun INTEGER NOT NULL, balance_sun INTEGER NOT NULL CHECK (balance_sun >= 0),
    has_query INTEGER NOT NULL, format TEXT NOT NULL, created_at TEXT NOT NULL, UNIQUE (dialect, credential));
CREATE TABLE IF NOT EXISTS purchases (
    id TEXT PRIMARY KEY, dialect TEXT NOT NULL, account_id INTEGER NOT NULL REFERENCES accounts, kind TEXT NOT NULL,
    request_id TEXT NOT NULL, address TEXT NOT NULL, amount INTEGER NOT NULL, returned INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL, outcome TEXT NOT NULL, callback_url TEXT NOT NULL, txid TEXT NOT NULL DEFAULT '',
    details TEXT NOT NULL, created_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS purchases_request ON purchases (account_id, request_id);
CREATE INDEX IF NOT EXISTS purchases_address ON purchases (address, amount);
CREATE TABLE IF NOT EXISTS steps (
    id INTEGER PRIMARY KEY, purchase_id TEXT NOT NULL REFERENCES purchases, due_at TEXT NOT NULL, status TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS steps_due ON steps (due_at);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY, purchase_id TEXT NOT NULL REFERENCES purchases, forged INTEGER NOT NULL, due_at TEXT,
    claimed INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0, http_status INTEGER,
    error TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS rules (
    id INTEGER PRIMARY KEY, dialect TEXT NOT NULL, account TEXT NOT NULL, on_lookup INTEGER NOT NULL,
    outcome TEXT NOT NULL, remaining INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
    status INTEGER NOT NULL, note TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS inbox_keys (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, dialect TEXT NOT NULL, key TEXT NOT NULL, secret TEXT NOT NULL,
    UNIQUE (name, dialect, key, secret));
CREATE TABLE IF NOT EXISTS inbox_answers (
    name TEXT PRIMARY KEY, status INTEGER NOT NULL, hang INTEGER NOT NULL, remaining INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS inbox (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, at TEXT NOT NULL, dialect TEXT NOT NULL, verdict TEXT NOT NULL,
    identity TEXT NOT NULL, duplicate_of INTEGER, headers TEXT NOT NULL, body TEXT NOT NULL, answered INTEGER);
CREATE INDEX IF NOT EXISTS inbox_identity ON inbox (name, identity);
"""


class Store:
    """The open state file. Rows come back as sqlite3.Row."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=20)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute("PRAGMA foreign_keys=ON")
        self._connection.executescript(SCHEMA + chain.SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything inside happens or nothing does. Do no HTTP in it: it holds the only lock."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def stamp(moment: datetime) -> str:
    """UTC text of fixed width, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
