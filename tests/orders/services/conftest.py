"""Callbacks that are due, and the merchant's server that receives them."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from orders.models import ApiCredential, Callback, Merchant
from orders.services import outcomes, rotation, settlement
from providers.base import InboundPayment, Kind, Progress, State
from tests.orders.conftest import ADDRESS, NOW, TXID, Place, Send
from tests.upstream import Upstream, serve

PAID_AT = NOW + timedelta(minutes=3)
MakeCallback = Callable[..., Callback]


@pytest.fixture
def receiver() -> Iterator[Upstream]:
    with serve() as server:
        yield server


@pytest.fixture
def v2a_credential(merchant: Merchant) -> ApiCredential:
    return rotation.issue(merchant, "crossingpay", now=NOW).credential


@pytest.fixture
def itrx_callback(place: Place, send: Send, credential: ApiCredential) -> MakeCallback:
    """Of a resource order that has just ended; due at once."""

    def make(url: str, *, succeeded: bool = True, **fields: object) -> Callback:
        wants = {
            "callback_url": url,
            "callback_format": "itrx",
            "credential": credential,
            "external_id": "S-1",
        }
        order = place(**wants | fields)
        state = State.SUCCEEDED if succeeded else State.FAILED
        told = Progress(state=state, txid=TXID if succeeded else "", cost_sun=6_000_000)
        outcomes.apply(send(order).pk, told, now=NOW)
        return Callback.objects.select_related("order__merchant", "credential").get(order=order)

    return make


@pytest.fixture
def v2a_callback(place: Place, send: Send, v2a_credential: ApiCredential) -> MakeCallback:
    """Of a payment order that was just paid; due at once."""

    def make(url: str, **fields: object) -> Callback:
        wants = {"callback_url": url, "callback_format": "crossingpay_v2a", "credential": v2a_credential}
        order = place(kind=Kind.DEPOSIT, **wants | fields)
        told = InboundPayment(address=ADDRESS, amount_micro=100_290_000, txid=TXID, paid_at=PAID_AT)
        settlement.receive(send(order).pk, told, now=NOW)
        return Callback.objects.select_related("order__merchant", "credential").get(order=order)

    return make
