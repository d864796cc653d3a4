"""Entry points of django-q2: an id in, one service call. Enqueued by dotted string."""

from django.utils import timezone

from orders.services import accounts, approvals, delivery, fulfilment, reclaiming, retention
from providers.models import ProviderAccount


def advance(order_id: int, claim: int = 0) -> None:
    fulfilment.advance(order_id, claim, clock=timezone.now)


def reclaim(order_id: int) -> None:
    reclaiming.reclaim(order_id, clock=timezone.now)


def sweep() -> int:
    """The net under the worker's own heartbeat, for a stock `qcluster`."""
    return fulfilment.enqueue_due(now=timezone.now())


def refresh_accounts() -> int:
    return accounts.enqueue_checks()


def check_account(account_id: int) -> str:
    """Balance and health of one account."""
    account = ProviderAccount.objects.get(pk=account_id)
    _, told = accounts.check(account, clock=timezone.now, lifts=False)
    return told


def housekeeping() -> None:
    """Expire approvals, wake callbacks that waited for a credential, prune old task history and bodies."""
    now = timezone.now()
    approvals.expire(now=now)
    delivery.wake_waiting(now=now)
    retention.prune(now=now)
