"""The first blocks, and who has what at the start."""

import sqlite3
from datetime import datetime

from providers.sandbox.outcomes import ADDRESSES, INACTIVE, NO_BANDWIDTH, NO_USDT
from providers.sandbox.tron import blocks, chain, settings, wallets
from providers.sandbox.tron.accounts import FREE_NET_LIMIT, Account, Usage
from providers.sandbox.tron.blocks import Block
from providers.sandbox.tron.contracts import balance_key, blacklist_key
from providers.sandbox.tron.schema import TABLES
from providers.sandbox.tron.state import State
from providers.tron import addresses

RICHES = 10**15
BLOCKS_BEFORE = 30


def begin(db: sqlite3.Connection, now: datetime) -> None:
    """A chain with a short past, unless there is one."""
    if blocks.by_number(db, 0):
        return
    start_ms = chain.milliseconds(now) - BLOCKS_BEFORE * settings.REAL_BLOCK_MS
    chain.append(db, Block(0, blocks.block_id(0, f"genesis {start_ms}"), "0" * 64, start_ms))
    world = State(db)
    _endow(world, start_ms)
    world.commit(0)
    for number in range(1, BLOCKS_BEFORE + 1):
        chain.produce(db, start_ms + number * settings.REAL_BLOCK_MS)


def begin_anew(db: sqlite3.Connection, now: datetime) -> None:
    for table in TABLES:
        db.execute(f"DELETE FROM {table}")  # noqa: S608 - names from a constant
    begin(db, now)


def _endow(world: State, start_ms: int) -> None:
    for wallet in wallets.RICH:
        world.put_account(wallet.hex, Account(balance_sun=RICHES, created_ms=start_ms))
    for wallet in (wallets.PAYER, wallets.BLACKLISTED):
        for token in wallets.TOKENS:
            world.put(balance_key(token, wallet.hex), RICHES)
    for token in wallets.TOKENS:
        world.put(blacklist_key(token, wallets.BLACKLISTED.hex), True)
    for address in {*ADDRESSES.values(), NO_USDT, NO_BANDWIDTH} - {INACTIVE}:
        _known(world, address, start_ms)


def _known(world: State, address: str, start_ms: int) -> None:
    """A published address, as the outcomes page describes it."""
    raw = addresses.to_hex(address)
    far_ms = start_ms + 100 * 365 * 86_400_000  # usage of the future does not recover: no bandwidth, ever
    used = Usage(FREE_NET_LIMIT, far_ms) if address == NO_BANDWIDTH else Usage()
    world.put_account(raw, Account(created_ms=start_ms, free_net=used))
    if address != NO_USDT:
        world.put(balance_key(wallets.USDT, raw), 1)
