"""The outbox of callbacks to merchants: rows are written in the transaction that ends an order; dispatching/ sends."""

from datetime import datetime
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from orders.models import Attempt, Callback, CallbackFormat, CrossingPayFormat, Lane, Merchant, Order, Payment
from orders.services import audit, callback_payloads, queue, timeline, waking
from orders.states import CallbackStatus, OrderStatus
from providers.targets import DEFAULT_PORTS, BadTarget, parse_target

SUCCEEDED, FAILED = "order.succeeded", "order.failed"
TELL_FAILURES = frozenset({CallbackFormat.ITRX, CallbackFormat.NATIVE})


def write_callback(
    order: Order, *, attempt: Attempt | None, payment: Payment | None, now: datetime, again: bool = False
) -> Callback | None:
    """The outbox row of a final order; None when nobody wants to be told of it. Once per event (a database constraint)
    unless `again`: a person has changed the end, and what was told before is history."""
    if not _is_wanted(order):
        return None
    event = SUCCEEDED if order.status == OrderStatus.SUCCEEDED else FAILED
    callback = Callback.objects.create(
        merchant=order.merchant,
        order=order,
        event=event,
        occurrence=_last_occurrence(order, event) + 1 if again else 1,
        url=order.callback_url,
        host=host_of(order.callback_url),
        format=order.callback_format,
        credential=None if order.callback_format == CallbackFormat.NATIVE else order.credential,
        payload=callback_payloads.payload(order, attempt=attempt, payment=payment, now=now),
        is_retried=_is_retried(order),
        next_attempt_at=now,
        claimable_at=now,
        created_at=now,
    )
    timeline.record(order, "callback", f"callback to {callback.host} is due", now=now)
    waking.wake_dispatchers()
    return callback


def _last_occurrence(order: Order, event: str) -> int:
    told = Callback.objects.filter(order=order, event=event)
    return int(told.aggregate(last=Max("occurrence", default=0))["last"])


def _is_retried(order: Order) -> bool:
    """The merchant's switch is CrossingPay's, which documents no schedule (specs/crossingpay.md 4.2); the other formats
    promise theirs."""
    return order.merchant.automatic_retry or order.callback_format not in CrossingPayFormat.values


def host_of(url: str) -> str:
    """Under which name the endpoint behind a URL is known: one for all spellings, with a port that is not the usual."""
    try:
        target = parse_target(url)
    except BadTarget:
        return urlsplit(url).netloc.lower()[:255]
    host = f"[{target.host}]" if ":" in target.host else target.host
    return host if target.port == DEFAULT_PORTS[target.scheme] else f"{host}:{target.port}"


def _is_wanted(order: Order) -> bool:
    """A payment order that failed is told in CrossingPay's formats only to a merchant who asked for that
    (specs/crossingpay.md section 6 #16)."""
    if order.callback_format == CallbackFormat.NONE:
        return False
    is_told_always = order.status == OrderStatus.SUCCEEDED or order.callback_format in TELL_FAILURES
    return is_told_always or order.merchant.tell_failures


def resend(callback: Callback, *, user: User, reason: str, now: datetime) -> bool:
    """A new round of tries of the same event. False when it is being sent, or can't be resent."""
    with transaction.atomic():
        if callback.order_id is not None:
            Order.objects.select_for_update(no_key=True).get(pk=callback.order_id)
        callback = Callback.objects.select_related("order").get(pk=callback.pk)
        if callback.status in {CallbackStatus.PENDING, CallbackStatus.CANCELLED} or is_revoked(callback):
            return False
        moved = timeline.move_callback(
            callback,
            CallbackStatus.PENDING,
            next_attempt_at=now,
            round_attempts=0,
            trigger="resend",
            lane=Lane.AGAIN,
        )
        if moved:
            text = f"callback resent: {reason}" if reason else "callback resent"
            if callback.order is not None:
                timeline.record(callback.order, "callback", text, now=now, actor=user)
            waking.wake_dispatchers()
            audit.record("callback.resend", user=user, now=now, target=callback, after={"reason": reason})
    return moved


def stop_telling(order: Order, event: str) -> bool:
    """No further try tells of it. False: one is under way."""
    told = Callback.objects.select_for_update(of=("self",)).filter(order=order, event=event)
    rows = list(told.filter(status__in=(CallbackStatus.PENDING, CallbackStatus.NO_CREDENTIAL)))
    if any(row.leased_until is not None for row in rows):
        return False
    return all(timeline.move_callback(row, CallbackStatus.CANCELLED) for row in rows)


def is_revoked(callback: Callback) -> bool:
    """A person has changed the end that it tells of."""
    order = callback.order
    if order is None:
        return False
    is_otherwise = (callback.event == SUCCEEDED) != (order.status == OrderStatus.SUCCEEDED)
    return is_otherwise or Callback.objects.filter(order=order, pk__gt=callback.pk).exists()


def wake_soon(merchant: Merchant) -> None:
    """Within the transaction that gave the merchant a key: the worker wakes what waited for it."""
    if Callback.objects.filter(merchant=merchant, status=CallbackStatus.NO_CREDENTIAL).exists():
        queue.enqueue("orders.tasks.wake_callbacks")
