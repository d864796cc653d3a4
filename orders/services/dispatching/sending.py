"""One try of one callback over HTTP. No transaction is open meanwhile."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from django.conf import settings

from orders.models import Lane
from orders.services import signing
from orders.services.dispatching import recording
from orders.services.dispatching.desk import Desk, Plan
from orders.services.dispatching.jobs import Job
from orders.services.dispatching.outcomes import Outcome, failed, outcome, stopped
from providers.http import AddressPolicy, Poster

logger = logging.getLogger(__name__)

MAX_ANSWER_BYTES = 65_536


def poster() -> Poster:
    return Poster(
        policy=AddressPolicy.opening(settings.CALLBACK_ALLOWED_NETWORKS),
        connect_seconds=settings.PROVIDER_CONNECT_SECONDS,
        total_seconds=settings.CALLBACK_TIMEOUT_SECONDS,
        max_bytes=MAX_ANSWER_BYTES,
    )


async def send(job: Job, poster: Poster, *, clock: Callable[[], datetime]) -> Outcome:
    """Never raises; cancelled, it tells that nobody knows. A fault of ours is one try that failed: the engine must
    get back the room it gave, whatever a stranger's answer does to us."""
    try:
        return await _exchange(job, poster, clock)
    except Exception:
        logger.exception("sending %s failed", job.callback.event_id)
        return failed(job, now=clock())


async def _exchange(job: Job, poster: Poster, clock: Callable[[], datetime]) -> Outcome:
    signed = signing.signed(job.callback, job.keys, now=clock())
    try:
        posted = await poster.post(job.callback.url, headers=signed.headers, body=signed.body)
    except asyncio.CancelledError:
        return stopped(job, signed, now=clock())
    return outcome(job, signed, posted, now=clock())


def deliver_due(*, clock: Callable[[], datetime], size: int = 100) -> list[Outcome]:
    """One batch from claim to record, in the calling thread; empty when nothing is due."""
    desk = Desk(clock)
    taken = desk.round(plan := Plan(dict.fromkeys(Lane, size)))
    while taken.is_more and not taken.jobs:  # all of them wait for a key
        taken = desk.round(plan)
    outcomes = asyncio.run(_send_all(taken.jobs, clock))
    if outcomes:
        recording.record(outcomes)
    return outcomes


async def _send_all(jobs: Sequence[Job], clock: Callable[[], datetime]) -> list[Outcome]:
    async with poster() as each:
        return await asyncio.gather(*(send(job, each, clock=clock) for job in jobs))
