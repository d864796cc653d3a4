"""Why has the merchant not been called back? Told on the order's page and on the callback's own."""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from orders.admin import callback_story
from orders.models import ApiCredential, Callback, CallbackHost, Circuit, Merchant, Order
from orders.services import outcomes, rotation, waiting
from orders.services.delivery import write_callback
from orders.states import OrderStatus
from providers.base import Kind, Progress, State
from tests.orders import tries
from tests.orders.admin.conftest import text
from tests.orders.conftest import NOW, TXID, Place, Send
from tests.orders.tries import NO_ANSWER, answered

HOST = "merchant.test"
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def callback(place: Place, send: Send, credential: ApiCredential) -> Callback:
    order = place(callback_url=f"http://{HOST}/in", callback_format="itrx", credential=credential)
    done = Progress(state=State.SUCCEEDED, upstream_id="u", txid=TXID, cost_sun=1)
    outcomes.apply(send(order).pk, done, now=NOW)
    return Callback.objects.get(order=order)


def told(callback: Callback) -> str:
    return callback_story.of_callback(callback, now=NOW)


def test_one_that_is_due_says_when_it_was_due(callback: Callback) -> None:
    assert told(callback) == "The callback is due, and is sent within seconds."
    assert "due since 12:00:00, and no dispatcher" in callback_story.of_callback(callback, now=LATER)


def test_one_that_is_being_sent(callback: Callback) -> None:
    callback.leased_until = NOW + timedelta(seconds=20)
    assert told(callback) == f"Try 1 of the callback is on its way to {HOST}."


def test_one_that_was_refused_tells_how_and_when_it_is_tried_again(callback: Callback) -> None:
    callback = tries.tried(callback, answered(500, b""), now=NOW)
    due = f"{callback.next_attempt_at:%H:%M:%S}"
    assert told(callback) == f"Try 1 of the callback failed: HTTP 500. The next one is at {due}."


def test_one_whose_endpoint_is_paused_tells_since_when_and_until_when(callback: Callback) -> None:
    host = CallbackHost.objects.create(
        host=HOST,
        circuit=Circuit.OPEN,
        failures=5,
        last_error="HTTP 503",
        opened_at=NOW,
        probe_at=NOW + timedelta(minutes=2),
    )
    assert "merchant.test failed 5 times in a row (HTTP 503). One callback tries it at 12:02:00" in told(
        callback
    )
    CallbackHost.objects.filter(pk=host.pk).update(circuit=Circuit.PROBING)
    assert "one callback is trying it now" in told(callback)


def test_one_that_no_key_signs_tells_which_is_missing(
    callback: Callback, credential: ApiCredential, settings: LazySettings
) -> None:
    waiting.wait_for_keys(callback)
    settings.ENCRYPTION_KEYS = ["yGhFEqpmPAaW6XbLNBTHZ1xlCPDOBw2jJHD7fdmSz8U="]
    assert "a key that can be opened" in told(callback)
    rotation.revoke(credential, now=NOW)
    assert "the merchant has none alive" in told(callback)


def test_one_that_was_given_up_tells_the_last_error(callback: Callback) -> None:
    for _ in range(8):
        callback = tries.tried(callback, NO_ANSWER, now=NOW)
    assert told(callback) == (
        f"The callback was given up: try 8 was the last ({NO_ANSWER.error}). It can be resent."
    )
    callback.is_retried = False
    assert "this merchant wants no automatic retry" in told(callback)


def test_one_that_arrived_tells_when(callback: Callback) -> None:
    callback = tries.tried(tries.tried(callback, NO_ANSWER, now=NOW), answered(200, b""), now=NOW)
    assert told(callback) == "The merchant was told at 12:00:00: merchant.test took it at try 2."


def test_an_order_without_one_tells_why(place: Place, credential: ApiCredential, merchant: Merchant) -> None:
    assert callback_story.story(place(), None, now=NOW) == "No callback is wanted."
    wanted = {"callback_url": f"http://{HOST}/in"}
    order = place(callback_format="itrx", credential=credential, **wanted)
    assert callback_story.story(order, None, now=NOW) == "The merchant is told when it ends."
    pair = rotation.issue(merchant, "crossingpay", now=NOW).credential
    unpaid = place(kind=Kind.MONITOR, callback_format="crossingpay_v2a", credential=pair, **wanted)
    unpaid.status = OrderStatus.FAILED
    assert write_callback(unpaid, attempt=None, payment=None, now=NOW) is None
    assert "failures are told only to merchants who ask for it" in callback_story.story(unpaid, None, now=NOW)


def test_it_is_told_on_both_pages(callback: Callback, support: Client) -> None:
    for _ in range(8):
        callback = tries.tried(callback, answered(418, b""), now=NOW)
    for row in (callback, Order.objects.get()):
        assert "try 8 was the last (HTTP 418)" in text(
            support.get(reverse(f"admin:orders_{row._meta.model_name}_change", args=[row.pk]))
        )
