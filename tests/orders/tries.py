"""Tries of callbacks without a server: a row is claimed, and the result is put on record that a test wants."""

from datetime import datetime

from orders.models import Callback, Lane
from orders.services.dispatching import claiming, recording
from orders.services.dispatching.claimed import COLUMNS, Claimed
from orders.services.dispatching.jobs import Job, Jobs
from orders.services.dispatching.outcomes import Outcome, outcome
from orders.services.signing import Signed
from providers.http import Ending, Posted

HEADERS = {"API-KEY": "key", "Content-Type": "application/json"}
SIGNED = Signed(HEADERS, b'{"serial": "<i>"}', "the text, ****")
NO_ANSWER = Posted(
    headers=HEADERS, ending=Ending.NO_ANSWER, error="no complete answer: timed out", duration_ms=31
)


def answered(status: int, body: bytes = b"", **headers: str) -> Posted:
    return Posted(
        headers=HEADERS,
        ending=Ending.ANSWERED,
        status=status,
        answer_headers={name.replace("_", "-").lower(): value for name, value in headers.items()},
        answer_body=body,
        duration_ms=31,
    )


def held(callback: Callback, now: datetime) -> Job:
    """As a dispatcher holds it: claimed, whenever it is due."""
    Callback.objects.filter(pk=callback.pk).update(leased_until=now, claimable_at=now)
    [row] = Callback.objects.filter(pk=callback.pk).values_list(*COLUMNS)
    [job] = Jobs().of([Claimed(*row)], now=now)
    return job


def ended(job: Job, posted: Posted, *, now: datetime) -> Outcome:
    return outcome(job, SIGNED, posted, now=now)


def tried(callback: Callback, posted: Posted, *, now: datetime) -> Callback:
    """The row after one more try."""
    recording.record([ended(held(callback, now), posted, now=now)])
    return Callback.objects.select_related("order", "merchant", "credential").get(pk=callback.pk)


def claimed(at: datetime) -> list[int]:
    """Ids of all that a dispatcher would take then, in its order; taken they are."""
    return [row.id for lane in Lane for row in claiming.claim(lane, now=at, size=100)]
