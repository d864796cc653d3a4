"""The outbox: who gets a row, when it is tried again, and how it ends. The clock is moved by hand."""

import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from orders.models import ApiCredential, AuditEntry, Callback, CallbackLog, Order
from orders.services import delivery, rotation, timeline
from orders.services.delivery import RETRY_SECONDS, lease_seconds
from orders.states import CallbackStatus, IllegalTransition
from tests.orders.conftest import Place, Send
from tests.orders.services.conftest import MakeCallback

URL = "http://127.0.0.1:9/cb"
SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=lease_seconds())
EXCHANGE: dict[str, Any] = {"url": URL, "verdict": "refused", "status": 500}


@pytest.fixture
def callback(itrx_callback: MakeCallback) -> Callback:
    return itrx_callback(URL)


def fresh(callback: Callback) -> Callback:
    return Callback.objects.select_related("order__merchant", "credential").get(pk=callback.pk)


def tried(callback: Callback, at: datetime, *, delivered: bool = False) -> Callback:
    row = fresh(callback)
    delivery.record_attempt(row, credential=row.credential, exchange=EXCHANGE, delivered=delivered, now=at)
    return fresh(callback)


def claimed(at: datetime) -> list[Callback]:
    return delivery.claim(now=at)


def test_a_row_is_due_at_once_and_names_its_host(callback: Callback, now: datetime) -> None:
    assert (callback.host, callback.event, callback.status) == ("127.0.0.1:9", "order.succeeded", "pending")
    assert claimed(now - SECOND) == []
    assert claimed(now) == [callback]


def test_a_claimed_row_is_nobody_elses_until_the_lease_ends(callback: Callback, now: datetime) -> None:
    assert claimed(now) == [callback]
    assert claimed(now) == []
    assert claimed(now + LEASE - SECOND) == []
    assert claimed(now + LEASE) == [callback], "its dispatcher died"


