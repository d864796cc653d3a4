"""Which rows a dispatcher takes: with a lease, in one statement, and no row that another one holds.

A row taken with the lease of another still on it was being sent by a dispatcher that died: nobody knows whether it
arrived, so that try is put on record as `unknown` before the row is sent again.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from orders.models import Callback, CallbackHost, Lane
from orders.services.dispatching import abandoned
from orders.services.dispatching.claimed import COLUMNS, Claimed
from orders.states import CallbackStatus

LEASE_MARGIN_SECONDS = 5
# So far ahead stand rows that are parked; within it a host's own rows are found again.
PARKED = timedelta(seconds=60)
PARKED_AT_ONCE = 2_000
# Passing over so many rows of hosts that take none now costs a claim a few milliseconds.
PILE = 10_000

# Each is a sub-select that locks; a row another dispatcher has locked is passed over.
_OF_LANE = """
SELECT id, leased_until FROM orders_callback
 WHERE status = 'pending' AND lane = %(lane)s AND claimable_at <= %(now)s AND NOT host = ANY(%(without)s)
   AND (leased_until IS NULL OR leased_until <= %(now)s)
 ORDER BY claimable_at LIMIT %(size)s FOR UPDATE SKIP LOCKED
"""
_OF_HOSTS = """
SELECT found.id, found.leased_until
  FROM unnest(%(hosts)s::text[], %(sizes)s::int[]) AS wanted(host, size)
 CROSS JOIN LATERAL (
       SELECT id, leased_until FROM orders_callback
        WHERE status = 'pending' AND host = wanted.host AND lane = %(lane)s AND claimable_at <= %(until)s
          AND (leased_until IS NULL OR leased_until <= %(now)s) AND next_attempt_at <= %(now)s
        ORDER BY claimable_at LIMIT wanted.size FOR UPDATE SKIP LOCKED) AS found
"""
_TAKE = """
UPDATE orders_callback AS row SET leased_until = %(lease)s
  FROM ({found}) AS found WHERE row.id = found.id RETURNING found.leased_until, {columns}
"""


def lease_seconds() -> int:
    """Outlasts a try and the writing of its result, with room to spare."""
    return 2 * int(settings.CALLBACK_TIMEOUT_SECONDS) + LEASE_MARGIN_SECONDS


def claim(
    lane: Lane,
    *,
    now: datetime,
    size: int,
    without: Collection[str] = (),
    held: list[Claimed] | None = None,
) -> list[Claimed]:
    """The longest due rows of a lane, leased to the caller; `without`: hosts that take none now. They are in `held`
    before the leases are committed: a commit that fails may have taken place."""
    if connection.vendor == "postgresql":
        return _take(_OF_LANE, {"lane": int(lane), "size": size, "without": list(without)}, now, held)
    return _take_singly(_due(now).filter(lane=lane).exclude(host__in=without)[:size], now, held)


def claim_of_hosts(
    sizes: Mapping[str, int], lane: Lane, *, now: datetime, held: list[Claimed] | None = None
) -> list[Claimed]:
    """As `claim`, so many of each of these hosts, whose rows may be parked."""
    until = now + PARKED
    if connection.vendor == "postgresql":
        wanted = {"hosts": list(sizes), "sizes": list(sizes.values()), "lane": int(lane), "until": until}
        return _take(_OF_HOSTS, wanted, now, held)
    due = _due(now, until=until).filter(next_attempt_at__lte=now, lane=lane)
    return [
        row for host, size in sizes.items() for row in _take_singly(due.filter(host=host)[:size], now, held)
    ]


def _due(now: datetime, *, until: datetime | None = None) -> QuerySet[Callback]:
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    rows = Callback.objects.filter(free, status=CallbackStatus.PENDING, claimable_at__lte=until or now)
    return rows.order_by("claimable_at")


def _lease(now: datetime) -> datetime:
    return now + timedelta(seconds=lease_seconds())


def _take(found: str, wanted: Mapping[str, Any], now: datetime, held: list[Claimed] | None) -> list[Claimed]:
    lease = _lease(now)
    columns = ", ".join(f"row.{name}" for name in COLUMNS)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TAKE.format(found=found, columns=columns), {**wanted, "now": now, "lease": lease})
        taken = [(earlier, Claimed(*row)) for earlier, *row in cursor.fetchall()]
        return _without_dead(taken, now, held)


def _take_singly(rows: QuerySet[Callback], now: datetime, held: list[Claimed] | None) -> list[Claimed]:
    """SQLite: transactions exclude each other."""
    with transaction.atomic():
        found = list(rows.values_list("leased_until", *COLUMNS))
        lease = _lease(now)
        taken = [(earlier, Claimed(*row)) for earlier, *row in found]
        Callback.objects.filter(pk__in=[row.id for _, row in taken]).update(leased_until=lease)
        for _, row in taken:
            row.leased_until = lease
        return _without_dead(taken, now, held)


def _without_dead(
    taken: Sequence[tuple[datetime | None, Claimed]], now: datetime, held: list[Claimed] | None
) -> list[Claimed]:
    dead = abandoned.record([row for earlier, row in taken if earlier is not None], now=now)
    living = [row for _, row in taken if row.id not in dead]
    if held is not None:
        held += living
    return living


def put_back(rows: Sequence[Claimed]) -> None:
    """Give up leases of rows that were not sent."""
    for lease in {row.leased_until for row in rows}:
        held = Q(pk__in=[row.id for row in rows if row.leased_until == lease], leased_until=lease)
        Callback.objects.filter(held, status=CallbackStatus.PENDING).update(leased_until=None)


def park(hosts: Collection[str], *, now: datetime) -> int:
    """Move rows of hosts that take none now out of the way of others', should they have piled up there.

    Bounded, so that nobody waits for it long. Rows of an open circuit stay away until it may be tried again.
    """
    waiting = _due(now).filter(host__in=hosts, leased_until=None)
    if waiting[: PILE + 1].count() <= PILE:
        return 0
    probes = dict(CallbackHost.objects.filter(host__in=hosts).values_list("host", "probe_at"))
    moved = 0
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            waiting = waiting.select_for_update(skip_locked=True)
        by_host: dict[str, list[int]] = {}
        for pk, host in waiting.values_list("pk", "host")[:PARKED_AT_ONCE]:
            by_host.setdefault(host, []).append(pk)
        for host, pks in by_host.items():
            away = max(now + PARKED, probes.get(host) or now)
            moved += Callback.objects.filter(pk__in=pks).update(claimable_at=away)
    return moved
