"""A process that drives an order, or delivers a callback, dies at each of its steps in turn; others finish its job."""

import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from orders.models import Order
from orders.services import invariants, placing
from orders.states import OrderStatus
from providers.base import Kind
from providers.models import ProviderAccount
from providers.sandbox.accounts import Dialect
from providers.sandbox.outcomes import ADDRESSES, Outcome
from tests.flows.aftermath import check_callbacks, check_purchases, reread
from tests.flows.customer import Customer
from tests.flows.stack import Stack
from tests.flows.stories import wait_for_end
from tests.flows.upstreams import Upstreams
from tests.processes import ROOT
from tests.waiting import wait_until

MOST_STEPS = 60
U, K = Outcome, Kind
SUCCEEDED, FAILED = OrderStatus.SUCCEEDED, OrderStatus.FAILED


class Dying:
    """Calls that end by death; see tests/flows/dying.py."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.flows.dying"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def call(self, name: str, pk: int, *, dies_at: int = 0) -> str:
        """The step it died at, or "done". 0: it lives."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{name} {pk} {dies_at}\n")
        self.process.stdin.flush()
        told = self.process.stdout.readline().strip()
        assert told not in ("", "failed"), "its traceback is on stderr"
        return told

    def close(self) -> None:
        with self.process:
            assert self.process.stdin
            self.process.stdin.close()


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What the order has behind it when the fatal call comes: `calls` that lived, and more."""

    dialect: Dialect
    kind: Kind
    outcome: Outcome
    calls: int = 0
    is_done_there: bool = False
    was_not_found: bool = False
    ends: OrderStatus = SUCCEEDED
    steps: tuple[str, ...]  # some that must be among the deaths


SCENES = {
    "sends": Scene(
        dialect=Dialect.ITRX,
        kind=K.COLLECT,
        outcome=U.NO_CALLBACK,
        steps=('INSERT INTO "orders_attempt"', "HTTP", 'INSERT INTO "providers_providercall"'),
    ),
    "loses the answer": Scene(
        dialect=Dialect.TRONZAP, kind=K.ACTIVATION, outcome=U.CUT, steps=('UPDATE "orders_attempt" SET',)
    ),
    "is refused": Scene(
        dialect=Dialect.TRONZAP, kind=K.BUNDLE, outcome=U.REFUSE, ends=FAILED, steps=("HTTP",)
    ),
    "has no account left": Scene(
        dialect=Dialect.TRONZAP,
        kind=K.BUNDLE,
        outcome=U.REFUSE,
        calls=1,
        ends=FAILED,
        steps=('INSERT INTO "orders_transfer"', 'INSERT INTO "orders_callback"'),
    ),
    "looks up a lost answer": Scene(
        dialect=Dialect.TRONZAP, kind=K.ENERGY, outcome=U.CUT, calls=1, steps=("HTTP",)
    ),
    "finds that it never arrived": Scene(
        dialect=Dialect.TRONZAP,
        kind=K.ENERGY,
        outcome=U.CUT_BEFORE,
        calls=1,
        was_not_found=True,
        steps=('UPDATE "orders_attempt" SET', 'UPDATE "orders_order" SET'),
    ),
    "polls the end": Scene(
        dialect=Dialect.TRONZAP,
        kind=K.BANDWIDTH,
        outcome=U.SUCCESS,
        calls=1,
        is_done_there=True,
        steps=('INSERT INTO "orders_transfer"', 'INSERT INTO "orders_callback"'),
    ),
    "polls a paid deposit": Scene(
        dialect=Dialect.CROSSINGPAY,
        kind=K.DEPOSIT,
        outcome=U.NO_CALLBACK,
        calls=1,
        is_done_there=True,
        steps=('INSERT INTO "orders_payment"', 'INSERT INTO "orders_transfer"'),
    ),
}


@dataclass(frozen=True)
class Deaths:
    orders: list[Order]
    steps: list[str]


@pytest.fixture(scope="module")
def customer(stack: Stack, upstreams: Upstreams) -> Customer:
    return Customer.create("Sample merchant of deaths", upstreams)


@pytest.fixture(scope="module")
def deaths(stack: Stack, upstreams: Upstreams, customer: Customer) -> dict[str, Deaths]:
    """Everything dies while nobody else moves an order; then worker and dispatcher start again."""
    stack.stop_worker()
    stack.stop_dispatcher()
    upstreams.set_timing(delay=timedelta(0), slow=timedelta(seconds=5))
    dying = Dying(stack.environment)
    try:
        deaths = {"delivers": callback_deaths(customer, dying)}
        for name, scene in SCENES.items():
            account = upstreams.account(scene.dialect, f"death {name}", has_query=True)
            deaths[name] = order_deaths(scene, account, customer, dying, upstreams)
    finally:
        dying.close()
        stack.start_worker()
        stack.start_dispatcher()
        upstreams.set_timing(delay=timedelta(seconds=0.5), slow=timedelta(seconds=5))
    return deaths


def order_deaths(
    scene: Scene, account: ProviderAccount, customer: Customer, dying: Dying, upstreams: Upstreams
) -> Deaths:
    deaths = Deaths([], [])
    for number in range(1, MOST_STEPS):
        if scene.was_not_found:
            upstreams.next_purchases(account, scene.outcome)
        address = ADDRESSES[U.SUCCESS if scene.was_not_found else scene.outcome]
        order = customer.place(scene.kind, address, account)
        deaths.orders.append(order)
        for _ in range(scene.calls):
            assert dying.call("advance", order.pk) == "done"
        prepare(scene, order, upstreams)
        died_at = dying.call("advance", order.pk, dies_at=number)
        if died_at == "done":
            return deaths
        deaths.steps.append(died_at)
    raise AssertionError(f"more than {MOST_STEPS} steps")


def prepare(scene: Scene, order: Order, upstreams: Upstreams) -> None:
    attempt = order.attempts.first()
    if scene.is_done_there and attempt:
        wait_until(lambda: upstreams.is_done(attempt.request_id))
    if scene.was_not_found:
        long_ago = timezone.now() - timedelta(minutes=10)
        order.attempts.update(sent_at=long_ago, first_not_found_at=long_ago, not_found_count=1)


def callback_deaths(customer: Customer, dying: Dying) -> Deaths:
    """Of orders that were cancelled, which is the shortest way to a callback."""
    person = User.objects.create(username="sample of deaths")
    deaths = Deaths([], [])
    for number in range(1, MOST_STEPS):
        order = customer.place(K.BUNDLE, ADDRESSES[U.SUCCESS])
        assert placing.cancel(order, user=person, reason="sample", now=timezone.now())
        deaths.orders.append(order)
        died_at = dying.call("deliver", 0, dies_at=number)
        if died_at == "done":
            return deaths
        deaths.steps.append(died_at)
    raise AssertionError(f"more than {MOST_STEPS} steps")


@pytest.mark.parametrize("name", SCENES)
def test_the_order_comes_to_its_right_end(
    name: str, deaths: dict[str, Deaths], stack: Stack, upstreams: Upstreams, customer: Customer
) -> None:
    assert set(SCENES[name].steps) <= set(deaths[name].steps)
    orders = deaths[name].orders
    wait_for_end(stack, orders)
    assert {order.status for order in reread(orders)} == {SCENES[name].ends}
    check_purchases(orders, upstreams)
    check_callbacks(orders, customer, upstreams)


def test_the_callback_arrives(
    deaths: dict[str, Deaths], stack: Stack, upstreams: Upstreams, customer: Customer
) -> None:
    assert {"HTTP", 'INSERT INTO "orders_callbacklog"'} <= set(deaths["delivers"].steps)
    wait_for_end(stack, deaths["delivers"].orders)
    check_callbacks(deaths["delivers"].orders, customer, upstreams)


def test_the_books_and_states_hold(deaths: dict[str, Deaths], stack: Stack) -> None:
    wait_for_end(stack, [order for each in deaths.values() for order in each.orders])
    assert invariants.broken(now=timezone.now()) == []
