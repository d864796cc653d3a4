"""Closing a month, which freezes its figures, and opening the last closed one again (by two persons).

Closing is short: from the commit of the row on no transfer can be dated into the month. Its figures are written
afterwards, from what can no longer change, so that orders do not wait for the sums.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from orders.models import Period, PeriodBalance, Transfer
from orders.services import audit, queue, spans, trial_balance
from orders.services.ledger import subtotals
from orders.services.ledger.posting import stop_postings
from orders.services.spans import Span

# A transfer is dated before it is committed.
SETTLING = timedelta(minutes=10)


class NotClosable(Exception):
    """The month has not ended, is closed already, or is not the next one."""


class BooksOff(Exception):
    """The figures do not sum to zero, so they are not sealed."""


def last_closed() -> Period | None:
    return Period.objects.filter(reopened_at=None).first()


def next_closable(*, now: datetime) -> date | None:
    """The month after the last closed one, or that of the first transfer; None before it has ended."""
    last = last_closed()
    if last is not None:
        month = spans.next_month(last.month)
    else:
        first = Transfer.objects.order_by("created_at").values_list("created_at", flat=True).first()
        if first is None:
            return None
        month = spans.today(first, settings.TIME_ZONE).replace(day=1)
    return month if spans.month(month, settings.TIME_ZONE).until + SETTLING <= now else None


def close(month: date, *, user: User | None, now: datetime) -> Period:
    """Raises NotClosable."""
    with transaction.atomic():
        stop_postings()
        if month != next_closable(now=now):
            raise NotClosable(
                format_lazy(
                    _("{month} can not be closed now: months are closed in turn, once they ended"),
                    month=f"{month:%Y-%m}",
                )
            )
        last, span = last_closed(), spans.month(month, settings.TIME_ZONE)
        period = Period.objects.create(
            month=month,
            zone=settings.TIME_ZONE,
            since=last.until if last else span.since,
            until=span.until,
            closed_by=user,
            closed_at=now,
        )
        audit.record("period.close", user=user, now=now, target=period)
        queue.enqueue("orders.tasks.seal_periods")
    return period


def seal_all(*, now: datetime) -> int:
    """Write the figures of months that were closed without them, oldest first. Raises BooksOff."""
    pks = (
        Period.objects.filter(reopened_at=None, sealed_at=None).order_by("until").values_list("pk", flat=True)
    )
    return sum(_seal(pk, now) for pk in list(pks))


def _seal(pk: int, now: datetime) -> bool:
    with transaction.atomic():
        period = Period.objects.select_for_update().get(pk=pk)
        if period.sealed_at is not None or period.reopened_at is not None:
            return False
        rows = trial_balance.lines(Span(period.since, period.until))
        if off := [total.asset for total in trial_balance.totals(rows) if not total.is_balanced]:
            raise BooksOff(f"{period} does not balance in {', '.join(off)}")
        PeriodBalance.objects.bulk_create(
            (_balance(period, row) for row in rows if not row.is_still), batch_size=1000
        )
        period.sealed_at, period.digest = now, digest(period)
        period.save(update_fields=["sealed_at", "digest"])
    return True


def _balance(period: Period, row: trial_balance.Line) -> PeriodBalance:
    return PeriodBalance(
        period=period,
        account=row.account,
        opening=row.opening,
        debits=row.debits,
        credits=row.credits,
        closing=row.closing,
    )


def digest(period: Period) -> str:
    """SHA-256 over the span and the stored figures, in the order of the accounts' keys."""
    hashed = hashlib.sha256(f"{period.since.isoformat()} {period.until.isoformat()}\n".encode())
    rows = period.balances.order_by("account__key")
    for row in rows.values_list("account__key", "opening", "debits", "credits", "closing").iterator():
        hashed.update(json.dumps(row).encode() + b"\n")
    return hashed.hexdigest()


def faults() -> Iterator[str]:
    """Closed months whose figures are not what was sealed, or no longer what the transfers say."""
    for period in Period.objects.filter(reopened_at=None, sealed_at__isnull=False):
        if digest(period) != period.digest:
            yield f"the figures of {period} were changed"
        stored = {row.account_id: (row.debits, row.credits) for row in period.balances.all()}
        rows = subtotals.rows(period.since, period.until)
        moved = {pk: (rows.debits[pk], rows.credits[pk]) for pk in rows.accounts}
        if {pk: sides for pk, sides in stored.items() if any(sides)} != moved:
            yield f"the transfers of {period} are not those that were closed"


def check_reopenable(period: Period) -> None:
    """Raises NotClosable: months are opened again in the opposite order."""
    if period != last_closed():
        raise NotClosable(_("only the last closed month can be opened again"))


def reopen(period: Period, *, user: User, now: datetime) -> None:
    """Called by an approval. Its figures stay on record. Raises NotClosable."""
    with transaction.atomic():
        stop_postings()
        check_reopenable(period)
        Period.objects.filter(pk=period.pk).update(reopened_at=now, reopened_by=user)
        subtotals.thaw(period.since)
        audit.record("period.reopen", user=user, now=now, target=period)
