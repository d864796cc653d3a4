"""Orders that our own node watches, on the sandbox's chain: real HTTP, real transactions, whatever is paid there."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from orders.management.watcher import Watcher
from orders.models import ChainCursor, Custody, Merchant, Order, Payment
from orders.services import invariants, ledger, merchants, placing, wallets
from orders.services.chain_facts import UNKNOWN
from orders.states import OrderStatus
from providers.base import Kind
from providers.tron.node import NodeAddress
from providers.tron.pool import NodePool
from tests.chain import CONTRACT, address_of
from tests.loopback import LOOPBACK
from tests.providers.sandbox.tron.caller import Chain
from tests.reader import NODE
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
AMOUNT, AMOUNT_MICRO = "12.5", 12_500_000
Watch = Callable[[], None]
Waiting = Callable[[str], Order]


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    sandbox = SandboxProcess(tmp_path / "sandbox").start()
    chain = Chain(sandbox.url)
    chain.control("settings", block_seconds="0", lag_blocks=3)
    yield chain
    sandbox.kill()


@pytest.fixture
def watch(chain: Chain) -> Watch:
    """Read what is solid by now."""
    nodes = NodePool(
        [NodeAddress(name="sandbox", url=chain.url)],
        contract=CONTRACT,
        connect_seconds=5,
        total_seconds=20,
        policy=LOOPBACK,
    )
    loop = Watcher(nodes, clock=timezone.now, stop=threading.Event(), poll_seconds=0.01)

    def read() -> None:
        chain.produce(4)
        loop.run(once=True)

    read()
    return read


@pytest.fixture
def merchant() -> Merchant:
    merchant = merchants.create_merchant(name="Sample", time_zone="UTC", now=timezone.now())
    ledger.top_up(merchant, 10**9, note="", now=timezone.now())
    return merchant


@pytest.fixture
def waiting(watch: Watch, merchant: Merchant, settings: Settings) -> Waiting:
    """A deposit in a wallet of its own, from now on by the chain's clock, for three minutes."""
    settings.TRON_NODES = [NODE]

    def place(name: str) -> Order:
        address, now = address_of("deposit", name), ChainCursor.objects.get().block_at
        assert now is not None
        wallets.add_wallet(merchant, address=address, label="", custody=Custody.OURS, now=now)
        spec = placing.OrderSpec(
            kind=Kind.DEPOSIT,
            dialect="crossingpay",  # type: ignore[arg-type]
            address=address,
            amount_micro=AMOUNT_MICRO,
            window_start=now,
            window_end=now + timedelta(minutes=3),
        )
        return placing.place_order(merchant, spec, UNKNOWN, now=now)[0]

    return place


def test_only_what_really_pays_settles(chain: Chain, watch: Watch, waiting: Waiting) -> None:
    kinds = {
        "usdt": (AMOUNT, True, 1),
        "through_contract": (AMOUNT, True, 1),
        "twice": (AMOUNT, True, 2),
        "short": ("12.49", False, 1),
        "over": ("12.500001", False, 1),
        "trx": ("12.5", False, 1),
        "trx_through_contract": ("12.5", False, 1),
        "fake": (AMOUNT, False, 0),
        "reverted": (AMOUNT, False, 0),
        "out_of_energy": (AMOUNT, False, 0),
        "frozen_sender": (AMOUNT, False, 0),
        "approval": (AMOUNT, False, 0),
        "zero": (AMOUNT, False, 0),
    }
    orders = {name: waiting(name) for name in kinds}
    for name, (amount, _, _) in kinds.items():
        kind = "usdt" if name in {"short", "over"} else name
        chain.control("pay", address=orders[name].address, amount=amount, kind=kind)
    watch()
    chain.produce(70)  # three and a half minutes: late for everyone
    chain.pay(orders["fake"].address, AMOUNT)
    watch()
    for name, (_, settles, payments) in kinds.items():
        order = Order.objects.get(pk=orders[name].pk)
        expected = OrderStatus.SUCCEEDED if settles else OrderStatus.FAILED
        seen = Payment.objects.filter(address=order.address).count()
        late = 1 if name == "fake" else 0
        assert (name, order.status, seen) == (name, expected, payments + late)
    late_one = Payment.objects.get(address=orders["fake"].address)
    assert "after the order's window" in late_one.reason
    assert invariants.broken(now=timezone.now()) == []


def test_trx_at_the_top_up_address_is_credited(chain: Chain, watch: Watch, merchant: Merchant) -> None:
    address = address_of("top-up")
    merchants.set_top_up_address(merchant, address, user=None, now=timezone.now())
    chain.pay(address, "25", kind="trx")
    chain.pay(address, "5", kind="trx_through_contract")
    watch()
    assert ledger.available_sun(merchant) == 10**9 + 30_000_000
    assert invariants.broken(now=timezone.now()) == []
