"""Attempts written off are looked up again, slowly: an upstream without callbacks would never tell that one executed.

What is found goes the way of a late callback: a house loss and an alarm (orders.services.outcomes). Only resource
orders: watching costs nothing, and a payment told twice would be counted twice.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from orders.models import Attempt
from orders.services import outcomes, queue
from orders.states import WRITTEN_OFF_ATTEMPT
from providers import registry
from providers.base import PAYMENT_KINDS, Progress
from providers.errors import ProviderError, ProviderMisconfigured
from providers.keyring import SecretUnreadable

logger = logging.getLogger(__name__)

EVERY = timedelta(hours=1)
FOR = timedelta(days=3)


def enqueue_looks(*, now: datetime, size: int = 200) -> int:
    """Claim what is due for a look and enqueue a task for each; returns how many. Safe to run anywhere, at any rate."""
    count = 0
    for pk in list(_due(now).order_by("looked_at", "finished_at").values_list("pk", flat=True)[:size]):
        with transaction.atomic():
            if _due(now).filter(pk=pk).update(looked_at=now):
                queue.enqueue("orders.tasks.look_again", pk)
                count += 1
    return count


def _due(now: datetime) -> QuerySet[Attempt]:
    return Attempt.objects.filter(
        Q(looked_at=None) | Q(looked_at__lte=now - EVERY),
        status__in=WRITTEN_OFF_ATTEMPT,
        finished_at__gt=now - FOR,
        finished_at__lte=now - EVERY,
    ).exclude(order__kind__in=PAYMENT_KINDS)


def look_again(attempt_id: int, *, clock: Callable[[], datetime]) -> bool:
    """One look-up; True when the attempt was executed after all. An upstream that fails is asked again in its turn."""
    attempt = Attempt.objects.select_related("account").get(pk=attempt_id)
    if attempt.status not in WRITTEN_OFF_ATTEMPT:
        return False
    try:
        client = registry.client_for(attempt.account, now=clock())
        if not client.can_look_up:
            return False
        found = client.look_up(attempt.request_id, upstream_id=attempt.upstream_id)
    except (ProviderError, ProviderMisconfigured, SecretUnreadable) as error:
        logger.info("another look-up of %s failed: %s", attempt.request_id, error)
        return False
    return isinstance(found, Progress) and outcomes.apply(attempt.pk, found, now=clock())
