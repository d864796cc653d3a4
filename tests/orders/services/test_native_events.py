"""Native events: for orders that have no callback of their own, to merchants who want and can receive them."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from orders.models import ApiCredential, Callback, CallbackFormat, CrossingPayFormat, Merchant, Order
from orders.services import (
    outcomes,
    placing,
    rotation,
    settlement,
    signing,
    waiting,
    webhook_secrets,
)
from orders.services.chain_facts import UNKNOWN
from orders.services.invariants import broken
from providers import webhooks
from providers.base import InboundPayment, Kind, Progress, State
from tests.orders.conftest import ADDRESS, NOW, TXID, Place, Send

URL = "https://sample.example/hook"


@pytest.fixture
def told(merchant: Merchant) -> Merchant:
    """A merchant who is told natively."""
    Merchant.objects.filter(pk=merchant.pk).update(native_events=True, default_callback_url=URL)
    merchant.refresh_from_db()
    webhook_secrets.issue(merchant, now=NOW)
    return merchant


@pytest.fixture
def tronzap(merchant: Merchant) -> ApiCredential:
    return rotation.issue(merchant, "tronzap", now=NOW).credential


def event(order: Order) -> dict[str, Any]:
    callback = Callback.objects.get(order=order)
    assert (callback.format, callback.url, callback.credential) == ("native", URL, None)
    keys = signing.open_keys(signing.Owner(callback.merchant_id, callback.credential_id), now=NOW)
    assert keys is not None
    sent = signing.signed(callback, keys, now=NOW)
    assert webhooks.signature_ok(
        callback.event_id,
        sent.headers["webhook-timestamp"],
        sent.body,
        sent.headers["webhook-signature"],
        keys.webhook[0],
    )
    found: dict[str, Any] = json.loads(sent.body)
    return found


def test_a_tronzap_order_is_told(told: Merchant, tronzap: ApiCredential, place: Place, send: Send) -> None:
    order = place(dialect="tronzap", credential=tronzap, external_id="S-1")
    rotation.revoke(tronzap, now=NOW)  # it signs no native event
    outcomes.apply(send(order).pk, Progress(state=State.SUCCEEDED, txid=TXID, cost_sun=1), now=NOW)
    order.refresh_from_db()
    assert event(order) == {
        "type": "order.succeeded",
        "timestamp": "2026-03-01T12:00:00Z",
        "data": {
            "id": order.serial,
            "number": order.number,
            "external_id": "S-1",
            "kind": "energy",
            "status": "succeeded",
            "address": ADDRESS,
            "to_address": "",
            "charged_sun": order.price_sun,
            "txid": TXID,
            "energy": 65_000,
            "bandwidth": 0,
            "duration_hours": 1,
            "activation_txid": "",
            "bandwidth_txid": "",
        },
    }


def test_a_failure_is_told_and_was_free(told: Merchant, place: Place, admin_user: User) -> None:
    order = place()
    assert placing.cancel(order, user=admin_user, reason="a mistake", now=NOW)
    found = event(order)
    assert found["type"] == "order.failed"
    assert (found["data"]["status"], found["data"]["charged_sun"], found["data"]["txid"]) == ("failed", 0, "")


def test_a_payment_without_a_crossingpay_callback_is_told(told: Merchant, place: Place, send: Send) -> None:
    order = place(kind=Kind.MONITOR)
    paid = InboundPayment(
        address=ADDRESS, amount_micro=100_290_000, txid=TXID, paid_at=NOW + timedelta(minutes=3)
    )
    settlement.receive(send(order).pk, paid, now=NOW + timedelta(minutes=4))
    found = event(order)
    assert found["timestamp"] == "2026-03-01T12:04:00Z"
    assert (found["data"]["amount_micro"], found["data"]["paid_at"]) == (100_290_000, "2026-03-01T12:03:00Z")
    assert found["data"]["txid"] == TXID
    assert "energy" not in found["data"]


@pytest.mark.parametrize(
    "missing", [{"native_events": False}, {"default_callback_url": ""}, {}], ids=["switch", "url", "secret"]
)
def test_without_the_switch_a_url_or_a_secret_nothing_is_told(
    missing: dict[str, object], told: Merchant, merchant: Merchant, place: Place
) -> None:
    if missing:
        Merchant.objects.update(**missing)
    else:
        webhook_secrets.revoke(told.webhook_secrets.get(), now=NOW)
    merchant.refresh_from_db()
    order = place()
    assert (order.callback_format, order.callback_url) == ("none", "")


def test_a_callback_of_the_orders_own_is_kept(
    told: Merchant, place: Place, credential: ApiCredential
) -> None:
    order = place(
        callback_format=CallbackFormat.ITRX, callback_url="https://m.example/", credential=credential
    )
    assert (order.callback_format, order.callback_url) == ("itrx", "https://m.example/")


def test_without_a_secret_it_waits_and_the_next_one_wakes_it(
    told: Merchant, place: Place, admin_user: User, now: datetime
) -> None:
    order = place()
    placing.cancel(order, user=admin_user, reason="a mistake", now=now)
    callback = Callback.objects.get()
    webhook_secrets.revoke(told.webhook_secrets.get(), now=now)
    assert signing.open_keys(signing.Owner(told.pk, None), now=now) is None
    waiting.wait_for_keys(callback)
    rotation.issue(told, "itrx", now=now)
    assert waiting.wake_waiting(now=now) == 0, "an API credential signs no native event"
    webhook_secrets.issue(told, now=now)
    assert waiting.wake_waiting(now=now) == 1
    callback.refresh_from_db()
    assert (callback.status, callback.claimable_at) == ("pending", now)


def test_the_invariants_know_native_events(
    told: Merchant, place: Place, admin_user: User, now: datetime
) -> None:
    order = place()
    placing.cancel(order, user=admin_user, reason="a mistake", now=now)
    assert broken(now=now) == []
    Callback.objects.all().delete()
    assert any("wants a callback" in problem for problem in broken(now=now))


@pytest.mark.parametrize("profile", CrossingPayFormat)
def test_the_invariants_know_silent_failures(
    profile: CrossingPayFormat, merchant: Merchant, place: Place, admin_user: User, now: datetime
) -> None:
    credential = rotation.issue(merchant, "crossingpay", now=now).credential
    order = place(kind=Kind.MONITOR, callback_format=profile, callback_url=URL, credential=credential)
    placing.cancel(order, user=admin_user, reason="a mistake", now=now)
    assert not Callback.objects.exists()
    assert broken(now=now) == []


def test_the_same_order_again_is_the_first(told: Merchant, merchant: Merchant, now: datetime) -> None:
    spec = placing.OrderSpec(
        kind=Kind.ENERGY, address=ADDRESS, energy=65_000, duration_hours=1, submit_token="one"
    )
    first, _ = placing.place_order(merchant, spec, UNKNOWN, now=now)
    again, is_new = placing.place_order(merchant, spec, UNKNOWN, now=now)
    assert (again, is_new, again.callback_format) == (first, False, "native")
