"""Resend jobs: what they take, the pace they keep, and what stops them. The clock is moved by hand."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError
from django_q.models import OrmQ

from orders.models import AuditEntry, Callback, ItemState, ResendItem, ResendJob
from orders.services import delivery, resending, timeline
from orders.services.resending import LEASE, TURN, NotResendable
from orders.states import CallbackStatus, ResendStatus
from tests.orders.conftest import NOW
from tests.orders.services.conftest import MakeCallback

URL = "http://one.test/cb"


@pytest.fixture
def person(db: None) -> User:
    return User.objects.create_user("sample", is_staff=True)


@pytest.fixture
def given_up(itrx_callback: MakeCallback) -> Any:
    """So many callbacks to a host that were given up."""

    def make(count: int, url: str = URL) -> list[Callback]:
        rows = [itrx_callback(url) for _ in range(count)]
        for row in rows:
            timeline.move_callback(row, CallbackStatus.EXHAUSTED)
        return rows

    return make


def start(person: User, **given: Any) -> ResendJob:
    fields: dict[str, Any] = {
        "reason": "their server was down",
        "filters": {"host": "one.test"},
        "pace": 2,
        "stop_after": None,
    }
    return resending.start(Callback.objects.all(), user=person, now=NOW, **fields | given)


def turn(job: ResendJob, at: datetime) -> ResendJob:
    resending.advance(job.pk, clock=lambda: at)
    return ResendJob.objects.get(pk=job.pk)


def answered(*callbacks: Callback, delivered: bool) -> None:
    """As the dispatcher leaves a row after a try."""
    for callback in callbacks:
        row = Callback.objects.get(pk=callback.pk)
        tries = {"attempts": row.attempts + 1, "round_attempts": row.round_attempts + 1}
        if delivered:
            timeline.move_callback(row, CallbackStatus.DELIVERED, delivered_at=NOW, **tries)
        else:
            later = NOW + timedelta(hours=1)
            timeline.move_callback(row, CallbackStatus.PENDING, next_attempt_at=later, **tries)


def states_of(job: ResendJob) -> list[str]:
    return list(job.items.values_list("state", flat=True))


def test_a_job_takes_what_can_be_resent_and_is_on_record(
    person: User, given_up: Any, itrx_callback: MakeCallback
) -> None:
    [old] = given_up(1)
    itrx_callback(URL)  # on its way
    cancelled = itrx_callback(URL)
    timeline.move_callback(cancelled, CallbackStatus.CANCELLED)
    Callback.objects.create(
        is_test=True,
        order=None,
        status="exhausted",
        created_at=NOW,
        url=URL,
        merchant=old.merchant,
        format="itrx",
        credential=old.credential,
        payload={},
    )
    job = start(person)
    assert [item.callback for item in job.items.all()] == [old]
    assert (job.total, job.status, job.due_at) == (1, ResendStatus.RUNNING, NOW)
    entry = AuditEntry.objects.get(act="resend_job.start")
    assert entry.user == person
    assert entry.after["count"] == 1
    assert entry.after["filters"] == {"host": "one.test"}
    assert OrmQ.objects.count() >= 1


def test_nothing_to_resend_and_too_much_leave_nothing_behind(
    person: User, given_up: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotResendable, match="none of them"):
        start(person)
    given_up(3)
    monkeypatch.setattr(resending, "MOST_ITEMS", 2)
    with pytest.raises(NotResendable, match="more than 2"):
        start(person)
    assert (ResendJob.objects.count(), ResendItem.objects.count()) == (0, 0)
    assert not AuditEntry.objects.filter(act="resend_job.start").exists()


def test_a_host_gets_its_pace_a_turn_and_no_turn_comes_early(person: User, given_up: Any) -> None:
    given_up(5)
    given_up(1, "http://two.test/cb")
    job = start(person, pace=2)
    turn(job, NOW)
    assert states_of(job).count(ItemState.SENT) == 3, "two of the one, one of the other"
    turn(job, NOW + TURN / 2)
    assert states_of(job).count(ItemState.SENT) == 3
    turn(job, NOW + TURN)
    assert states_of(job).count(ItemState.SENT) == 5
    resent = Callback.objects.filter(status=CallbackStatus.PENDING, trigger="resend", round_attempts=0)
    assert resent.count() == 5
    texts = AuditEntry.objects.filter(act="callback.resend").values_list("after__reason", flat=True)
    assert list(texts) == [f"their server was down (resend job #{job.pk})"] * 5


def test_a_host_that_does_not_answer_keeps_only_its_own_share_waiting(person: User, given_up: Any) -> None:
    given_up(9)
    job = start(person, pace=1)
    for second in range(8):
        turn(job, NOW + second * TURN)
    assert states_of(job).count(ItemState.SENT) == resending.UNANSWERED_SECONDS


def test_it_ends_when_all_have_an_answer(person: User, given_up: Any) -> None:
    good, bad = given_up(2)
    job = start(person, pace=5)
    turn(job, NOW)
    answered(good, delivered=True)
    answered(bad, delivered=False)
    job = turn(job, NOW + TURN)
    assert states_of(job) == [ItemState.DELIVERED, ItemState.FAILED]
    assert (job.status, job.due_at, job.finished_at) == (ResendStatus.DONE, None, NOW + TURN)
    assert resending.counts(job) == {"one.test": {"delivered": 1, "failed": 1}}


def test_a_later_success_counts_while_the_job_runs(person: User, given_up: Any) -> None:
    first, _ = given_up(2)
    job = start(person, pace=1)
    turn(job, NOW)
    answered(first, delivered=False)
    turn(job, NOW + TURN)
    assert states_of(job)[0] == ItemState.FAILED
    answered(first, delivered=True)
    turn(job, NOW + 2 * TURN)
    assert states_of(job)[0] == ItemState.DELIVERED


def test_failures_pause_it_and_are_forgiven_when_it_is_resumed(person: User, given_up: Any) -> None:
    rows = given_up(6)
    job = start(person, pace=2, stop_after=2)
    turn(job, NOW)
    answered(*rows[:2], delivered=False)
    job = turn(job, NOW + TURN)
    assert (job.status, states_of(job).count(ItemState.SENT)) == (ResendStatus.PAUSED, 0)
    assert job.note == "paused by itself: 2 first tries have failed"
    assert job.due_at is None, "nothing is left to wait for"
    assert resending.resume(job, user=person, now=NOW + 2 * TURN)
    job = turn(job, NOW + 2 * TURN)
    assert (job.status, job.note) == (ResendStatus.RUNNING, "")
    assert states_of(job).count(ItemState.SENT) == 2


def test_a_paused_job_still_counts_answers(person: User, given_up: Any) -> None:
    [first, *_] = given_up(2)
    job = start(person, pace=1)
    job = turn(job, NOW)
    assert resending.pause(job, user=person, now=NOW)
    answered(first, delivered=True)
    job = turn(job, NOW + TURN)
    assert states_of(job) == [ItemState.DELIVERED, ItemState.WAITING]
    assert (job.status, job.due_at) == (ResendStatus.PAUSED, None)


def test_a_cancelled_job_sends_nothing_more(person: User, given_up: Any) -> None:
    first, _ = given_up(2)
    job = turn(start(person, pace=1), NOW)
    assert resending.cancel(job, user=person, now=NOW)
    answered(first, delivered=True)
    job = turn(job, NOW + TURN)
    assert states_of(job) == [ItemState.DELIVERED, ItemState.WAITING]
    assert job.due_at is None
    assert not resending.resume(job, user=person, now=NOW)
    assert not resending.cancel(job, user=person, now=NOW)
    acts = AuditEntry.objects.filter(act__startswith="resend_job.").order_by("pk")
    assert list(acts.values_list("act", flat=True)) == ["resend_job.start", "resend_job.cancel"]


def test_what_somebody_else_has_resent_is_skipped(person: User, given_up: Any) -> None:
    [row] = given_up(1)
    job = start(person)
    assert delivery.resend(row, user=person, reason="", now=NOW)
    job = turn(job, NOW)
    assert (states_of(job), job.status) == ([ItemState.SKIPPED], ResendStatus.DONE)


def test_a_pause_in_the_middle_of_a_turn_stops_it(person: User, given_up: Any) -> None:
    given_up(3)
    job = start(person, pace=3)
    looks = 0

    def clock() -> datetime:
        nonlocal looks
        looks += 1
        if looks == 4:  # the second item's
            resending.pause(ResendJob.objects.get(pk=job.pk), user=person, now=NOW)
        return NOW

    resending.advance(job.pk, clock=clock)
    assert states_of(job) == [ItemState.SENT, ItemState.WAITING, ItemState.WAITING]
    assert ResendJob.objects.get(pk=job.pk).status == ResendStatus.PAUSED


def test_a_turn_that_was_killed_comes_back_and_repeats_nothing(
    person: User, given_up: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_up(4)
    job = start(person, pace=4)
    whole, calls = delivery.resend, 0

    def dying(*args: Any, **kwargs: Any) -> bool:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return whole(*args, **kwargs)

    monkeypatch.setattr(delivery, "resend", dying)
    with pytest.raises(KeyboardInterrupt):
        turn(job, NOW)
    assert states_of(job).count(ItemState.SENT) == 2
    assert resending.enqueue_due(now=NOW + LEASE - TURN) == 0
    assert resending.enqueue_due(now=NOW + LEASE) == 1
    turn(job, NOW + LEASE)
    assert states_of(job).count(ItemState.SENT) == 4
    assert AuditEntry.objects.filter(act="callback.resend").count() == 4


def test_due_jobs_are_claimed_once(person: User, given_up: Any) -> None:
    given_up(1)
    job = start(person)
    assert resending.enqueue_due(now=NOW - timedelta(seconds=1)) == 0
    assert resending.enqueue_due(now=NOW) == 1
    assert resending.enqueue_due(now=NOW) == 0
    assert OrmQ.objects.filter(payload__isnull=False).count() >= 1
    turn(job, NOW)
    assert states_of(job) == [ItemState.SENT]


def test_a_callback_is_in_a_job_once(person: User, given_up: Any) -> None:
    [row] = given_up(1)
    job = start(person)
    with pytest.raises(IntegrityError):
        ResendItem.objects.create(job=job, callback=row, host=row.host)
