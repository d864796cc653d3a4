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
from tests.chain import CONTRACT, Chain, address_of, call, paid, serve, trx  # noqa: E402
from tests.loopback import LOOPBACK  # noqa: E402
from tests.reader import Reader  # noqa: E402

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
# A block as the network has them (specs/tron.md 6.1); two of its transfers settle an order.
TRANSACTIONS, USDT_TRANSFERS, TRX_TRANSFERS, SETTLE = 380, 115, 100, 2
ADDRESSES = 2000
ROWS_AT_ONCE = 5000
MEASURED_BLOCKS = 40
AMOUNT = 5_000_000


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


def add_block(chain: Chain, number: int, *, settles: range = range(0)) -> None:
    """`settles`: the numbers of the orders that it pays; its other transfers are strangers'."""
    rows = [paid(f"{number}/{each}", address_of(each % ADDRESSES), AMOUNT + each) for each in settles]
    strangers = range(USDT_TRANSFERS - len(rows))
    rows += [paid(f"{number}/s{each}", address_of("stranger", number, each), AMOUNT) for each in strangers]
    rows += [trx(f"{number}/{each}", address_of("other", number, each), 7) for each in range(TRX_TRANSFERS)]
    rows += [call(f"{number}/c{each}") for each in range(TRANSACTIONS - len(rows))]
    chain.add(*rows)


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
    """Blocks a second over loopback HTTP, from a node in this process that has each answer at hand."""
    chain = Chain(first=10**6, start=START)
    cursor = ChainCursor.objects.filter(network=settings.TRON_NETWORK)
    with serve(chain) as server:
        nodes = NodePool(
            [NodeAddress(name="node", url=server.url)],
            contract=CONTRACT,
            connect_seconds=5,
            total_seconds=20,
            policy=LOOPBACK,
        )
        cursor.update(number=None, block_id="", block_at=None)
        loop = Watcher(nodes, clock=lambda: START, stop=threading.Event(), poll_seconds=0.01)
        loop.run(once=True)
        for number in range(blocks):
            add_block(chain, number)
        server.prepare()
        began = time.perf_counter()
        loop.run(once=True)
        seconds = time.perf_counter() - began
    return {"blocks_per_second": blocks / seconds, "requests_per_block": len(server.calls) / blocks}


LOADS: dict[str, Callable[[int], object]] = {"fill": fill, "block_times": block_times, "catch_up": catch_up}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(LOADS[sys.argv[1]](int(sys.argv[2]))))
