"""Workers and dispatchers are killed by SIGKILL at seeded random moments while orders run; nothing is lost or doubled.

CRASH_ORDERS and CRASH_KILLS set the size; CRASH_SEED, printed, repeats a run's choices (not its timing).
"""

import os
import random
import time
from collections.abc import Callable

import pytest
from django.utils import timezone

from orders.models import Order, OrderEvent
from orders.services import invariants, ledger
from orders.states import OrderStatus
from providers.base import Kind
from providers.models import ProviderAccount
from providers.sandbox.accounts import Dialect
from providers.sandbox.outcomes import ADDRESSES, Outcome
from tests.flows.aftermath import check_callbacks, check_purchases
from tests.flows.customer import TOP_UP_SUN, Customer
from tests.flows.stack import Stack
from tests.flows.stories import story, unsettled, wait_for_end
from tests.flows.upstreams import Upstreams
from tests.waiting import POLL_SECONDS

ORDERS = int(os.environ.get("CRASH_ORDERS", "200"))
KILLS = int(os.environ.get("CRASH_KILLS", "20"))
SEED = int(os.environ.get("CRASH_SEED") or random.randrange(10**6))
LONGEST_CALM_SECONDS = 3.0
U, K = Outcome, Kind
SUCCEEDED, FAILED, ATTENTION = OrderStatus.SUCCEEDED, OrderStatus.FAILED, OrderStatus.ATTENTION

# Kinds, outcome by address, and the ends it may have; an outcome that only one dialect acts out succeeds elsewhere.
MIX: list[tuple[list[Kind], Outcome, set[OrderStatus]]] = [
    (
        [K.COLLECT, K.ENERGY, K.ACTIVATION, K.BUNDLE, K.BANDWIDTH, K.MONITOR, K.DEPOSIT],
        U.SUCCESS,
        {SUCCEEDED},
    ),
    ([K.COLLECT, K.ENERGY, K.ACTIVATION, K.BUNDLE, K.BANDWIDTH, K.MONITOR, K.DEPOSIT], U.CUT, {SUCCEEDED}),
    ([K.COLLECT, K.ENERGY, K.ACTIVATION, K.MONITOR], U.ERROR500_EXECUTED, {SUCCEEDED}),
    ([K.COLLECT, K.ENERGY, K.MONITOR], U.NO_CALLBACK, {SUCCEEDED}),
    ([K.COLLECT, K.ENERGY, K.MONITOR], U.FORGED_CALLBACK, {SUCCEEDED}),
    ([K.COLLECT, K.DEPOSIT], U.DUPLICATE_CALLBACK, {SUCCEEDED}),
    ([K.ENERGY], U.REFUND, {SUCCEEDED}),  # paid back at iTRX, then bought at TronZap
    ([K.COLLECT], U.PARTIAL_REFUND, {FAILED, SUCCEEDED}),
    ([K.ACTIVATION, K.BANDWIDTH], U.FAILED, {FAILED}),
    ([K.COLLECT, K.BUNDLE], U.REFUSE, {FAILED}),
    ([K.COLLECT, K.ACTIVATION], U.SLOW, {SUCCEEDED}),
    ([K.MONITOR, K.DEPOSIT], U.WRONG_AMOUNT, {ATTENTION}),
]
WEIGHTS = [8, 5, 3, 2, 1, 1, 3, 1, 1, 2, 1, 1]


@pytest.fixture
def accounts(stack: Stack, upstreams: Upstreams) -> list[ProviderAccount]:
    """One per dialect, and before them one each that swallows its first few purchases unexecuted."""
    upstreams.retire_accounts()
    made = []
    for dialect in Dialect:
        name, has_query = f"crash {dialect}", dialect is Dialect.CROSSINGPAY
        made.append(
            upstreams.account(
                dialect,
                f"{name} swallows",
                priority=1,
                outcome=U.CUT_BEFORE,
                times=ORDERS // 20,
                has_query=has_query,
            )
        )
        made.append(upstreams.account(dialect, name, priority=2, has_query=has_query))
    return made


def kill_and_restart(stack: Stack, chance: random.Random) -> None:
    if chance.random() < 0.75:
        stack.stop_worker()
        stack.start_worker()
    else:
        stack.stop_dispatcher()
        stack.start_dispatcher()


def wait_for_events(count: int, is_over: Callable[[], bool]) -> None:
    """Until so many more things have happened to orders, or it has been calm for long."""
    target = OrderEvent.objects.count() + count
    deadline = time.monotonic() + LONGEST_CALM_SECONDS
    while OrderEvent.objects.count() < target and time.monotonic() < deadline and not is_over():
        time.sleep(POLL_SECONDS / 5)


def test_killed_at_random_moments(
    stack: Stack, upstreams: Upstreams, accounts: list[ProviderAccount]
) -> None:
    print(f"CRASH_SEED={SEED} CRASH_ORDERS={ORDERS} CRASH_KILLS={KILLS}")  # noqa: T201 - repeats the run
    chance = random.Random(SEED)
    customer = Customer.create("Sample merchant of crashes", upstreams)
    allowed: dict[int, set[OrderStatus]] = {}
    for _ in range(KILLS):
        for kinds, outcome, ends in chance.choices(MIX, WEIGHTS, k=ORDERS // KILLS):
            allowed[customer.place(chance.choice(kinds), ADDRESSES[outcome]).pk] = ends
        wait_for_events(chance.randrange(5 * ORDERS // KILLS), lambda: not unsettled(list(allowed)))
        kill_and_restart(stack, chance)
    orders = Order.objects.filter(pk__in=allowed)
    wait_for_end(stack, orders, seconds=180)
    hits = OrderEvent.objects.filter(order__in=orders, text__contains="ended before the answer").count()
    print(f"{hits} purchases were cut short by a kill")  # noqa: T201

    wrong = [order.pk for order in orders.all() if order.status not in allowed[order.pk]]
    assert wrong == [], "\n".join(map(story, wrong))
    check_purchases(orders, upstreams)
    check_callbacks(orders, customer, upstreams)
    paid_sun = sum(order.price_sun for order in orders.all() if order.status != FAILED)
    assert ledger.available_sun(customer.merchant) == TOP_UP_SUN - paid_sun
    assert invariants.broken(now=timezone.now()) == []
