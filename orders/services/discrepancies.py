"""What people do about a discrepancy: take it, hand it on, explain it."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from orders.models import Discrepancy, DiscrepancyState
from orders.models.reconciliation import WAITING
from orders.services import audit


class NotOpen(Exception):
    """It was explained or is gone."""


def assign(discrepancy: Discrepancy, owner: User, *, user: User, now: datetime) -> None:
    """Raises NotOpen."""
    with transaction.atomic():
        row = _open(discrepancy)
        before = {"owner": str(row.owner or "")}
        row.owner, row.state = owner, DiscrepancyState.ASSIGNED
        row.save(update_fields=["owner", "state"])
        after = {"owner": str(owner)}
        audit.record("discrepancy.assign", user=user, now=now, target=row, before=before, after=after)


def explain(discrepancy: Discrepancy, reason: str, *, user: User, now: datetime) -> None:
    """The same difference on a later day counts as explained. Raises NotOpen."""
    with transaction.atomic():
        row = _open(discrepancy)
        row.state, row.reason = DiscrepancyState.EXPLAINED, reason[:255]
        row.closed_at, row.closed_by = now, user
        row.save(update_fields=["state", "reason", "closed_at", "closed_by"])
        after = {"reason": reason, "amount": row.amount, "asset": row.asset}
        audit.record("discrepancy.explain", user=user, now=now, target=row, after=after)


def _open(discrepancy: Discrepancy) -> Discrepancy:
    row = Discrepancy.objects.select_for_update(of=("self",)).get(pk=discrepancy.pk)
    if row.state not in WAITING:
        raise NotOpen(format_lazy(_("it is closed: {state}"), state=DiscrepancyState(row.state).label))
    return row
