"""The chain goes on: blocks are produced, become solid, and at the head may be replaced by others."""

import json
import sqlite3
from datetime import datetime

from providers.sandbox.tron import blocks, pool, settings, state
from providers.sandbox.tron.blocks import Block
from providers.sandbox.tron.execution import Executed, Refused, Transaction, execute
from providers.sandbox.tron.printing import dumped, printed
from providers.sandbox.tron.state import State

MOST_AT_ONCE = 20  # blocks that a late clock makes up for; after a longer rest the chain has a gap in time


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def now_ms(db: sqlite3.Connection, now: datetime) -> int:
    """The chain's clock."""
    return milliseconds(now) + settings.get(db, settings.OFFSET_MS)


def tick(db: sqlite3.Connection, now: datetime) -> int | None:
    """Produce the blocks that are due. Milliseconds until the next is, None if only a command brings it."""
    step, at = settings.get(db, settings.BLOCK_MS), now_ms(db, now)
    stalled = settings.get(db, settings.STALLED_UNTIL_MS) - at
    if stalled > 0 or not step:
        return stalled if step else None
    last = blocks.head(db).timestamp
    due = (at - last) // step
    if due > MOST_AT_ONCE:
        last, due = last + step * (due - 1), 1
    for _ in range(due):
        last += step
        produce(db, last)
    return max(last + step - at, 0)


def produce_some(db: sqlite3.Connection, count: int, step_ms: int, now: datetime) -> None:
    """Blocks on command: at the chain's time or later, a step apart; its clock then goes on from there."""
    for _ in range(count):
        produce(db, max(blocks.head(db).timestamp + step_ms, now_ms(db, now)))
    follow_head(db, now)


def follow_head(db: sqlite3.Connection, now: datetime) -> None:
    """Put the clock forward to the newest block, if that is ahead of it."""
    ahead_ms = blocks.head(db).timestamp - milliseconds(now)
    settings.put(db, settings.OFFSET_MS, max(settings.get(db, settings.OFFSET_MS), ahead_ms))


def usual_step_ms(db: sqlite3.Connection) -> int:
    return settings.get(db, settings.BLOCK_MS) or settings.REAL_BLOCK_MS


def produce(db: sqlite3.Connection, timestamp: int) -> Block:
    """The next block, of all in the pool that may be in it; what has become impossible is dropped."""
    parent = blocks.head(db)
    number = parent.number + 1
    world, position, log_index, ids = State(db), 0, 0, [parent.id]
    price_sun = settings.get(db, settings.ENERGY_PRICE_SUN)
    for row in pool.waiting(db)[: pool.MOST_IN_BLOCK]:
        if row["not_before"] > number:
            continue
        transaction = pool.read(row)
        try:
            if transaction.raw.expiration <= parent.timestamp:
                raise Refused("TRANSACTION_EXPIRATION_ERROR", "Transaction expired")
            done = execute(world, transaction, now_ms=timestamp, energy_price_sun=price_sun)
        except Refused:
            pool.drop(db, row["sequence"])
            continue
        _record(db, transaction, done, (number, timestamp, position, log_index))
        ids.append(transaction.txid)
        position, log_index = position + 1, log_index + len(done.logs)
    world.commit(number)
    forks = settings.get(db, settings.FORKS)
    block = Block(number, blocks.block_id(number, f"{forks}{timestamp}{ids}"), parent.id, timestamp)
    append(db, block)
    return block


def append(db: sqlite3.Connection, block: Block) -> None:
    """The new head; the solid block follows it and never goes back."""
    row = (block.number, block.id, block.parent, block.timestamp)
    db.execute("INSERT INTO chain_blocks VALUES (?, ?, ?, ?)", row)
    settings.put(db, settings.HEAD, block.number)
    lag = settings.get(db, settings.LAG_BLOCKS)
    solid = max(settings.get(db, settings.SOLID), block.number - lag)
    settings.put(db, settings.SOLID, solid)
    state.forget_undo(db, solid)


def reorganise(db: sqlite3.Connection, depth: int, *, drop: bool) -> None:
    """Replace the newest `depth` blocks by others of the same times and one more. What was in them is in the pool
    again, or gone with `drop`. Raises ValueError for a depth that reaches solid blocks."""
    head = blocks.head(db)
    fork = head.number - depth
    if depth < 1 or fork < settings.get(db, settings.SOLID):
        raise ValueError("only blocks that are not solid can be replaced")
    times = [
        row["timestamp"] for row in db.execute("SELECT timestamp FROM chain_blocks WHERE number > ?", (fork,))
    ]
    for number in range(head.number, fork, -1):
        state.undo(db, number)
    db.execute("DELETE FROM chain_logs WHERE number > ?", (fork,))
    db.execute("DELETE FROM chain_blocks WHERE number > ?", (fork,))
    if drop:
        db.execute("DELETE FROM chain_transactions WHERE number > ?", (fork,))
    db.execute(
        "UPDATE chain_transactions SET number = NULL, position = NULL, outcome = '', info = '',"
        " not_before = ? WHERE number > ?",
        (fork + 2, fork),  # they come a block later than before
    )
    settings.put(db, settings.HEAD, fork)
    settings.put(db, settings.FORKS, settings.get(db, settings.FORKS) + 1)
    for timestamp in [*times, times[-1] + usual_step_ms(db)]:
        produce(db, timestamp)


def _record(
    db: sqlite3.Connection, transaction: Transaction, done: Executed, place: tuple[int, int, int, int]
) -> None:
    number, timestamp, position, log_index = place
    txid = transaction.txid
    info = {"id": txid, "blockNumber": number, "blockTimeStamp": timestamp, **done.info}
    db.execute(
        "UPDATE chain_transactions SET number = ?, position = ?, outcome = ?, info = ? WHERE txid = ?",
        (number, position, done.outcome, dumped(printed(info)).decode(), txid),
    )
    for index, log in enumerate(done.logs, log_index):
        sides = [*log.topics[1:3], "", ""][:2]
        row = (number, index, position, txid, log.address, json.dumps(log.topics), *sides, log.data)
        db.execute("INSERT INTO chain_logs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
