"""The outbox: who gets a row, and how it is sent again. The clock is moved by hand."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django_q.models import OrmQ

from orders.models import (
    ApiCredential,
    AuditEntry,
    Callback,
    CallbackLog,
    CrossingPayFormat,
    Lane,
    Merchant,
    Order,
)
from orders.services import delivery, rotation, signing, timeline, waiting
from orders.services.dispatching.schedule import ITRX_SECONDS
from orders.states import CallbackStatus, IllegalTransition
from tests.orders import tries
from tests.orders.conftest import Place, Send, credential_of, order_of
from tests.orders.services.conftest import MakeCallback
from tests.orders.tries import answered, claimed

URL = "http://127.0.0.1:65535/cb"


@pytest.fixture
def callback(itrx_callback: MakeCallback) -> Callback:
    return itrx_callback(URL)


def fresh(callback: Callback) -> Callback:
    return Callback.objects.select_related("order__merchant", "credential").get(pk=callback.pk)


def tried(callback: Callback, at: datetime, *, delivered: bool = False) -> Callback:
    return tries.tried(callback, answered(200 if delivered else 500), now=at)


def exhausted(callback: Callback, now: datetime) -> Callback:
    for _ in range(len(ITRX_SECONDS) + 1):
        callback = tried(callback, now)
    assert callback.status == "exhausted"
    return callback


@pytest.mark.parametrize("end", ["exhausted", "delivered"])
def test_a_resend_starts_a_new_round_of_the_same_event(
    end: str, callback: Callback, admin_user: User, now: datetime
) -> None:
    ended = exhausted(callback, now) if end == "exhausted" else tried(callback, now, delivered=True)
    later = now + timedelta(days=1)
    assert delivery.resend(ended, user=admin_user, reason="they asked", now=later) is True
    row = fresh(callback)
    assert (row.status, row.next_attempt_at, row.round_attempts, row.trigger) == (
        "pending",
        later,
        0,
        "resend",
    )
    assert (row.lane, row.is_retried) == (Lane.AGAIN, True)
    assert (row.event_id, row.payload, row.attempts) == (ended.event_id, ended.payload, ended.attempts)
    assert row.logs.count() == ended.attempts, "the history is kept"
    assert delivery.resend(row, user=admin_user, reason="", now=later) is False, "it is due already"
    assert claimed(later) == [row.pk]
    row = tried(row, later)
    log = CallbackLog.objects.latest("id")
    assert (log.attempt_number, log.trigger) == (ended.attempts + 1, "resend")
    assert row.next_attempt_at is not None
    assert (row.next_attempt_at - later).total_seconds() == pytest.approx(15, rel=0.1)
    assert AuditEntry.objects.filter(act="callback.resend", user=admin_user).count() == 1


def test_a_cancelled_row_is_not_resent(callback: Callback, admin_user: User, now: datetime) -> None:
    Callback.objects.filter(pk=callback.pk).update(
        status="cancelled", next_attempt_at=None, claimable_at=None
    )
    assert delivery.resend(callback, user=admin_user, reason="", now=now) is False
    assert fresh(callback).status == "cancelled"


def test_a_row_without_credential_waits_and_wakes(callback: Callback, now: datetime) -> None:
    rotation.revoke(credential_of(callback), now=now)
    owner = signing.Owner(callback.merchant_id, callback.credential_id)
    assert signing.open_keys(owner, now=now) is None
    waiting.wait_for_keys(fresh(callback))
    row = fresh(callback)
    assert (row.status, row.next_attempt_at) == ("no_credential", None)
    assert claimed(now + timedelta(days=1)) == []
    assert waiting.wake_waiting(now=now) == 0
    merchant = order_of(row).merchant
    rotation.issue(merchant, "crossingpay", now=now)
    assert waiting.wake_waiting(now=now) == 0, "another dialect's cannot sign it"
    successor = rotation.issue(merchant, "itrx", now=now).credential
    later = now + timedelta(hours=1)
    assert waiting.wake_waiting(now=later) == 1
    assert waiting.wake_waiting(now=later) == 0
    assert claimed(later) == [row.pk]
    keys = signing.open_keys(owner, now=later)
    assert keys is not None
    assert keys.credential == successor


def test_a_waiting_row_can_be_resent_by_a_person(callback: Callback, admin_user: User, now: datetime) -> None:
    Callback.objects.filter(pk=callback.pk).update(
        status="no_credential", next_attempt_at=None, claimable_at=None
    )
    assert delivery.resend(callback, user=admin_user, reason="", now=now) is True


def test_an_order_that_wants_none_gets_none(place: Place, send: Send, now: datetime) -> None:
    order = place()
    assert delivery.write_callback(order, attempt=None, payment=None, now=now) is None
    assert not Callback.objects.exists()


@pytest.mark.parametrize("wire_format", CrossingPayFormat.values)
@pytest.mark.parametrize("tells", [False, True])
def test_crossingpay_tells_of_a_failure_only_who_asked_for_it(
    tells: bool, wire_format: str, place: Place, v2a_credential: ApiCredential, now: datetime
) -> None:
    order = place(kind="monitor", callback_url=URL, callback_format=wire_format, credential=v2a_credential)
    Order.objects.filter(pk=order.pk).update(status="failed", next_action_at=None, finished_at=now)
    Merchant.objects.update(tell_failures=tells)
    order = Order.objects.get(pk=order.pk)
    row = delivery.write_callback(order, attempt=None, payment=None, now=now)
    assert (row is not None) is tells
    if row is not None:
        assert (row.event, row.format) == ("order.failed", wire_format)
        assert row.payload == {
            "address": order.address,
            "amount_micro": 100_290_000,
            "txid": "",
            "timestamp": str(int(now.timestamp())),
            "order_id": "",
            "ordersn": order.number,
            "status": 0,
        }


@pytest.mark.parametrize("switch", [False, True])
def test_the_switch_for_retries_is_crossingpays(
    switch: bool, merchant: Merchant, itrx_callback: MakeCallback, v2a_callback: MakeCallback
) -> None:
    """specs/crossingpay.md 4.2; iTRX documents its schedule, and Standard Webhooks has one."""
    Merchant.objects.filter(pk=merchant.pk).update(automatic_retry=switch)
    assert v2a_callback(URL).is_retried is switch
    assert itrx_callback(URL, external_id="S-2").is_retried is True


def test_a_row_moves_only_along_its_table(callback: Callback, now: datetime) -> None:
    row = tried(callback, now, delivered=True)
    with pytest.raises(IllegalTransition):
        timeline.move_callback(row, CallbackStatus.CANCELLED)
    assert fresh(callback).status == "delivered"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Shop.Example/cb", "shop.example"),
        ("https://shop.example:443/cb", "shop.example"),
        ("http://shop.example:443/cb", "shop.example:443"),
        ("http://SHOP.example:8080/cb", "shop.example:8080"),
        ("http://[2001:DB8::1]/cb", "[2001:db8::1]"),
        ("not a url", ""),
    ],
)
def test_an_endpoint_has_one_name(url: str, host: str) -> None:
    assert delivery.host_of(url) == host


def test_a_new_key_wakes_what_waited_for_it(
    itrx_callback: MakeCallback, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "WOKEN_AT_ONCE", 2)
    rows = [itrx_callback(URL) for _ in range(5)]
    rotation.revoke(credential_of(rows[0]), now=now)
    for row in rows:
        waiting.wait_for_keys(fresh(row))
    rotation.issue(rows[0].merchant, "itrx", now=now)
    assert OrmQ.objects.filter(key="orders").count() >= 1
    assert "orders.tasks.wake_callbacks" in {task.task["func"] for task in OrmQ.objects.all()}
    assert waiting.wake_waiting(now=now) == 5
    assert {fresh(row).status for row in rows} == {"pending"}
