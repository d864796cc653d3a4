"""Tries that ended with their dispatcher: counted, and put on record as unknown."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from orders.models import Callback, CallbackLog, Direction
from orders.services import timeline
from orders.services.dispatching import schedule
from orders.services.dispatching.claimed import Claimed
from orders.services.dispatching.jobs import Jobs
from orders.services.dispatching.telling import given_up, tell
from orders.services.signing import Keys
from orders.states import CallbackStatus
from providers import masking

NOTE = "its dispatcher died; whether it arrived is not known"


def record(rows: Sequence[Claimed], *, now: datetime) -> set[int]:
    """Within the transaction that claims the rows anew; the ids of those that have no try left, which end."""
    if not rows:
        return set()
    jobs = Jobs()
    keys = {row.id: jobs.keys_of(row, now=now) for row in rows}
    Callback.objects.filter(pk__in=[row.id for row in rows]).update(
        attempts=F("attempts") + 1, round_attempts=F("round_attempts") + 1
    )
    for row in rows:
        row.attempts += 1
        row.round_attempts += 1
    CallbackLog.objects.bulk_create(_log(row, keys[row.id], now) for row in rows)
    dead = [row for row in rows if not schedule.has_tries_left(row.format, row.round_attempts)]
    for row in dead:
        timeline.move_callback(Callback.objects.get(pk=row.id), CallbackStatus.EXHAUSTED)
    tell([(row, given_up(row, row.round_attempts), True, now) for row in dead])
    return {row.id for row in dead}


def _log(row: Claimed, keys: Keys | None, now: datetime) -> CallbackLog:
    return CallbackLog(
        direction=Direction.OUT,
        callback_id=row.id,
        order_id=row.order_id,
        merchant_id=row.merchant_id,
        credential_id=keys.credential.pk if keys and keys.credential else row.credential_id,
        is_test=row.is_test,
        attempt_number=row.attempts,
        trigger=row.trigger,
        url=masking.mask_text(row.url, keys.secrets if keys else ())[:2048],
        host=row.host,
        verdict="unknown",
        note=NOTE,
        next_attempt_at=now,
        created_at=now,
    )
