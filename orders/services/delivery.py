"""Callbacks to merchants: the outbox row, and its delivery by any number of dispatcher processes.

A row is written in the transaction that ends the order. A dispatcher claims due rows with a lease, so that a killed
one's rows come back; what it was sending then may arrive twice, with the same id. No HTTP inside a transaction.
"""

import random
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q

from orders.models import (
    ApiCredential,
    Attempt,
    Callback,
    CallbackFormat,
    CallbackLog,
    Direction,
    Order,
    Payment,
)
from orders.services import audit, rotation, timeline
from orders.states import CallbackStatus, OrderStatus

# Seconds before each further try (specs/itrx.md section 5; specs/crossingpay.md 4.2).
RETRY_SECONDS: dict[str, tuple[int, ...]] = {
    CallbackFormat.ITRX: (15, 15, 30, 180, 600, 1200, 1800),
    CallbackFormat.V2A: (15, 60, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400),
}
LEASE_MARGIN_SECONDS = 10


def write_callback(
    order: Order, *, attempt: Attempt | None, payment: Payment | None, now: datetime
) -> Callback | None:
    """The outbox row of a final order; None when the order wants none. CrossingPay tells of success only."""
    if order.callback_format == CallbackFormat.NONE or order.credential is None:
        return None
    succeeded = order.status == OrderStatus.SUCCEEDED
    if order.callback_format == CallbackFormat.V2A and payment is None:
        return None
    callback = Callback.objects.create(
        order=order,
        event="order.succeeded" if succeeded else "order.failed",
        url=order.callback_url,
        host=urlsplit(order.callback_url).netloc[:255],
        format=order.callback_format,
        credential=order.credential,
        payload=_payment_facts(payment) if payment else _resource_facts(order, attempt),
        next_attempt_at=now,
        created_at=now,
    )
    timeline.record(order, "callback", f"callback to {callback.host} is due", now=now)
    return callback


def _resource_facts(order: Order, attempt: Attempt | None) -> dict[str, Any]:
    """What an iTRX callback tells (specs/itrx.md section 5), fixed at the event. Amounts in sun."""
    succeeded = order.status == OrderStatus.SUCCEEDED
    return {
        "serial": order.serial,
        "out_trade_no": order.external_id or None,
        "receive_address": order.address,
        "energy_amount": order.energy,
        "pay_amount": order.energy if succeeded else 0,
        "amount": order.price_sun,
        "period_hours": order.duration_hours or 1,  # an activation has none, and the format no word for that
        "status": 40 if succeeded else 41,
        "txid": attempt.txid if attempt else "",
        "active_hash": attempt.active_hash if attempt else "",
        "bandwidth_hash": attempt.bandwidth_hash if attempt else "",
    }


def _payment_facts(payment: Payment) -> dict[str, Any]:
    """What a CrossingPay v2a callback tells (specs/crossingpay.md section 4); the instant is the block time."""
    return {
        "address": payment.address,
        "amount_micro": payment.amount_micro,
        "txid": payment.txid,
        "timestamp": str(int(payment.paid_at.timestamp())),
    }


def lease_seconds() -> int:
    """Long enough for two tries, one after the other, which is what a thread of the dispatcher makes of a batch."""
    return 2 * (settings.PROVIDER_CONNECT_SECONDS + settings.CALLBACK_TIMEOUT_SECONDS) + LEASE_MARGIN_SECONDS


def claim(*, now: datetime, size: int = 50) -> list[Callback]:
    """Due rows, leased to the caller. A row whose lease has run out is due again."""
    due = Q(status=CallbackStatus.PENDING, next_attempt_at__lte=now) & (
        Q(leased_until=None) | Q(leased_until__lte=now)
    )
    with transaction.atomic():
        rows = Callback.objects.filter(due).order_by("next_attempt_at")
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True, of=("self",))
        claimed = list(rows.select_related("order__merchant", "credential")[:size])
        lease = now + timedelta(seconds=lease_seconds())
        Callback.objects.filter(pk__in=[row.pk for row in claimed]).update(leased_until=lease)
    return claimed


