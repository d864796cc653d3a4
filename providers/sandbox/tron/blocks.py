"""Blocks as rows, and as a node prints them (specs/tron.md section 2.3)."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from providers.sandbox.tron import settings
from providers.sandbox.tron.printing import printed
from providers.sandbox.tron.wallets import WITNESS
from providers.tron import keys, transaction_json
from providers.tron.encoding import Signed

VERSION = 36


@dataclass(frozen=True, slots=True)
class Block:
    """`timestamp`: milliseconds."""

    number: int
    id: str
    parent: str
    timestamp: int


def block_id(number: int, content: str) -> str:
    """Eight bytes of height, then 24 of a hash."""
    return number.to_bytes(8, "big").hex() + sha256(content.encode()).hexdigest()[16:]


def by_number(db: sqlite3.Connection, number: int) -> Block | None:
    row = db.execute("SELECT * FROM chain_blocks WHERE number = ?", (number,)).fetchone()
    return row and Block(**row)


def head(db: sqlite3.Connection) -> Block:
    return _there(db, settings.HEAD)


def solid(db: sqlite3.Connection) -> Block:
    return _there(db, settings.SOLID)


def _there(db: sqlite3.Connection, name: str) -> Block:
    found = by_number(db, settings.get(db, name))
    if found is None:
        raise LookupError("the chain has not begun")
    return found


def transaction_rows(db: sqlite3.Connection, number: int) -> list[sqlite3.Row]:
    rows = db.execute("SELECT * FROM chain_transactions WHERE number = ? ORDER BY position", (number,))
    return rows.fetchall()


def print_block(block: Block, transactions: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {**print_header(block), **({"transactions": list(transactions)} if transactions else {})}


def print_header(block: Block) -> dict[str, Any]:
    raw_data = {
        "number": block.number,
        "txTrieRoot": sha256(block.id.encode()).hexdigest(),
        "witness_address": WITNESS.hex,
        "parentHash": block.parent,
        "version": VERSION,
        "timestamp": block.timestamp,
    }
    signature = keys.sign(bytes.fromhex(block.id), WITNESS.key).hex()
    return {
        "blockID": block.id,
        "block_header": {"raw_data": printed(raw_data), "witness_signature": signature},
    }


def signed(row: sqlite3.Row) -> Signed:
    signatures = tuple(bytes.fromhex(each) for each in json.loads(row["signatures"]))
    return Signed(bytes.fromhex(row["raw"]), signatures)


def print_transaction(row: sqlite3.Row) -> dict[str, Any]:
    """As blocks and gettransactionbyid hold it."""
    return {"ret": [{"contractRet": row["outcome"]}], **transaction_json.printed(signed(row))}


def info(row: sqlite3.Row) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(row["info"])
    return found
