"""Callbacks that no key can sign now: they wait visibly, use up no tries, and go on once a key is there.

A key is missing when it is dead, and also when the encryption ring of this installation does not open it.
"""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from orders.models import ApiCredential, Callback, CallbackFormat, WebhookSecret
from orders.services import signing, timeline, waking
from orders.services.signing import Owner
from orders.states import CallbackStatus
from providers.keyring import SecretUnreadable

WOKEN_AT_ONCE = 500


def wait_for_keys(callback: Callback) -> None:
    timeline.move_callback(callback, CallbackStatus.NO_CREDENTIAL)


def is_unreadable(callback: Callback, *, now: datetime) -> bool:
    """Whether there is a key that lives, and the ring does not open it."""
    try:
        signing.open_keys(Owner(callback.merchant_id, callback.credential_id), now=now)
    except SecretUnreadable:
        return True
    return False


def wake_waiting(*, now: datetime) -> int:
    """Rows that waited for a credential or a webhook secret and can be signed now become due, the oldest first."""
    waiting = _signable(now)
    woken = 0
    for owner in waiting.order_by().values_list("merchant", "credential").distinct():
        try:
            keys = signing.open_keys(Owner(*owner), now=now)
        except SecretUnreadable:
            continue
        if keys is not None:
            rows = waiting.filter(merchant=owner[0], credential=owner[1]).order_by("pk")
            woken += _wake(rows, now)
    if woken:
        waking.wake_dispatchers()
    return woken


def _signable(now: datetime) -> QuerySet[Callback]:
    alive = ApiCredential.objects.alive(now).filter(
        merchant=OuterRef("merchant"), dialect=OuterRef("credential__dialect")
    )
    secrets = WebhookSecret.objects.alive(now).filter(merchant=OuterRef("merchant"))
    can_sign = Exists(alive) | (Q(format=CallbackFormat.NATIVE) & Exists(secrets))
    return Callback.objects.filter(can_sign, status=CallbackStatus.NO_CREDENTIAL)


def _wake(waiting: QuerySet[Callback], now: datetime) -> int:
    woken = 0
    while batch := list(waiting[:WOKEN_AT_ONCE]):
        moved = [timeline.move_callback(each, CallbackStatus.PENDING, next_attempt_at=now) for each in batch]
        woken += sum(moved)
        if not any(moved):  # somebody else does the same
            break
    return woken
