"""The outbox of callbacks to merchants: rows are written in the transaction that ends an order; dispatching/ sends."""

from datetime import datetime
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from orders.models import (
    ApiCredential,
    Attempt,
    Callback,
    CallbackFormat,
    Lane,
    Merchant,
    Order,
    Payment,
    WebhookSecret,
)
from orders.services import audit, callback_payloads, queue, timeline, waking
from orders.states import CallbackStatus, OrderStatus
from providers.targets import DEFAULT_PORTS, BadTarget, parse_target

WOKEN_AT_ONCE = 500
TELL_FAILURES = frozenset({CallbackFormat.ITRX, CallbackFormat.NATIVE})


def write_callback(
    order: Order, *, attempt: Attempt | None, payment: Payment | None, now: datetime
) -> Callback | None:
    """The outbox row of a final order; None when nobody wants to be told of it."""
    if not _is_wanted(order):
        return None
    succeeded = order.status == OrderStatus.SUCCEEDED
    callback = Callback.objects.create(
        merchant=order.merchant,
        order=order,
        event="order.succeeded" if succeeded else "order.failed",
        url=order.callback_url,
        host=host_of(order.callback_url),
        format=order.callback_format,
        credential=None if order.callback_format == CallbackFormat.NATIVE else order.credential,
        payload=callback_payloads.payload(order, attempt=attempt, payment=payment, now=now),
        is_retried=order.merchant.automatic_retry,
        next_attempt_at=now,
        claimable_at=now,
        created_at=now,
    )
    timeline.record(order, "callback", f"callback to {callback.host} is due", now=now)
    waking.wake_dispatchers()
    return callback


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


def wait_for_keys(callback: Callback) -> None:
    """No key that lives can sign it: the row now waits visibly for one."""
    timeline.move_callback(callback, CallbackStatus.NO_CREDENTIAL)


def resend(callback: Callback, *, user: User, reason: str, now: datetime) -> bool:
    """A new round of tries of the same event. False when it is being sent, or can't be resent."""
    with transaction.atomic():
        callback = Callback.objects.select_related("order").get(pk=callback.pk)
        if callback.status in {CallbackStatus.PENDING, CallbackStatus.CANCELLED}:
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


def wake_soon(merchant: Merchant) -> None:
    """Within the transaction that gave the merchant a key: the worker wakes what waited for it."""
    if Callback.objects.filter(merchant=merchant, status=CallbackStatus.NO_CREDENTIAL).exists():
        queue.enqueue("orders.tasks.wake_callbacks")


def wake_waiting(*, now: datetime) -> int:
    """Rows that waited for a credential or a webhook secret and now have one become due, the oldest first."""
    alive = ApiCredential.objects.alive(now).filter(
        merchant=OuterRef("merchant"), dialect=OuterRef("credential__dialect")
    )
    secrets = WebhookSecret.objects.alive(now).filter(merchant=OuterRef("merchant"))
    can_sign = Exists(alive) | (Q(format=CallbackFormat.NATIVE) & Exists(secrets))
    waiting = Callback.objects.filter(can_sign, status=CallbackStatus.NO_CREDENTIAL).order_by("pk")
    woken = 0
    while batch := list(waiting[:WOKEN_AT_ONCE]):
        moved = [timeline.move_callback(each, CallbackStatus.PENDING, next_attempt_at=now) for each in batch]
        woken += sum(moved)
        if not any(moved):  # somebody else does the same
            break
    if woken:
        waking.wake_dispatchers()
    return woken
