"""Ending a delegation early: asked for by the merchant, done by the upstream that delegated (specs/itrx.md 3.6)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from orders.models import Attempt, Order, OrderEvent
from orders.services import accounts, queue, timeline
from orders.states import AttemptStatus
from providers import registry
from providers.errors import ProviderError, ProviderMisconfigured
from providers.keyring import SecretUnreadable
from providers.models import Health, ProviderKind

REQUESTED, RECLAIMED, FAILED = "reclaim_requested", "reclaimed", "reclaim_failed"
REPEAT_AFTER = timedelta(minutes=1)


class NotReclaimable(Exception):
    """Nothing is delegated, or by an upstream that knows no early end."""


def request(order: Order, *, now: datetime) -> None:
    """Hand it to the worker. Asked again: nothing while the last request is young, or once it was granted.
    Raises NotReclaimable."""
    _delegation(order)
    last = last_event(order, REQUESTED, RECLAIMED, FAILED)
    if last and (last.code == RECLAIMED or (last.code == REQUESTED and now < last.created_at + REPEAT_AFTER)):
        return
    with transaction.atomic():
        timeline.record(order, REQUESTED, "the merchant asks to end the delegation early", now=now)
        queue.enqueue("orders.tasks.reclaim", order.pk)


def reclaim(order_id: int, *, clock: Callable[[], datetime]) -> None:
    """Ask the upstream once; its answer is on the timeline. A repeat does no harm there."""
    order = Order.objects.get(pk=order_id)
    attempt = _delegation(order)
    if last_event(order, RECLAIMED):
        return
    try:
        told = registry.itrx_client(attempt.account, now=clock()).reclaim(attempt.upstream_id)
    except (ProviderMisconfigured, SecretUnreadable) as error:
        accounts.mark(attempt.account, Health.MISCONFIGURED, str(error), now=clock())
        _record(attempt, FAILED, str(error), now=clock())
    except ProviderError as error:
        _record(attempt, FAILED, str(error), now=clock())
    else:
        _record(attempt, RECLAIMED, told, now=clock())


def last_event(order: Order, *codes: str) -> OrderEvent | None:
    return order.events.filter(code__in=codes).order_by("-id").first()


def _delegation(order: Order) -> Attempt:
    attempt = order.attempts.filter(status=AttemptStatus.SUCCEEDED).select_related("account").first()
    if attempt is None:
        raise NotReclaimable("nothing is delegated")
    if attempt.account.kind != ProviderKind.ITRX or not attempt.upstream_id:
        raise NotReclaimable("this delegation cannot be ended early")
    attempt.order = order
    return attempt


def _record(attempt: Attempt, code: str, told: str, *, now: datetime) -> None:
    did = "ends the delegation" if code == RECLAIMED else "did not end the delegation"
    timeline.record(attempt.order, code, f"{attempt.account} {did}: {told}", now=now)