def test_a_batch_is_bounded_and_the_longest_due_come_first(
    itrx_callback: MakeCallback, now: datetime
) -> None:
    rows = [itrx_callback(URL) for _ in range(3)]
    for row, minutes in zip(rows, (2, 3, 1), strict=True):
        Callback.objects.filter(pk=row.pk).update(next_attempt_at=now - timedelta(minutes=minutes))
    assert delivery.claim(now=now, size=2) == [rows[1], rows[0]]
    assert delivery.claim(now=now, size=2) == [rows[2]]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_claimers_never_get_the_same_row(itrx_callback: MakeCallback, now: datetime) -> None:
    rows = {itrx_callback(URL).pk for _ in range(30)}
    taken: list[int] = []
    together = threading.Barrier(4, timeout=60)

    def claim_all() -> None:
        try:
            together.wait()
            while batch := delivery.claim(now=now, size=3):
                taken.extend(row.pk for row in batch)
        finally:
            connection.close()

    threads = [threading.Thread(target=claim_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    # A claimer that met only rows in others' hands may go home early; what is left is still due.
    taken += [row.pk for row in delivery.claim(now=now)]
    assert Counter(taken) == Counter(rows)


@pytest.mark.parametrize(
    ("format_", "schedule"),
    [
        ("itrx", (15, 15, 30, 180, 600, 1200, 1800)),
        ("crossingpay_v2a", (15, 60, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)),
    ],
)
def test_the_schedule_is_that_of_the_dialect(
    format_: str,
    schedule: tuple[int, ...],
    itrx_callback: MakeCallback,
    v2a_callback: MakeCallback,
    now: datetime,
) -> None:
    assert RETRY_SECONDS[format_] == schedule
    row = (itrx_callback if format_ == "itrx" else v2a_callback)(URL)
    at = now
    for number, seconds in enumerate(schedule, start=1):
        row = tried(row, at)
        assert (row.status, row.attempts, row.round_attempts) == ("pending", number, number)
        assert row.next_attempt_at is not None
        wait = (row.next_attempt_at - at).total_seconds()
        assert 0.9 * seconds <= wait <= 1.1 * seconds
        at = row.next_attempt_at
        assert claimed(at - SECOND) == []
        assert claimed(at) == [row]
    row = tried(row, at)
    assert (row.status, row.next_attempt_at, row.attempts) == ("exhausted", None, len(schedule) + 1)
    assert claimed(at + timedelta(days=365)) == []
    assert CallbackLog.objects.filter(callback=row).count() == len(schedule) + 1
    last = row.order.events.last()
    assert last is not None
    assert (last.is_alarm, last.code) == (True, "callback")


def test_waits_are_spread() -> None:
    waits = {delivery.retry_wait("itrx", 6) for _ in range(50)}
    assert len(waits) > 40
    assert delivery.retry_wait("itrx", 7) is None
    assert delivery.retry_wait("crossingpay_v2a", 10) is None


def test_a_delivered_row_is_never_due_again(callback: Callback, now: datetime) -> None:
    claimed(now)
    row = tried(callback, now, delivered=True)
    assert (row.status, row.delivered_at, row.leased_until, row.next_attempt_at) == (
        "delivered",
        now,
        None,
        None,
    )
    assert claimed(now + timedelta(days=365)) == []


def test_a_late_failure_does_not_undo_a_delivery(callback: Callback, now: datetime) -> None:
    """Two dispatchers had the row, since the first one's lease ran out while it was sending."""
    slow, quick = fresh(callback), fresh(callback)
    for row, delivered in ((quick, True), (slow, False)):
        delivery.record_attempt(
            row, credential=row.credential, exchange=EXCHANGE, delivered=delivered, now=now
        )
    row = fresh(callback)
    assert (row.status, row.attempts) == ("delivered", 2)
    assert CallbackLog.objects.count() == 2


def test_each_try_is_kept(callback: Callback, now: datetime) -> None:
    for seconds in (0, 15):
        tried(callback, now + timedelta(seconds=seconds))
    logs = CallbackLog.objects.order_by("id")
    assert [(log.attempt_number, log.trigger, log.host) for log in logs] == [
        (1, "automatic", "127.0.0.1:9"),
        (2, "automatic", "127.0.0.1:9"),
    ]
    assert {log.merchant for log in logs} == {callback.order.merchant}


def exhausted(callback: Callback, now: datetime) -> Callback:
    for _ in range(len(RETRY_SECONDS["itrx"]) + 1):
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
    assert (row.event_id, row.payload, row.attempts) == (ended.event_id, ended.payload, ended.attempts)
    assert row.logs.count() == ended.attempts, "the history is kept"
    assert delivery.resend(row, user=admin_user, reason="", now=later) is False, "it is due already"
    assert claimed(later) == [row]
    row = tried(row, later)
    log = CallbackLog.objects.latest("id")
    assert (log.attempt_number, log.trigger) == (ended.attempts + 1, "resend")
    assert row.next_attempt_at is not None
    assert (row.next_attempt_at - later).total_seconds() == pytest.approx(15, rel=0.1)
    assert AuditEntry.objects.filter(act="callback.resend", user=admin_user).count() == 1


def test_a_cancelled_row_is_not_resent(callback: Callback, admin_user: User, now: datetime) -> None:
    Callback.objects.filter(pk=callback.pk).update(status="cancelled", next_attempt_at=None)
    assert delivery.resend(callback, user=admin_user, reason="", now=now) is False
    assert fresh(callback).status == "cancelled"


def test_a_row_without_credential_waits_and_wakes(callback: Callback, now: datetime) -> None:
    rotation.revoke(callback.credential, now=now)
    assert delivery.signing_credential(fresh(callback), now=now) is None
    row = fresh(callback)
    assert (row.status, row.next_attempt_at) == ("no_credential", None)
    assert claimed(now + timedelta(days=1)) == []
    assert delivery.wake_waiting(now=now) == 0
    merchant = row.order.merchant
    rotation.issue(merchant, "crossingpay", now=now)
    assert delivery.wake_waiting(now=now) == 0, "another dialect's cannot sign it"
    successor = rotation.issue(merchant, "itrx", now=now).credential
    later = now + timedelta(hours=1)
    assert delivery.wake_waiting(now=later) == 1
    assert delivery.wake_waiting(now=later) == 0
    assert claimed(later) == [row]
    assert delivery.signing_credential(fresh(callback), now=later) == successor


def test_a_waiting_row_can_be_resent_by_a_person(callback: Callback, admin_user: User, now: datetime) -> None:
    Callback.objects.filter(pk=callback.pk).update(status="no_credential", next_attempt_at=None)
    assert delivery.resend(callback, user=admin_user, reason="", now=now) is True


def test_an_order_that_wants_none_gets_none(place: Place, send: Send, now: datetime) -> None:
    order = place()
    assert delivery.write_callback(order, attempt=None, payment=None, now=now) is None
    assert not Callback.objects.exists()


def test_crossingpay_tells_of_success_only(
    place: Place, v2a_credential: ApiCredential, now: datetime
) -> None:
    order = place(
        kind="monitor", callback_url=URL, callback_format="crossingpay_v2a", credential=v2a_credential
    )
    Order.objects.filter(pk=order.pk).update(status="failed", next_action_at=None, finished_at=now)
    order.refresh_from_db()
    assert delivery.write_callback(order, attempt=None, payment=None, now=now) is None


def test_a_row_moves_only_along_its_table(callback: Callback, now: datetime) -> None:
    row = tried(callback, now, delivered=True)
    with pytest.raises(IllegalTransition):
        timeline.move_callback(row, CallbackStatus.CANCELLED)
    assert fresh(callback).status == "delivered"
