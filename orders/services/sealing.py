"""The audit trail's hash chain. Rows are sealed in batches, in the order of their ids; writing one waits for nothing.

An id is given when a row is inserted, and a slower transaction may commit a lower one later. So a batch ends where
nothing can slip in any more (`_settled`); an id that is missing below was rolled back and stays missing.

Whoever owns the database can make rows, seals and triggers anew. The newest digest goes to the log at each sealing,
and onto the page and into the exports: one that was kept elsewhere tells.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Max

from orders.models import AuditEntry, AuditSeal

logger = logging.getLogger(__name__)

BATCH = 500
MOST_WAIT = "2s"
LATE = timedelta(hours=2)
START = "0" * 64
FIELDS = (
    *("user_id", "act", "refused", "object_type", "object_id", "label", "before", "after", "merchant_id"),
    *("ip", "user_agent"),
)


def seal(*, now: datetime) -> int:
    """Seal what is settled and not sealed yet. Returns how many rows. Two at once: one of them does nothing."""
    done, settled = 0, _settled()
    while settled:
        last = AuditSeal.objects.order_by("-number").first()
        rows = AuditEntry.objects.filter(pk__gt=last.last_id if last else 0, pk__lte=settled)
        batch = list(rows.order_by("pk")[:BATCH])
        if not batch or not _write(last, batch, now=now):
            break
        done += len(batch)
    return done


def _settled() -> int:
    """The highest id below which no row can appear any more; 0 when that can't be told now.

    PostgreSQL: the lock waits until all who have inserted a row have committed, and is given back at once. SQLite has
    one writer at a time."""
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL lock_timeout = '{MOST_WAIT}'")
                    cursor.execute("LOCK TABLE orders_auditentry IN SHARE MODE")
            return AuditEntry.objects.aggregate(highest=Max("pk"))["highest"] or 0
    except OperationalError:
        logger.warning("the audit trail was not sealed: somebody has been writing to it for %s", MOST_WAIT)
        return 0


def _write(last: AuditSeal | None, batch: list[AuditEntry], *, now: datetime) -> bool:
    number, rows = (last.number if last else 0) + 1, [[row.pk, digest_of(row)] for row in batch]
    digest = _chained(last.digest if last else START, number, rows)
    span = {"first_id": batch[0].pk, "last_id": batch[-1].pk, "count": len(batch)}
    try:
        with transaction.atomic():
            AuditSeal.objects.create(number=number, rows=rows, digest=digest, created_at=now, **span)
    except IntegrityError:
        return False
    logger.info("audit trail: seal %s of %s rows up to id %s is %s", number, len(batch), batch[-1].pk, digest)
    return True


def digest_of(entry: AuditEntry) -> str:
    """128 bits of SHA-256 over its columns as JSON with sorted keys; the time in UTC, to the microsecond."""
    values = {name: getattr(entry, name) for name in FIELDS}
    values["created_at"] = entry.created_at.astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(_canonical(values)).hexdigest()[:32]


def _chained(previous: str, number: int, rows: object) -> str:
    return hashlib.sha256(_canonical([previous, number, rows])).hexdigest()


def _canonical(values: object) -> bytes:
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def faults(*, now: datetime) -> Iterator[str]:
    """What is wrong with the trail, each row by its id: reads all of it."""
    previous, number, below = START, 0, 0
    for each in AuditSeal.objects.order_by("number").iterator(chunk_size=20):
        number += 1
        if each.number != number:
            yield f"seal {number} is missing"
            number = each.number
        elif each.digest != _chained(previous, each.number, each.rows):
            yield f"seal {each.number} was changed, or does not follow the one before"
        yield from _faults_of(each, below)
        previous, below = each.digest, max(below, each.last_id)
    late = AuditEntry.objects.filter(pk__gt=below, created_at__lt=now - LATE)
    if late.exists():
        yield f"{late.count()} rows above id {below} should have been sealed long ago"


def _faults_of(each: AuditSeal, below: int) -> Iterator[str]:
    sealed: dict[int, str] = dict(each.rows)
    found = AuditEntry.objects.filter(pk__gt=below, pk__lte=each.last_id)
    digests = {row.pk: digest_of(row) for row in found.iterator(chunk_size=BATCH)}
    yield from _named("was deleted", sealed.keys() - digests.keys())
    yield from _named("was put in after its seal", digests.keys() - sealed.keys())
    yield from _named(
        "was changed", (pk for pk in sealed.keys() & digests.keys() if sealed[pk] != digests[pk])
    )


def _named(what: str, pks: Iterable[int]) -> Iterator[str]:
    for pk in sorted(pks):
        yield f"audit entry {pk} {what}"
