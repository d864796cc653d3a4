"""The watcher's figures, as a process of one database: `python -m tests.bench.chain_load WHAT COUNT`, JSON out."""

import json
import sys
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402 - needs the settings
from django.db import connection  # noqa: E402

from orders.management.watcher import Watcher  # noqa: E402
from orders.models import ChainCursor, Merchant, Order, WatchedAddress  # noqa: E402
from orders.services import merchants, watching  # noqa: E402
from providers.tron.addresses import to_hex  # noqa: E402
from providers.tron.node import NodeAddress  # noqa: E402
from providers.tron.pool import NodePool  # noqa: E402
from tests.bench.chain_blocks import ADDRESSES, AMOUNT, FIRST, SETTLE, add_block  # noqa: E402
from tests.bench.node_process import NodeProcess  # noqa: E402
from tests.chain import CONTRACT, Chain, address_of  # noqa: E402
from tests.loopback import LOOPBACK  # noqa: E402
from tests.reader import Reader  # noqa: E402

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROWS_AT_ONCE = 5000
MEASURED_BLOCKS = 40
BLOCK_SECONDS, LOOK_SECONDS, POLL_EVERY_SECONDS = 3, 6, 15
COUNTED_SECONDS = 120


def fill(count: int) -> dict[str, Any]:
    """Open orders up to `count`, over ADDRESSES addresses; all wait for another amount than any transfer's."""
    merchant = Merchant.objects.first() or merchants.create_merchant(name="Bench", time_zone="UTC", now=START)
    have = Order.objects.count()
    rows = (_order(merchant, number) for number in range(have, count))
    while batch := list(islice(rows, ROWS_AT_ONCE)):
        Order.objects.bulk_create(batch)
    for number in range(ADDRESSES):
        address = address_of(number)
        WatchedAddress.objects.get_or_create(hex=to_hex(address), defaults={"address": address})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {"orders": Order.objects.count()}


def _order(merchant: Merchant, number: int) -> Order:
    return Order(
        merchant=merchant,
        kind="deposit",
        dialect="crossingpay",
        source="api",
        serial=uuid.uuid4().hex,
        address=address_of(number % ADDRESSES),
        amount_micro=AMOUNT + number,
        window_start=START,
        window_end=START + timedelta(days=3),
        watcher="own",
        watched_from=1,
        price_sun=0,
        status="waiting",
        deadline_at=START + timedelta(days=4),
        created_at=START,
    )


def block_times(first_order: int) -> list[float]:
    """Milliseconds a block takes from its JSON to the commit. Each settles SETTLE orders that still wait."""
    cursor = ChainCursor.objects.filter(network=settings.TRON_NETWORK).first()
    chain = Chain(first=(cursor.number or 0) + 1000 if cursor else 1000, start=START + timedelta(hours=1))
    ChainCursor.objects.all().update(number=None, block_id="", block_at=None)
    reader = Reader(chain).start()
    for number in range(MEASURED_BLOCKS):
        first = first_order + SETTLE * number
        add_block(chain, chain.head + 1, settles=range(first, first + SETTLE))
    times = []
    row = reader.cursor
    for number in range(chain.first + 1, chain.head + 1):
        began = time.perf_counter()
        watching.commit_block(reader.holder, row, reader.block(number), now=START)
        times.append((time.perf_counter() - began) * 1000)
    return times


def catch_up(blocks: int) -> dict[str, float]:
    """Over loopback HTTP, from a node in a process of its own that has each answer at hand. `cpu_ms`: of this process,
    a block; what is left of a second to others hangs on the machine."""
    ChainCursor.objects.filter(network=settings.TRON_NETWORK).update(number=None, block_id="", block_at=None)
    with NodeProcess(FIRST, blocks) as node:
        loop = watcher(node)
        loop.run(once=True)
        node.grow(blocks)
        began, used = time.perf_counter(), time.process_time()
        loop.run(once=True)
        seconds, cpu = time.perf_counter() - began, time.process_time() - used
        calls = node.calls
    return {
        "blocks_per_second": blocks / seconds,
        "cpu_ms": 1000 * cpu / blocks,
        "requests_per_block": calls / blocks,
    }


def watcher(node: NodeProcess, *, clock: Callable[[], datetime] = lambda: START) -> Watcher:
    nodes = NodePool(
        [NodeAddress(name="node", url=node.url)],
        contract=CONTRACT,
        connect_seconds=5,
        total_seconds=20,
        policy=LOOPBACK,
    )
    return Watcher(nodes, clock=clock, stop=threading.Event(), poll_seconds=0.01)


def requests_made(addresses: int) -> dict[str, int]:
    """Counted by the node over COUNTED_SECONDS of the chain: the watcher, which looks at the head every six seconds,
    against a question for each address every POLL_EVERY_SECONDS."""
    ChainCursor.objects.filter(network=settings.TRON_NETWORK).update(number=None, block_id="", block_at=None)
    first = FIRST * 2 + addresses * 10
    times = [START]
    with NodeProcess(first, COUNTED_SECONDS // BLOCK_SECONDS) as node:
        loop = watcher(node, clock=lambda: times[-1])
        loop.run(once=True)
        before = node.calls
        for _ in range(COUNTED_SECONDS // LOOK_SECONDS):
            node.grow(LOOK_SECONDS // BLOCK_SECONDS)
            times.append(times[-1] + timedelta(seconds=LOOK_SECONDS))
            loop.run(once=True)
        ours = node.calls - before
        for _ in range(COUNTED_SECONDS // POLL_EVERY_SECONDS):
            for number in range(addresses):
                node.ask_about(address_of(number))
        polled = node.calls - before - ours
    return {"seconds": COUNTED_SECONDS, "ours": ours, "polled": polled}


LOADS: dict[str, Callable[[int], object]] = {
    "fill": fill,
    "block_times": block_times,
    "catch_up": catch_up,
    "requests_made": requests_made,
}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(LOADS[sys.argv[1]](int(sys.argv[2]))))
