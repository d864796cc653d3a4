"""One try as it ended: what is put on record of it, and what becomes of its row. No database."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from orders.models import Direction
from orders.services.dispatching import schedule
from orders.services.dispatching.circuits import Sign
from orders.services.dispatching.claimed import Claimed
from orders.services.dispatching.jobs import Job
from orders.services.signing import Signed
from orders.states import CallbackStatus
from providers import masking
from providers.http import Ending, Posted

NOTHING = Posted(headers={})
UNKNOWN = "unknown"
VERDICTS = {
    Ending.ANSWERED: "refused",
    Ending.NO_ANSWER: "no_answer",
    Ending.NO_CONNECTION: "no_connection",
    Ending.REFUSED: "refused_target",
    Ending.BAD_URL: "bad_url",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """`signed` and `posted` are None where it did not come to that."""

    job: Job
    signed: Signed | None
    posted: Posted | None
    at: datetime
    verdict: str
    note: str
    asked: timedelta | None = None

    @property
    def is_delivered(self) -> bool:
        return self.verdict == "delivered"

    @property
    def status(self) -> int | None:
        return self.posted.status if self.posted else None

    @property
    def is_alive(self) -> bool:
        """The host does its work, whether or not it likes this event."""
        return self.status is not None and self.status < 500


def outcome(job: Job, signed: Signed | None, posted: Posted, *, now: datetime) -> Outcome:
    callback = job.callback
    if schedule.is_success(callback.format, posted.status):
        return Outcome(job, signed, posted, now, "delivered", posted.error)
    asked = schedule.asked_wait(posted.status, posted.answer_headers, now=now)
    return Outcome(job, signed, posted, now, VERDICTS[posted.ending], posted.error, asked)


def stopped(job: Job, signed: Signed, *, now: datetime) -> Outcome:
    """The dispatcher had to end before the answer came: it may have arrived."""
    return Outcome(job, signed, None, now, UNKNOWN, "the dispatcher was stopped before an answer came")


def failed(job: Job, *, now: datetime) -> Outcome:
    """We stumbled over it ourselves; the log of the process says how. It may have arrived."""
    return Outcome(job, None, None, now, "fault", "a fault of ours, see the dispatcher's log")


class Move(NamedTuple):
    """What becomes of the row, if the dispatcher still holds it. `at`: when the try ended."""

    row: Claimed
    to: CallbackStatus
    at: datetime
    next_attempt_at: datetime | None = None


def move(outcome: Outcome) -> Move:
    row, at = outcome.job.callback, outcome.at
    if outcome.is_delivered:
        return Move(row, CallbackStatus.DELIVERED, at)
    wait: timedelta | None = None
    if outcome.verdict == UNKNOWN and schedule.has_tries_left(row.format, row.round_attempts + 1):
        wait = timedelta(0)  # nobody refused it, so it is sent again even where nothing is tried twice
    elif row.is_retried and not schedule.ends_the_event(row.format, outcome.status):
        wait = schedule.retry_wait(row.format, row.round_attempts, asked=outcome.asked)
    if wait is None:
        return Move(row, CallbackStatus.EXHAUSTED, at)
    return Move(row, CallbackStatus.PENDING, at, at + wait)


def sign(outcome: Outcome) -> Sign | None:
    """None: nothing was tried that would tell about the host."""
    if outcome.posted is None or outcome.posted.ending in {Ending.REFUSED, Ending.BAD_URL}:
        return None
    callback = outcome.job.callback
    return Sign(
        host=callback.host,
        at=outcome.at,
        is_alive=outcome.is_alive,
        is_delivered=outcome.is_delivered,
        error="" if outcome.is_delivered else (outcome.note or f"HTTP {outcome.status}"),
    )


LOG_COLUMNS = (
    *("direction", "callback_id", "order_id", "merchant_id", "account_id", "credential_id", "is_test"),
    *("attempt_number", "trigger", "url", "host", "request_headers", "request_body", "status"),
    *("response_headers", "response_body", "verdict", "note", "signed_text", "resolved_ip", "tls"),
    *("duration_ms", "next_attempt_at", "created_at"),
)


def log(outcome: Outcome, next_attempt_at: datetime | None) -> tuple[Any, ...]:
    """The row of the log, masked, in the order of LOG_COLUMNS."""
    row, keys = outcome.job.callback, outcome.job.keys
    posted, signed = outcome.posted or NOTHING, outcome.signed
    mask = masking.Masker(keys.secrets, keeps_signatures=True)
    return (
        *(Direction.OUT.value, row.id, row.order_id, row.merchant_id, None),
        keys.credential.pk if keys.credential else None,
        *(row.is_test, row.attempts + 1, row.trigger, mask.text(row.url)[:2048], row.host),
        mask.headers(posted.headers),
        mask.body(signed.body) if signed else "",
        posted.status,
        *(mask.headers(posted.answer_headers), mask.body(posted.answer_body)),
        *(
            outcome.verdict,
            outcome.note[:255],
            mask.text(signed.signed_text)[: masking.LONGEST_BODY] if signed else "",
        ),
        *(posted.address, posted.tls, posted.duration_ms, next_attempt_at, outcome.at),
    )
