"""Ranges of blocks that are read again: asked for by staff, or owed to an order whose window began before our time.

Whole blocks, and not single transactions by their ids: as many infos as the block has transactions prove that none is
missing, each log comes with its index, and one reading serves all who wait. Ids would have to come from an indexer,
which leaves some out unnoticed (specs/tron.md section 12, trap 2).
"""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from orders.models import Backfill, ChainCursor, ScannedBlock
from orders.services import audit, leadership

MOST_BLOCKS = 30_000  # a day
MOST_OPEN = 20  # asked for by people


class NotScannable(Exception):
    """The range is none, or the watcher has not come so far. The message is for staff."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One block to be read. `known`: our record of it, which spares the block itself, only its infos are read."""

    number: int
    known: ScannedBlock | None


def rescan(
    first_number: int, last_number: int, *, reason: str, now: datetime, user: User | None = None
) -> Backfill:
    """Read blocks again; what is known stays as it is. Raises NotScannable."""
    cursor = leadership.cursor()
    if cursor.number is None:
        raise NotScannable(_("No block was read yet: the watcher has never run."))
    if not 0 < first_number <= last_number:
        raise NotScannable(_("The range must begin above zero and end no sooner than it begins."))
    if last_number > cursor.number:
        raise NotScannable(
            format_lazy(
                _("Only blocks up to {number} were read; the rest comes by itself."), number=cursor.number
            )
        )
    if last_number - first_number >= MOST_BLOCKS:
        raise NotScannable(format_lazy(_("At most {most} blocks at a time."), most=MOST_BLOCKS))
    if Backfill.objects.filter(cursor=cursor, order=None, finished_at=None).count() >= MOST_OPEN:
        raise NotScannable(
            format_lazy(
                _("{most} ranges are waiting already; more can be asked for when one is done."),
                most=MOST_OPEN,
            )
        )
    with transaction.atomic():
        backfill = Backfill.objects.create(
            cursor=cursor,
            first_number=first_number,
            last_number=last_number,
            next_number=first_number,
            requested_by=user if user and user.pk else None,
            reason=reason[:255],
            created_at=now,
        )
        after = {"first": first_number, "last": last_number, "reason": reason}
        audit.record("chain.rescan", user=user, now=now, target=backfill, label=str(backfill), after=after)
    return backfill


def next_open(cursor: ChainCursor) -> Backfill | None:
    """Those that an order waits for come first, of them the one furthest back: the others join it on its way."""
    rows = Backfill.objects.filter(cursor=cursor, finished_at=None).order_by("next_number", "id")
    return rows.filter(order__isnull=False).first() or rows.first()


def wanted(backfill: Backfill, *, size: int) -> tuple[list[Wanted], int]:
    """The next blocks to be read, and the number up to which (exclusive) there is nothing else to read. For an order a
    block that held no USDT need not be read again; a person who asks gets every block read."""
    last = min(backfill.next_number + size * 50, backfill.last_number + 1)
    rows = ScannedBlock.objects.filter(
        cursor=backfill.cursor, number__gte=backfill.next_number, number__lt=last
    )
    known = {row.number: row for row in rows}
    found: list[Wanted] = []
    for number in range(backfill.next_number, last):
        row = known.get(number) if backfill.order_id else None
        if row is not None and not row.usdt_transfers:
            continue
        if len(found) == size:
            return found, number
        found.append(Wanted(number, row))
    return found, last


def note_problem(backfill: Backfill, problem: str) -> None:
    Backfill.objects.filter(pk=backfill.pk).update(problem=problem[:255])
