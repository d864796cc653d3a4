"""The loop against nodes on real loopback: whatever they do, no payment is lost and no order expires wrongly."""

import copy
import json
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from orders.management import watcher as watcher_module
from orders.management.watcher import Watcher
from orders.models import Backfill, ChainCursor, Custody, Merchant, Order, Payment
from orders.services import invariants, leadership, wallets
from orders.states import OrderStatus
from providers.base import Kind
from providers.tron import pool
from providers.tron.node import NodeAddress
from providers.tron.pool import NodePool
from tests.chain import (
    CONTRACT,
    CUT,
    EMPTY,
    LIMITED,
    NO_INFOS,
    UNSOLID,
    Chain,
    ChainServer,
    Fault,
    Json,
    Script,
    block_id,
    paid,
    serve,
)
from tests.loopback import LOOPBACK
from tests.orders.conftest import ADDRESS, NOW, Place
from tests.reader import NODE

# The loop renews its connection.
pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

ORDERS = 8
NEVER_PAID = 2
BLOCKS = 50  # two and a half minutes


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr(pool, "FIRST_REST_SECONDS", 0.01)
    monkeypatch.setattr(pool, "MOST_FAULT_SECONDS", 0.05)
    monkeypatch.setattr(watcher_module, "FIRST_BACKOFF_SECONDS", 0.01)
    settings.TRON_NODES = [NODE]


@pytest.fixture
def chain() -> Chain:
    return Chain(start=NOW - timedelta(seconds=6))


Nodes = Callable[[int], list[ChainServer]]


@pytest.fixture
def nodes(chain: Chain) -> Iterator[Nodes]:
    with ExitStack() as stack:
        yield lambda count: [stack.enter_context(serve(chain)) for _ in range(count)]


def watcher(servers: list[ChainServer], stop: threading.Event | None = None) -> Watcher:
    addresses = [NodeAddress(name=str(number), url=each.url) for number, each in enumerate(servers)]
    return watcher_of(addresses, stop or threading.Event())


def watcher_of(addresses: list[NodeAddress], stop: threading.Event, *, total_seconds: float = 5) -> Watcher:
    nodes = NodePool(
        addresses, contract=CONTRACT, connect_seconds=2, total_seconds=total_seconds, policy=LOOPBACK
    )
    return Watcher(nodes, clock=lambda: NOW + timedelta(minutes=30), stop=stop, poll_seconds=0.01)


@pytest.fixture
def orders(place: Place, merchant: Merchant) -> list[Order]:
    """Deposits over two minutes; all but the last NEVER_PAID will be paid in time."""
    wallets.add_wallet(merchant, address=ADDRESS, label="", custody=Custody.OURS, now=NOW)
    window = {"window_start": NOW, "window_end": NOW + timedelta(minutes=2)}
    return [place(kind=Kind.DEPOSIT, amount_micro=1_000_000 + number, **window) for number in range(ORDERS)]


