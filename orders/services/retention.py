"""Rows stay; the queue's success history, spent form tokens, old bodies and the ledger of old blocks go."""

from datetime import datetime, timedelta

from django.conf import settings
from django_q.models import Success

from orders.models import CallbackLog, ScannedBlock, SpentToken
from providers.models import ProviderCall

KEEP_TASKS = timedelta(days=1)
PRUNED = "(pruned)"


def prune(*, now: datetime) -> None:
    Success.objects.filter(stopped__lt=now - KEEP_TASKS).delete()
    oldest = now - timedelta(days=settings.BODY_RETENTION_DAYS)
    SpentToken.objects.filter(spent_at__lt=oldest).delete()
    ScannedBlock.objects.filter(scanned_at__lt=oldest).delete()
    bodies = {"request_body": PRUNED, "response_body": PRUNED}
    # What was signed repeats the body.
    for model, fields in ((CallbackLog, bodies | {"signed_text": ""}), (ProviderCall, bodies)):
        model.objects.filter(created_at__lt=oldest).exclude(request_body=PRUNED).update(**fields)