def signing_credential(callback: Callback, *, now: datetime) -> ApiCredential | None:
    """None: no credential of that dialect lives, and the row now waits visibly for one."""
    credential = rotation.signing_credential(callback.credential, now=now)
    if credential is None:
        timeline.move_callback(callback, CallbackStatus.NO_CREDENTIAL)
    return credential


def record_attempt(
    callback: Callback,
    *,
    credential: ApiCredential,
    exchange: dict[str, Any],
    delivered: bool,
    now: datetime,
) -> None:
    """Log one try and move the row. `exchange`: the columns of CallbackLog that describe it, masked."""
    with transaction.atomic():
        number = callback.attempts + 1
        CallbackLog.objects.create(
            direction=Direction.OUT,
            callback=callback,
            order=callback.order,
            merchant=callback.order.merchant,
            credential=credential,
            attempt_number=number,
            trigger=callback.trigger,
            host=callback.host,
            created_at=now,
            **exchange,
        )
        ApiCredential.objects.filter(pk=credential.pk).update(last_used_at=now)
        Callback.objects.filter(pk=callback.pk).update(
            attempts=F("attempts") + 1, round_attempts=F("round_attempts") + 1
        )
        _move_after_attempt(callback, delivered=delivered, now=now)


def _move_after_attempt(callback: Callback, *, delivered: bool, now: datetime) -> None:
    order = callback.order
    if delivered:
        callback.refresh_from_db(fields=["status"])  # a try that outlived its lease may find it given up
        if callback.status not in {CallbackStatus.PENDING, CallbackStatus.EXHAUSTED}:
            return
        if timeline.move_callback(callback, CallbackStatus.DELIVERED, delivered_at=now):
            timeline.record(order, "callback", f"callback delivered to {callback.host}", now=now)
        return
    wait = retry_wait(callback.format, callback.round_attempts)
    if wait is None:
        if timeline.move_callback(callback, CallbackStatus.EXHAUSTED):
            text = f"callback to {callback.host} given up after {callback.round_attempts + 1} tries"
            timeline.record(order, "callback", text, now=now, is_alarm=True)
        return
    timeline.move_callback(callback, CallbackStatus.PENDING, next_attempt_at=now + wait)


def retry_wait(callback_format: str, tries_before: int) -> timedelta | None:
    """Pause after the try that followed `tries_before` others, ±10 %; None: that was the last."""
    steps = RETRY_SECONDS[callback_format]
    if tries_before >= len(steps):
        return None
    return timedelta(seconds=steps[tries_before] * random.uniform(0.9, 1.1))  # noqa: S311 - jitter


def resend(callback: Callback, *, user: User, reason: str, now: datetime) -> bool:
    """A new round of tries of the same event. False when it is being sent, or can't be resent."""
    with transaction.atomic():
        callback = Callback.objects.select_related("order").get(pk=callback.pk)
        if callback.status in {CallbackStatus.PENDING, CallbackStatus.CANCELLED}:
            return False
        moved = timeline.move_callback(
            callback, CallbackStatus.PENDING, next_attempt_at=now, round_attempts=0, trigger="resend"
        )
        if moved:
            text = f"callback resent: {reason}" if reason else "callback resent"
            timeline.record(callback.order, "callback", text, now=now, actor=user)
            audit.record("callback.resend", user=user, now=now, target=callback, after={"reason": reason})
    return moved


def wake_waiting(*, now: datetime) -> int:
    """Rows that waited for a credential and now have one become due."""
    woken = 0
    alive = ApiCredential.objects.alive(now).filter(
        merchant=OuterRef("credential__merchant"), dialect=OuterRef("credential__dialect")
    )
    waiting = Callback.objects.filter(Exists(alive), status=CallbackStatus.NO_CREDENTIAL)
    for callback in waiting.select_related("credential")[:500]:
        if rotation.signing_credential(callback.credential, now=now):
            woken += timeline.move_callback(callback, CallbackStatus.PENDING, next_attempt_at=now)
    return woken