def pay_some(chain: Chain) -> None:
    for number in range(BLOCKS):
        if number % 6 == 4 and number // 6 < ORDERS - NEVER_PAID:
            chain.add(paid(number, ADDRESS, 1_000_000 + number // 6))
        else:
            chain.add()


def check_all_is_right(orders: list[Order], chain: Chain) -> None:
    statuses = [order.status for order in Order.objects.order_by("pk")]
    assert statuses == [OrderStatus.SUCCEEDED] * (ORDERS - NEVER_PAID) + [OrderStatus.FAILED] * NEVER_PAID
    assert Payment.objects.filter(status="matched").count() == ORDERS - NEVER_PAID
    cursor = ChainCursor.objects.get()
    assert (cursor.number, cursor.problem, cursor.lag_blocks) == (chain.head, "", 0)
    assert invariants.broken(now=NOW + timedelta(minutes=10)) == []


def test_a_chain_is_read_to_its_head(chain: Chain, nodes: Nodes, orders: list[Order]) -> None:
    servers = nodes(1)
    watcher(servers).run(once=True)
    pay_some(chain)
    watcher(servers).run(once=True)
    check_all_is_right(orders, chain)
    names = servers[0].names()
    assert names.count("getblockbynum") == names.count("gettransactioninfobyblocknum") == BLOCKS
    assert ChainCursor.objects.get().holder == "", "it has resigned"


def test_the_head_that_is_not_solid_yet_is_told_at_times(chain: Chain, nodes: Nodes) -> None:
    (server,) = nodes(1)
    loop = watcher([server])
    loop.run(once=True)
    assert ChainCursor.objects.get().head_number == chain.head + UNSOLID
    chain.grow(5)
    loop.run(once=True)
    assert server.names().count("wallet/getblock") == 1, "by the watcher's clock no time has passed"


def test_nothing_waits_for_a_node_that_hangs_when_asked_for_its_head(chain: Chain, nodes: Nodes) -> None:
    solid, full = nodes(2)
    stop = threading.Event()
    waits: list[bool] = []

    def hang(name: str, body: Json) -> Fault | None:
        waits.append(stop.wait(30))
        return CUT

    def stop_at_the_end(name: str, body: Json) -> None:
        if name == "getblock" and ("getblockbynum", {"num": chain.head}) in solid.calls:
            stop.set()

    full.script = hang
    watcher([solid]).run(once=True)
    chain.grow(5)
    solid.script = stop_at_the_end
    own = NodeAddress(name="own", url=full.url, solidity_url=solid.url)
    watcher_of([own], stop, total_seconds=60).run()
    assert ChainCursor.objects.get().number == chain.head
    assert (full.names(), waits) == (["wallet/getblock"], [True])


def sometimes(fault: Fault, *names: str, chance: float = 0.3, most: int = 25) -> Script:
    """A fault in some of the first calls, seeded."""
    dice = random.Random(5)
    count = iter(range(10_000))

    def script(name: str, body: Json) -> Fault | None:
        meant = not names or name in names
        return fault if meant and dice.random() < chance and next(count) < most else None

    return script


def without_the_last_info(server: ChainServer) -> Script:
    chosen = sometimes(EMPTY, "gettransactioninfobyblocknum", chance=0.5)

    def script(name: str, body: Json) -> Fault | None:
        if chosen(name, body) is None:
            return None
        return Fault(body=json.dumps(server.chain.infos[body["num"]][:-1]).encode())

    return script


def a_head_that_goes_back(server: ChainServer) -> Script:
    chosen = sometimes(EMPTY, "getblock", chance=0.5)

    def script(name: str, body: Json) -> Fault | None:
        old = json.dumps(server.chain.answer("getblock", {"id_or_num": "1000"})).encode()
        return Fault(body=old) if chosen(name, body) else None

    return script


def a_fork(server: ChainServer) -> Script:
    """Well-formed blocks whose parent is not ours."""
    chosen = sometimes(EMPTY, "getblockbynum")

    def script(name: str, body: Json) -> Fault | None:
        if chosen(name, body) is None:
            return None
        block = copy.deepcopy(server.chain.blocks[body["num"]])
        block["block_header"]["raw_data"]["parentHash"] = block_id(body["num"] - 1, "fork")
        return Fault(body=json.dumps(block).encode())

    return script


FAULTS: dict[str, Callable[[ChainServer], Script]] = {
    "empty blocks": lambda server: sometimes(EMPTY, "getblockbynum"),
    "empty infos": lambda server: sometimes(NO_INFOS, "gettransactioninfobyblocknum"),
    "an info missing": without_the_last_info,
    "no head": lambda server: sometimes(EMPTY, "getblock"),
    "a head that goes back": a_head_that_goes_back,
    "limited with suspension": lambda server: sometimes(LIMITED, chance=0.1, most=2),
    "connections cut": lambda server: sometimes(CUT),
    "server errors": lambda server: sometimes(Fault(502, b"<html>bad gateway</html>")),
    "errors with 200": lambda server: sometimes(Fault(body=b'{"Error":"class java.lang.Exception : x"}')),
    "no JSON": lambda server: sometimes(Fault(body=b"this API is closed because")),
    "JSON of another shape": lambda server: sometimes(Fault(body=b'[{"id":5}]')),
    "a fork": a_fork,
}
HIDES_THE_HEAD = {"a head that goes back"}


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_of_a_node_loses_a_payment_or_expires_an_order(
    chain: Chain, nodes: Nodes, orders: list[Order], fault: str, count: int
) -> None:
    servers = nodes(count)
    watcher(servers).run(once=True)
    pay_some(chain)
    for server in servers:
        server.script = FAULTS[fault](server)
    watcher(servers).run(once=True)
    if fault in HIDES_THE_HEAD:  # the run may have ended early, as there seemed to be no more
        assert not Order.objects.filter(status=OrderStatus.FAILED, payment__isnull=False).exists()
        for server in servers:
            server.script = lambda name, body: None
        watcher(servers).run(once=True)
    check_all_is_right(orders, chain)


def test_a_node_of_another_chain_alone_stops_everything_and_says_so(
    chain: Chain, nodes: Nodes, orders: list[Order], caplog: pytest.LogCaptureFixture
) -> None:
    servers = nodes(1)
    stop = threading.Event()
    watcher(servers).run(once=True)
    pay_some(chain)
    script, asked = a_fork(servers[0]), iter(range(10_000))

    def other_chain(name: str, body: Json) -> Fault | None:
        if next(asked) > 40:
            stop.set()
        if name != "getblockbynum":
            return None
        fault = None
        while fault is None:
            fault = script(name, body)
        return fault

    servers[0].script = other_chain
    watcher(servers, stop).run()
    cursor = ChainCursor.objects.get()
    assert cursor.number == 1000
    assert "tells of another block 1001" in caplog.text
    assert cursor.problem
    assert cursor.problem_since is not None


def test_backfills_of_many_orders_read_each_block_once(
    chain: Chain, nodes: Nodes, place: Place, merchant: Merchant
) -> None:
    servers = nodes(1)
    watcher(servers).run(once=True)
    for number in range(40):
        chain.add(paid(number, ADDRESS, 1_000_000 + number % 3))
    watcher(servers).run(once=True)
    window = {"window_start": NOW, "window_end": NOW + timedelta(minutes=5)}
    for number in range(5):
        place(kind=Kind.MONITOR, amount_micro=1_000_000 + number, **window)
    chain.add()
    servers[0].calls.clear()
    watcher(servers).run(once=True)
    assert not Backfill.objects.filter(finished_at=None).exists()
    assert Backfill.objects.count() == 5
    assert servers[0].names().count("gettransactioninfobyblocknum") == 40, "39 again, and the new one"
    assert servers[0].names().count("getblockbynum") == 1
    assert Order.objects.filter(status=OrderStatus.SUCCEEDED).count() == 3


def test_a_node_that_hangs_costs_no_lease(
    chain: Chain, nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher_module, "BEAT_SECONDS", 0.01)
    (server,) = nodes(1)
    stop = threading.Event()

    def hang(name: str, body: Json) -> Fault | None:
        stop.wait(30)
        return CUT

    server.script = hang
    beats: list[str] = []
    beat = leadership.beat

    def counted(holder: str) -> None:
        beat(holder)
        beats.append(holder)
        if len(beats) == 20:
            stop.set()

    monkeypatch.setattr(leadership, "beat", counted)
    watcher([server], stop).run()
    assert len(beats) == 20


def test_a_node_that_is_behind_is_passed_over(chain: Chain, nodes: Nodes, orders: list[Order]) -> None:
    servers = nodes(2)
    watcher(servers).run(once=True)
    pay_some(chain)
    behind = json.dumps(chain.answer("getblock", {"id_or_num": "1010"})).encode()
    servers[0].script = lambda name, body: Fault(body=behind) if name == "getblock" else None
    watcher(servers).run(once=True)
    check_all_is_right(orders, chain)


def test_a_chain_begun_anew_is_told_and_read_from_its_head_on_command(
    chain: Chain, nodes: Nodes, settings: Settings
) -> None:
    (server,) = nodes(1)
    settings.TRON_NODES = [{**NODE, "url": server.url}]
    watcher([server]).run(once=True)
    server.chain = Chain(first=1, start=NOW, fork="anew")
    stop = threading.Event()

    def stop_after_some(name: str, body: Json) -> None:
        if len(server.calls) > 5:
            stop.set()

    server.script = stop_after_some
    watcher([server], stop).run()
    assert "manage.py begin_chain_anew" in ChainCursor.objects.get().problem
    call_command("begin_chain_anew", settings.TRON_NETWORK)
    server.chain.grow(3)
    watcher([server]).run(once=True)
    server.chain.grow(3)
    watcher([server]).run(once=True)
    cursor = leadership.cursor()
    assert (cursor.number, cursor.first_number, cursor.problem) == (7, 5, "")
    with pytest.raises(CommandError, match="of the chain that was read to 7"):
        call_command("begin_chain_anew", settings.TRON_NETWORK)
    with pytest.raises(CommandError, match="network that is watched"):
        call_command("begin_chain_anew", "elsewhere")
