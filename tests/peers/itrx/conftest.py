"""A merchant whose orders are bought at an iTRX account of the sandbox, and the server its callbacks come to."""

from collections.abc import Iterator
from itertools import count

import pytest

from orders.models import Order
from providers.base import KeyPair
from providers.models import ProviderAccount, ProviderKind
from providers.sandbox.accounts import Dialect
from tests.flows.customer import Customer
from tests.flows.stack import Stack
from tests.flows.upstreams import Upstreams
from tests.upstream import Received, Upstream, serve
from tests.waiting import wait_until

numbers = count(1)


@pytest.fixture(scope="module", autouse=True)
def account(stack: Stack, upstreams: Upstreams) -> Iterator[ProviderAccount]:
    """First in line while this module runs."""
    account = upstreams.account(Dialect.ITRX, f"iTRX of peers {next(numbers)}", priority=1)
    yield account
    ProviderAccount.objects.filter(pk=account.pk).update(enabled=False)


@pytest.fixture
def customer(upstreams: Upstreams) -> Customer:
    return Customer.create(f"Sample merchant of iTRX clients {next(numbers)}", upstreams)


@pytest.fixture
def pair(customer: Customer) -> KeyPair:
    return customer.pairs["itrx"]


@pytest.fixture
def receiver() -> Iterator[Upstream]:
    """The merchant's own server."""
    with serve() as server:
        yield server


def callback(receiver: Upstream) -> Received:
    """The one that has come, to the path that was asked for."""
    wait_until(lambda: receiver.received)
    assert [each.path for each in receiver.received] == ["/callback"]
    return receiver.received[0]


def bought(order: Order, upstreams: Upstreams) -> list[str]:
    """Upstream ids of what the sandbox sold for this order."""
    attempt = order.attempts.get()
    assert attempt.account.kind == ProviderKind.ITRX
    return [each.id for each in upstreams.purchases() if each.request_id == attempt.request_id]
