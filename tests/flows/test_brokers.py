"""The other ways to run the queue: a stock `qcluster` in place of our worker, and Redis in place of the database."""

import uuid
from collections.abc import Iterator

import pytest

from orders.models import Order
from orders.states import OrderStatus
from providers.base import Kind
from providers.models import ProviderAccount
from providers.sandbox.accounts import Dialect
from providers.sandbox.outcomes import ADDRESSES, Outcome
from tests.flows.aftermath import check_callbacks, check_purchases
from tests.flows.customer import Customer
from tests.flows.stack import Stack
from tests.flows.stories import story, wait_for_end
from tests.flows.upstreams import Upstreams


@pytest.fixture(scope="module")
def customer(stack: Stack, upstreams: Upstreams) -> Customer:
    return Customer.create("Sample merchant of brokers", upstreams)


@pytest.fixture(scope="module")
def account(stack: Stack, upstreams: Upstreams) -> ProviderAccount:
    return upstreams.account(Dialect.ITRX, "sample of brokers")


@pytest.fixture
def other_worker(stack: Stack) -> Iterator[Stack]:
    """Our own worker is away."""
    stack.stop_worker()
    yield stack
    stack.stop_worker()
    stack.start_worker()


def check_end(order: Order, stack: Stack, customer: Customer, upstreams: Upstreams) -> None:
    wait_for_end(stack, [order])
    order.refresh_from_db()
    assert order.status == OrderStatus.SUCCEEDED, story(order.pk)
    check_purchases([order], upstreams)
    check_callbacks([order], customer, upstreams)


def test_a_stock_qcluster_brings_orders_to_their_end(
    other_worker: Stack, customer: Customer, account: ProviderAccount, upstreams: Upstreams
) -> None:
    other_worker.worker = other_worker.start("qcluster")
    order = customer.place(Kind.COLLECT, ADDRESSES[Outcome.SUCCESS], account)
    check_end(order, other_worker, customer, upstreams)


def test_orders_flow_through_redis(
    other_worker: Stack, customer: Customer, account: ProviderAccount, upstreams: Upstreams, redis_url: str
) -> None:
    """This process enqueues to the database, which nobody reads: the sweep, in the worker, brings it to Redis."""
    broker = {"Q_BROKER": "redis", "REDIS_URL": redis_url, "Q_NAME": f"flows-{uuid.uuid4().hex}"}
    other_worker.worker = other_worker.start("work", **broker)
    order = customer.place(Kind.COLLECT, ADDRESSES[Outcome.NO_CALLBACK], account)
    check_end(order, other_worker, customer, upstreams)
