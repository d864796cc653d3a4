"""Puts ended tries on record, many in one transaction: logs, rows, timelines, hosts, when a credential was last used.

A row moves only while its dispatcher's lease is still on it. A result that comes later than that is logged too, and
counts; a late delivery ends a row that waits, and a late failure changes nothing else.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from orders.models import ApiCredential, Callback, CallbackLog
from orders.services import timeline
from orders.services.dispatching import bulk, circuits, gone, moving, telling
from orders.services.dispatching.claimed import Claimed
from orders.services.dispatching.outcomes import LOG_COLUMNS, Move, Outcome, log, move, sign
from orders.states import CallbackStatus

LAST_USED_GRAIN = timedelta(seconds=5)


def record(outcomes: Sequence[Outcome]) -> None:
    """All or nothing, so it may be called again with the same after an error."""
    moves = [move(each) for each in outcomes]
    logs = [log(each, moved.next_attempt_at) for each, moved in zip(outcomes, moves, strict=True)]
    with transaction.atomic():
        bulk.append(CallbackLog, LOG_COLUMNS, logs)
        won = moving.apply(moves)
        ended = [each for each in moves if each.row.id in won or _ends_late(each)]
        telling.tell(_told(each) for each in ended if each.to != CallbackStatus.PENDING)
        _touch_credentials(outcomes)
        circuits.record([told for each in outcomes if (told := sign(each)) is not None])
        gone.record(outcomes)


def _ends_late(late: Move) -> bool:
    row = Callback.objects.select_for_update(of=("self",)).get(pk=late.row.id)
    Callback.objects.filter(pk=row.pk).update(attempts=F("attempts") + 1)
    waits = row.status in {CallbackStatus.PENDING, CallbackStatus.EXHAUSTED}
    if late.to != CallbackStatus.DELIVERED or not waits:
        return False
    return timeline.move_callback(row, CallbackStatus.DELIVERED, delivered_at=late.at)


def _told(ended: Move) -> tuple[Claimed, str, bool, datetime]:
    if ended.to == CallbackStatus.DELIVERED:
        return ended.row, telling.delivered(ended.row), False, ended.at
    return ended.row, telling.given_up(ended.row, ended.row.round_attempts + 1), True, ended.at


def _touch_credentials(outcomes: Sequence[Outcome]) -> None:
    """Coarsely, and never waiting for another dispatcher that does the same."""
    used = {each.job.keys.credential.pk: each.at for each in outcomes if each.job.keys.credential}
    if not used:
        return
    latest = max(used.values())
    stale = ApiCredential.objects.filter(
        Q(last_used_at=None) | Q(last_used_at__lt=latest - LAST_USED_GRAIN), pk__in=used
    )
    ids = list(moving.unlocked(stale).values_list("pk", flat=True))
    if ids:
        ApiCredential.objects.filter(pk__in=ids).update(last_used_at=latest)
