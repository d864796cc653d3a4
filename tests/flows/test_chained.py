"""Two installations of this product, one the upstream of the other in all three dialects, over real HTTP.

The inner one has a database, keys and processes of its own; it buys at the sandbox and watches the sandbox's chain.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from orders.models import AccountKind, Asset, Attempt, CallbackLog, Custody, Order, Transfer
from orders.services import invariants, ledger, wallets
from orders.services.accounts import add_account
from orders.states import OrderStatus
from providers.base import PAYMENT_KINDS, Kind
from providers.models import ProviderAccount, ProviderKind
from providers.money import format_units
from providers.sandbox.outcomes import INACTIVE, published
from tests.conftest import environment_of_test_database
from tests.flows.aftermath import check_callbacks, reread
from tests.flows.customer import Customer
from tests.flows.stack import Stack
from tests.flows.stories import story, wait_for_end
from tests.flows.upstreams import Upstreams
from tests.processes import ROOT
from tests.providers.sandbox.tron.caller import Chain
from tests.sandbox_process import SandboxProcess
from tests.waiting import wait_until

ITRX, TRONZAP, CROSSINGPAY = ProviderKind.ITRX, ProviderKind.TRONZAP, ProviderKind.CROSSINGPAY
SOLD: list[tuple[ProviderKind, Kind, str]] = [
    (ITRX, Kind.COLLECT, published("chained")),
    (ITRX, Kind.ENERGY, published("chained")),
    (TRONZAP, Kind.COLLECT, published("chained")),
    (TRONZAP, Kind.ENERGY, published("chained")),
    (TRONZAP, Kind.BANDWIDTH, published("chained")),
    (TRONZAP, Kind.BUNDLE, published("chained")),
    (TRONZAP, Kind.ACTIVATION, INACTIVE),
    (CROSSINGPAY, Kind.MONITOR, published("somebody's own")),
    (CROSSINGPAY, Kind.DEPOSIT, published("a wallet of the chain")),
]
WALLET = published("a wallet of the chain")


@dataclass
class Inner:
    """`pairs`: the keys it issued, by dialect."""

    stack: Stack
    chain: Chain
    pairs: dict[str, list[str]] = field(default_factory=dict)

    def run(self, *arguments: str) -> Any:
        command = [sys.executable, "-m", "tests.flows.inner", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.stack.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def inner(tmp_path: Path) -> Iterator[Inner]:
    sandbox = SandboxProcess(tmp_path / "sandbox").start()
    sandbox.settings(delay_seconds=0.5)
    chain = Chain(sandbox.url)
    chain.control("settings", block_seconds="0.5", lag_blocks=2)
    own = {"DATA_DIR": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path}/inner.sqlite3"}
    node = {"TRON_NODE_URL": sandbox.url, "TRON_REQUESTS_PER_SECOND": "0"}
    (tmp_path / "programs").mkdir()
    stack = Stack(tmp_path / "programs", environment_of_test_database() | own | node)
    inner = Inner(stack, chain)
    try:
        inner.pairs = inner.run("prepare", sandbox.url, WALLET)
        stack.start("watch_chain").wait_for_err("reading begins")
        stack.start_all()
        yield inner
    finally:
        stack.close()
        sandbox.stop()


@pytest.fixture
def accounts(inner: Inner, upstreams: Upstreams) -> Iterator[dict[ProviderKind, ProviderAccount]]:
    """The outer installation's, at the inner one."""

    def account(kind: ProviderKind) -> ProviderAccount:
        key, secret = inner.pairs[kind]
        pair = ("", key) if kind == CROSSINGPAY else (key, secret)
        return add_account(
            kind=kind,
            label=f"inner {kind}",
            base_url=inner.stack.web_url,
            key=pair[0],
            secret=pair[1],
            now=timezone.now(),
        )

    yield {kind: account(kind) for kind in (ITRX, TRONZAP, CROSSINGPAY)}
    upstreams.retire_accounts()


def pay(inner: Inner, orders: list[Order]) -> None:
    """On the chain that only the inner one watches, once the outer one has its word that it does."""
    for order in orders:
        if order.kind in PAYMENT_KINDS:
            accepted = Order.objects.filter(pk=order.pk, status=OrderStatus.WAITING)
            wait_until(accepted.exists)
            inner.chain.pay(order.address, format_units(order.amount_micro or 0))


def test_orders_of_every_kind_pass_through_both(
    stack: Stack, upstreams: Upstreams, inner: Inner, accounts: dict[ProviderKind, ProviderAccount]
) -> None:
    customer = Customer.create("Customer of the outer", upstreams)
    wallets.add_wallet(
        customer.merchant, address=WALLET, label="", custody=Custody.UPSTREAM, now=timezone.now()
    )
    orders = [customer.place(kind, address, accounts[at]) for at, kind, address in SOLD]
    pay(inner, orders)
    wait_for_end(stack, orders, seconds=180)
    stories = "\n".join(story(order.pk) for order in orders)
    assert {order.status for order in reread(orders)} == {OrderStatus.SUCCEEDED}, stories
    check_callbacks(orders, customer, upstreams)
    wait_until(lambda: told_by_callback(orders) == {order.pk for order in orders if not is_polled(order)})

    told = inner.run("report")
    assert told["broken"] == invariants.broken(now=timezone.now()) == []
    assert len(told["orders"]) == len(orders), "each was asked for once"
    for order in reread(orders):
        check_both_sides(order, told["orders"][order.attempts.get().request_id])
    paid_sun = sum(ledger.balance_of(ledger.provider_ledger(account)) for account in accounts.values())
    assert told["spent_sun"] == paid_sun > 0
    custody = ledger.provider_ledger(accounts[CROSSINGPAY], AccountKind.CUSTODY, Asset.USDT)
    [deposit] = [order for order in orders if order.kind == Kind.DEPOSIT]
    assert told["deposits_micro"] == -ledger.balance_of(custody) == deposit.amount_micro


def is_polled(order: Order) -> bool:
    return Attempt.objects.get(order=order).account.kind == TRONZAP


def told_by_callback(orders: list[Order]) -> set[int | None]:
    """Orders of which the inner one's signed callback was accepted."""
    accepted = CallbackLog.objects.filter(order__in=orders, direction="in", verdict="accepted")
    return set(accepted.values_list("order_id", flat=True))


def check_both_sides(order: Order, inner: dict[str, Any]) -> None:
    cost = Transfer.objects.filter(order=order, code="provider_cost")
    attempt = order.attempts.get()
    # TronZap sells no collecting by that name: what its transfer needs is bought there.
    is_split = is_polled(order) and order.kind == Kind.COLLECT
    outer_sees = {
        "kind": Kind.ENERGY if is_split else order.kind,
        "status": order.status,
        "source": "api",
        "earned_sun": sum(cost.values_list("amount", flat=True)),
        "txid": order.payment.txid if order.is_payment else attempt.txid,
        "callbacks": [] if is_polled(order) else ["delivered"],
    }
    assert inner == outer_sees, story(order.pk)
    assert attempt.txid or order.is_payment
    assert order.is_payment or outer_sees["earned_sun"]
