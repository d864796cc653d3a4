"""Transactions that the sandbox itself sends: built, signed and checked like anybody's."""

import sqlite3
from datetime import datetime

from providers.sandbox.tron import blocks, chain, pool
from providers.sandbox.tron.accounts import Lease
from providers.sandbox.tron.execution import Transaction
from providers.sandbox.tron.wallets import Wallet
from providers.tron import encoding, keys
from providers.tron.encoding import Contract, RawData, Signed

LIFE_MS = 86_400_000
FEE_LIMIT_SUN = 100_000_000


def build(
    db: sqlite3.Connection,
    wallet: Wallet,
    contract: Contract,
    now: datetime,
    *,
    lease: Lease | None = None,
    fee_limit_sun: int = FEE_LIMIT_SUN,
) -> Transaction:
    """Signed by `wallet`, on the solid block. Never one that is known: a twin gets another time."""
    reference_bytes, reference_hash = encoding.reference(blocks.solid(db).id)
    timestamp = chain.now_ms(db, now)
    while True:
        raw = RawData(
            ref_block_bytes=reference_bytes,
            ref_block_hash=reference_hash,
            expiration=blocks.head(db).timestamp + LIFE_MS,
            timestamp=timestamp,
            fee_limit=fee_limit_sun if contract.type == "TriggerSmartContract" else 0,
            contract=contract,
        )
        encoded = encoding.encode(raw)
        txid = encoding.txid(encoded)
        if not pool.knows(db, txid.hex()):
            return Transaction(Signed(encoded, (keys.sign(txid, wallet.key),)), raw, lease)
        timestamp += 1
