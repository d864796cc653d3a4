"""Real `watch_chain` processes over a real database: one leads, another takes over, and no death costs anything.

WATCH_BLOCKS, WATCH_ORDERS and WATCH_KILLS set the size; WATCH_SEED, told by a failure, repeats a run's choices.
"""

import os
import random
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from orders.models import ChainCursor, Custody, Merchant, Order, Payment, ScannedBlock
from orders.services import invariants, ledger, merchants, placing, wallets
from orders.services.chain_facts import UNKNOWN
from orders.states import OrderStatus
from providers.base import Kind
from tests.chain import Chain, ChainServer, Fault, Json, address_of, paid, serve
from tests.processes import Running, manage
from tests.reader import NODE
from tests.waiting import wait_until

BLOCKS = int(os.environ.get("WATCH_BLOCKS", "120"))
ORDERS = int(os.environ.get("WATCH_ORDERS", "40"))
KILLS = int(os.environ.get("WATCH_KILLS", "3"))
SEED = int(os.environ.get("WATCH_SEED") or random.randrange(10**6))
TAKE_OVER_SECONDS = 15

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
Start = Callable[[], Running]


@pytest.fixture
def chain() -> Chain:
    return Chain(start=timezone.now().replace(microsecond=0) - timedelta(hours=1))


@pytest.fixture
def node(chain: Chain) -> Iterator[ChainServer]:
    with serve(chain) as server:
        yield server


@pytest.fixture
def start(
    node: ChainServer, process_environment: dict[str, str], tmp_path: Path, settings: Settings
) -> Iterator[Start]:
    settings.TRON_NODES = [NODE]
    started: list[Running] = []
    environment = process_environment | {"TRON_NODE_URL": node.url, "TRON_REQUESTS_PER_SECOND": "0"}

    def begin() -> Running:
        directory = tmp_path / str(len(started))
        directory.mkdir()
        started.append(Running(manage("watch_chain"), directory, environment))
        return started[-1]

    yield begin
    for each in started:
        each.close()


def cursor() -> ChainCursor:
    return ChainCursor.objects.get()


def leads(process: Running) -> bool:
    """The holder's name tells its process."""
    return ChainCursor.objects.filter(holder__contains=f" {process.process.pid} ").exists()


def has_read(chain: Chain) -> bool:
    return ChainCursor.objects.filter(number=chain.head).exists()


def test_a_stand_by_waits_and_takes_over_from_a_killed_one(chain: Chain, start: Start) -> None:
    first = start()
    wait_until(lambda: leads(first) and has_read(chain))  # where reading begins
    second = start()
    chain.grow(20)
    wait_until(lambda: has_read(chain))
    assert leads(first)
    first.kill_group()
    chain.grow(20)
    assert not has_read(chain)
    wait_until(lambda: leads(second), seconds=TAKE_OVER_SECONDS)
    wait_until(lambda: has_read(chain))
    assert ScannedBlock.objects.count() == 40
    assert second.exit_code(after=signal.SIGTERM) == 0
    assert cursor().holder == ""


def test_kills_at_seeded_moments_lose_and_double_nothing(
    chain: Chain, node: ChainServer, start: Start
) -> None:
    dice = random.Random(SEED)
    merchant = merchants.create_merchant(name="Sample", time_zone="UTC", now=chain.start)
    ledger.top_up(merchant, 10**12, note="", now=chain.start)
    first = start()
    wait_until(lambda: ChainCursor.objects.filter(number=chain.head).exists())
    first.kill_group()
    orders = place_all(merchant, chain)
    will_be_paid = pay_some(chain, orders, dice)
    for _ in range(KILLS):
        die_at_call(node, start, dice.randrange(5, 2 * BLOCKS // KILLS))
    node.script = lambda name, body: None
    forget_the_dead()
    last = start()
    wait_until(lambda: has_read(chain) and not Order.objects.filter(status=OrderStatus.WAITING).exists())
    last.kill_group()
    paid_orders = set(Order.objects.filter(status=OrderStatus.SUCCEEDED).values_list("pk", flat=True))
    assert paid_orders == will_be_paid, f"WATCH_SEED={SEED}"
    assert Payment.objects.count() == len(will_be_paid)
    assert ScannedBlock.objects.count() == chain.head - chain.first
    assert invariants.broken(now=timezone.now()) == []


def place_all(merchant: Merchant, chain: Chain) -> list[Order]:
    """In ten wallets of ours, until the middle of what is to come."""
    window_end = chain.time_of(chain.head + BLOCKS // 2)
    orders = []
    for number in range(ORDERS):
        address = address_of("wallet", number % 10)
        if number < 10:
            wallets.add_wallet(merchant, address=address, label="", custody=Custody.OURS, now=chain.start)
        spec = placing.OrderSpec(
            kind=Kind.DEPOSIT,
            dialect="crossingpay",  # type: ignore[arg-type]
            address=address,
            amount_micro=1_000_000 + number,
            window_start=chain.time_of(chain.head + 1),
            window_end=window_end,
        )
        orders.append(placing.place_order(merchant, spec, UNKNOWN, now=chain.start)[0])
    return orders


def pay_some(chain: Chain, orders: list[Order], dice: random.Random) -> set[int]:
    """Two of three are paid in time; a block may hold several."""
    will_be_paid = dice.sample(orders, 2 * len(orders) // 3)
    blocks: dict[int, list[Order]] = {}
    for order in will_be_paid:
        blocks.setdefault(dice.randrange(BLOCKS // 2), []).append(order)
    for number in range(BLOCKS):
        chain.add(
            *(paid(order.pk, order.address, order.amount_micro or 0) for order in blocks.get(number, []))
        )
    return {order.pk for order in will_be_paid}


def die_at_call(node: ChainServer, start: Start, count: int) -> None:
    """SIGKILL while the node is about to answer its `count`-th question; what was written by then is chance."""
    running: list[Running] = []
    calls = iter(range(count))

    def kill(name: str, body: Json) -> Fault | None:
        if next(calls, None) is None and running:
            running[0].process.kill()
        return None

    node.script = kill
    forget_the_dead()
    running.append(start())
    wait_until(lambda: running[0].process.poll() is not None)


def forget_the_dead() -> None:
    """The silence that a successor waits out is measured above; here it would only take time."""
    ChainCursor.objects.update(holder="")
