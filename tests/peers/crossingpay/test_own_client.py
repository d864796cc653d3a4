"""Instances can be chained: our own client of CrossingPay is served by our own server."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from orders.models import Order
from providers.base import Credentials, InboundPayment, KeyPair, Kind, Progress, State, WatchRequest
from providers.crossingpay.client import CrossingPayClient
from providers.errors import ProviderMisconfigured, ProviderRejected
from providers.http import Transport
from providers.sandbox.outcomes import ADDRESSES, Outcome, published
from tests.flows.stack import Stack
from tests.loopback import LOOPBACK
from tests.peers.crossingpay.conftest import Shop
from tests.waiting import wait_until

UNPAID = ADDRESSES[Outcome.NEVER_PAID]


def own_client(stack: Stack, apikey: str) -> CrossingPayClient:
    credentials = Credentials(stack.web_url, KeyPair("", apikey))
    return CrossingPayClient(
        credentials, Transport(connect_seconds=5, total_seconds=60, policy=LOOPBACK), has_query=True
    )


@pytest.fixture
def client(stack: Stack, shop: Shop) -> CrossingPayClient:
    return own_client(stack, shop.pair.key)


def request(shop: Shop, kind: Kind, address: str, amount_micro: int = 12_345_600) -> WatchRequest:
    start = timezone.now().replace(microsecond=0)
    return WatchRequest(
        request_id=uuid4().hex,
        kind=kind,
        address=address,
        amount_micro=amount_micro,
        start_at=start,
        end_at=start + timedelta(minutes=30),
        callback_url=shop.callback_url,
    )


@pytest.mark.parametrize("kind", [Kind.MONITOR, Kind.DEPOSIT])
def test_a_whole_order(client: CrossingPayClient, shop: Shop, kind: Kind) -> None:
    shop.server.answer(client.acknowledgement()[1].encode())
    asked = request(shop, kind, shop.wallet)
    placed = client.purchase(asked)
    assert placed.state is State.PENDING
    assert client.purchase(asked) == placed  # repeats_safely
    order = Order.objects.get(external_id=asked.request_id)
    if kind is Kind.MONITOR:
        assert (order.window_start, order.window_end) == (asked.start_at, asked.end_at)
    else:
        assert (placed.upstream_id, placed.amount_micro) == (order.number, 12_345_600)

    def paid() -> InboundPayment | None:
        found = client.look_up(asked.request_id)
        return found if isinstance(found, InboundPayment) else None

    payment = wait_until(paid)
    assert payment is not None
    assert (payment.address, payment.amount_micro) == (shop.wallet, 12_345_600)
    assert payment.upstream_order == order.number
    wait_until(lambda: shop.server.received)
    [callback] = shop.server.received
    told = client.parse_callback(callback.headers, callback.body, now=timezone.now()).payment
    assert told is not None
    assert (told.txid, told.paid_at, told.amount_micro) == (payment.txid, payment.paid_at, 12_345_600)


def test_an_order_that_is_not_paid(client: CrossingPayClient, shop: Shop) -> None:
    asked = request(shop, Kind.MONITOR, UNPAID)
    client.purchase(asked)
    found = client.look_up(asked.request_id)
    assert isinstance(found, Progress)
    assert (found.state, found.address, found.amount_micro) == (State.PENDING, UNPAID, 12_345_600)


def test_refusals(stack: Stack, client: CrossingPayClient, shop: Shop) -> None:
    asked = request(shop, Kind.MONITOR, shop.wallet, amount_micro=1)
    assert client.look_up(asked.request_id) is None
    with pytest.raises(ProviderMisconfigured):
        own_client(stack, "nobody's").purchase(asked)
    with pytest.raises(ProviderRejected) as refused:
        client.purchase(request(shop, Kind.DEPOSIT, published("nobody's wallet")))
    assert refused.value.code == "address_not_found"
    client.purchase(request(shop, Kind.MONITOR, UNPAID, amount_micro=2))
    with pytest.raises(ProviderRejected) as refused:
        client.purchase(request(shop, Kind.MONITOR, UNPAID, amount_micro=2))
    assert refused.value.code == "window_overlap"
