"""Moves many claimed rows in one statement: as timeline.move_callback, under the lease with which they were claimed."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models import F, QuerySet

from orders import states
from orders.models import Callback, Lane
from orders.services.dispatching.outcomes import Move

Row = TypeVar("Row", bound=models.Model)

_MANY = """
UPDATE orders_callback AS row
   SET status = told.status, attempts = row.attempts + 1, round_attempts = row.round_attempts + 1,
       next_attempt_at = told.next_at, claimable_at = told.next_at, leased_until = NULL, lane = %s,
       delivered_at = COALESCE(told.delivered_at, row.delivered_at)
  FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::timestamptz[], %s::timestamptz[])
       AS told(id, lease, status, next_at, delivered_at)
 WHERE row.id = told.id AND row.status = 'pending' AND row.leased_until = told.lease
RETURNING row.id
"""


def apply(moves: Sequence[Move]) -> set[int]:
    """Counts the try and moves the row; the ids of those that were still held."""
    for each in moves:
        if each.to != states.CallbackStatus.PENDING:
            states.check(states.CALLBACK, states.CallbackStatus.PENDING, each.to)
    return _apply_in_one(moves) if connection.vendor == "postgresql" else _apply_singly(moves)


def _apply_in_one(moves: Sequence[Move]) -> set[int]:
    columns: list[Any] = [
        int(Lane.AGAIN),
        [each.row.id for each in moves],
        [each.row.leased_until for each in moves],
        [str(each.to) for each in moves],
        [each.next_attempt_at for each in moves],
        [each.at if each.to == states.CallbackStatus.DELIVERED else None for each in moves],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_MANY, columns)
        return {pk for (pk,) in cursor.fetchall()}


def _apply_singly(moves: Sequence[Move]) -> set[int]:
    won = set()
    for each in moves:
        row = each.row
        held = Callback.objects.filter(
            pk=row.id, status=states.CallbackStatus.PENDING, leased_until=row.leased_until
        )
        if held.update(
            status=each.to,
            attempts=F("attempts") + 1,
            round_attempts=F("round_attempts") + 1,
            next_attempt_at=each.next_attempt_at,
            claimable_at=each.next_attempt_at,
            leased_until=None,
            lane=Lane.AGAIN,
            delivered_at=each.at if each.to == states.CallbackStatus.DELIVERED else F("delivered_at"),
        ):
            won.add(row.id)
    return won


def unlocked(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Those nobody else holds, now held. SQLite's transactions exclude each other anyway."""
    if connection.features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True, of=("self",))
    return rows
