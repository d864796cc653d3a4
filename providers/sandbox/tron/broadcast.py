"""What a node checks before it pools a transaction, and its answers (specs/tron.md section 8.2)."""

import sqlite3
from typing import Any

from providers.sandbox.tron import blocks, pool, settings
from providers.sandbox.tron.execution import Refused, Transaction, execute
from providers.sandbox.tron.printing import text_hex
from providers.tron import encoding, keys
from providers.tron.encoding import Signed

LONGEST_LIFE_MS = 86_400_000
LARGEST_BYTES = 500_000
REFERENCE_BLOCKS = 65_536


def submit(db: sqlite3.Connection, transaction: Transaction, now_ms: int) -> None:
    """Pool it. Raises Refused."""
    check(db, transaction)
    pending = pool.pending_state(db, now_ms)
    price_sun = settings.get(db, settings.ENERGY_PRICE_SUN)
    execute(pending, transaction, now_ms=now_ms, energy_price_sun=price_sun)
    pool.add(db, transaction)


def check(db: sqlite3.Connection, transaction: Transaction) -> None:
    """Everything but the accounts. Raises Refused."""
    if len(transaction.signed.raw) > LARGEST_BYTES:
        raise Refused("TOO_BIG_TRANSACTION_ERROR", "Transaction size is too big.")
    if pool.knows(db, transaction.txid):
        raise Refused("DUP_TRANSACTION_ERROR", "Dup transaction.")
    _check_signature(transaction)
    _check_reference(db, transaction)
    head_ms = blocks.head(db).timestamp
    if not head_ms < transaction.raw.expiration <= head_ms + LONGEST_LIFE_MS:
        raise Refused("TRANSACTION_EXPIRATION_ERROR", "Transaction expired")


def answer(
    db: sqlite3.Connection, signed: Signed, now_ms: int, *, hexadecimal: bool = True
) -> dict[str, Any]:
    """The node's answer; `hexadecimal`: messages as broadcasttransaction writes them."""
    txid = encoding.txid(signed.raw).hex()
    try:
        submit(db, _parsed(signed), now_ms)
    except Refused as refusal:
        return refused(refusal, txid, hexadecimal=hexadecimal)
    return {"result": True, "code": "SUCCESS", "txid": txid}


def refused(refusal: Refused, txid: str, *, hexadecimal: bool = True) -> dict[str, Any]:
    message = text_hex(refusal.message) if hexadecimal else refusal.message
    return {"code": refusal.code, "txid": txid, "message": message}


def _parsed(signed: Signed) -> Transaction:
    try:
        return pool.parsed(signed)
    except ValueError as error:
        raise Refused("OTHER_ERROR", f"Error: {error}") from error


def _check_signature(transaction: Transaction) -> None:
    signatures = transaction.signed.signatures
    if not signatures:
        raise Refused("SIGERROR", "Validate signature error: miss sig or contract")
    try:
        signers = {keys.recover(bytes.fromhex(transaction.txid), each).hex() for each in signatures}
    except ValueError as error:
        raise Refused("SIGERROR", f"Validate signature error: {error}") from error
    if signers != {transaction.owner}:
        text = f"{min(signers)} but it is not contained of permission."
        raise Refused("SIGERROR", f"Validate signature error: {transaction.txid} is signed by {text}")


def _check_reference(db: sqlite3.Connection, transaction: Transaction) -> None:
    """The newest block whose number ends like this must have this hash."""
    raw = transaction.raw
    head = settings.get(db, settings.HEAD)
    number = head - (head - int.from_bytes(raw.ref_block_bytes, "big")) % REFERENCE_BLOCKS
    block = blocks.by_number(db, number)
    if block is None or encoding.reference(block.id) != (raw.ref_block_bytes, raw.ref_block_hash):
        raise Refused("TAPOS_ERROR", "Tapos check error.")
