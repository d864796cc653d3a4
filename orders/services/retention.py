"""Rows stay; the queue's success history, spent form tokens and old bodies go."""

from datetime import datetime, timedelta

from django.conf import settings
from django_q.models import Success

from orders.models import CallbackLog, SpentToken
from providers.models import ProviderCall

KEEP_TASKS = timedelta(days=1)
PRUNED = "(pruned)"


def prune(*, now: datetime) -> None:
    Success.objects.filter(stopped__lt=now - KEEP_TASKS).delete()
    oldest = now - timedelta(days=settings.BODY_RETENTION_DAYS)
    SpentToken.objects.filter(spent_at__lt=oldest).delete()
    for model in (CallbackLog, ProviderCall):
        old = model.objects.filter(created_at__lt=oldest).exclude(request_body=PRUNED)
        old.update(request_body=PRUNED, response_body=PRUNED)
