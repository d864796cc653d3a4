"""One order per dialect walks along accounts that each fail in their own way, and is bought once at the last."""

from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from orders.models import Order
from orders.states import AttemptStatus, OrderStatus
from providers.base import Kind
from providers.models import Health, ProviderAccount
from providers.sandbox.accounts import Dialect
from providers.sandbox.outcomes import ADDRESSES, Outcome
from tests.flows.customer import Customer
from tests.flows.stack import Stack, free_port
from tests.flows.stories import story, wait_for_end
from tests.flows.upstreams import Upstreams, is_paid_back

A, U = AttemptStatus, Outcome
Stop = tuple[str, dict[str, Any], AttemptStatus]

FAULTS: list[Stop] = [
    ("refuses", {"outcome": U.REFUSE}, A.REFUSED),
    ("bad key", {"is_known": False}, A.REFUSED),
    ("gone", {"base_url": f"http://127.0.0.1:{free_port()}"}, A.UNAVAILABLE),
]
POOR: Stop = ("poor", {"balance_sun": 1}, A.REFUSED)
GOOD: Stop = ("good", {}, A.SUCCEEDED)
WAYS: dict[Kind, tuple[Dialect, list[Stop]]] = {
    Kind.ENERGY: (
        Dialect.ITRX,
        [
            *FAULTS,
            POOR,
            ("breaks", {"outcome": U.ERROR500}, A.NEVER_ARRIVED),
            ("refunds", {"outcome": U.REFUND}, A.REFUNDED),
            GOOD,
        ],
    ),
    Kind.ACTIVATION: (
        Dialect.TRONZAP,
        [
            *FAULTS,
            POOR,
            ("poor in old words", {"outcome": U.LOW_BALANCE_OLD}, A.REFUSED),
            ("cuts", {"outcome": U.CUT_BEFORE}, A.NEVER_ARRIVED),
            GOOD,
        ],
    ),
    Kind.MONITOR: (
        Dialect.CROSSINGPAY,
        [*FAULTS, ("breaks", {"outcome": U.ERROR500, "has_query": True}, A.NEVER_ARRIVED), GOOD],
    ),
}


@dataclass(frozen=True)
class Walk:
    order: Order
    line: list[ProviderAccount]


@pytest.fixture(scope="module")
def walks(stack: Stack, upstreams: Upstreams) -> dict[Kind, Walk]:
    """All at once; routing may choose among these accounts and no others."""
    upstreams.retire_accounts()
    customer = Customer.create("Sample merchant of failovers", upstreams)
    walks, priorities = {}, count()
    for kind, (dialect, stops) in WAYS.items():
        line = [
            upstreams.account(dialect, f"failover {dialect} {name}", priority=next(priorities), **fields)
            for name, fields, _ in stops
        ]
        walks[kind] = Walk(customer.place(kind, ADDRESSES[U.SUCCESS]), line)
    wait_for_end(stack, [walk.order for walk in walks.values()])
    upstreams.retire_accounts()
    return walks


@pytest.mark.parametrize("kind", WAYS)
def test_each_account_is_tried_once_and_the_last_one_sells(
    kind: Kind, walks: dict[Kind, Walk], upstreams: Upstreams
) -> None:
    order, line = walks[kind].order, walks[kind].line
    order.refresh_from_db()
    assert order.status == OrderStatus.SUCCEEDED, story(order.pk)
    attempts = list(order.attempts.all())
    assert [each.account_id for each in attempts] == [account.pk for account in line], story(order.pk)
    assert [each.status for each in attempts] == [status for _, _, status in WAYS[kind][1]]
    sold = {each.request_id for each in upstreams.purchases() if not is_paid_back(each)}
    assert [each.request_id in sold for each in attempts] == [False] * (len(attempts) - 1) + [True]


@pytest.mark.parametrize("kind", WAYS)
def test_only_the_account_with_the_bad_key_is_set_aside(kind: Kind, walks: dict[Kind, Walk]) -> None:
    health = dict(ProviderAccount.objects.values_list("label", "health"))
    set_aside = [each.label for each in walks[kind].line if health[each.label] == Health.MISCONFIGURED]
    assert set_aside == [f"failover {WAYS[kind][0]} bad key"]
