"""What becomes of a row after a try, and what is on record of it."""

from datetime import datetime, timedelta

import pytest

from orders.models import Callback, CallbackLog, GoneUrl, Lane
from orders.services.dispatching import recording
from orders.services.dispatching.outcomes import stopped
from orders.services.dispatching.schedule import CROSSINGPAY_SECONDS, ITRX_SECONDS
from tests.orders import tries
from tests.orders.conftest import credential_of, order_of
from tests.orders.services.conftest import MakeCallback
from tests.orders.tries import NO_ANSWER, SIGNED, answered, claimed, ended, held

URL = "http://127.0.0.1:65535/cb"
HOST = "127.0.0.1:65535"
SECOND = timedelta(seconds=1)


@pytest.fixture
def callback(itrx_callback: MakeCallback) -> Callback:
    return itrx_callback(URL)


@pytest.mark.parametrize(("format_", "steps"), [("itrx", ITRX_SECONDS), ("v2a", CROSSINGPAY_SECONDS)])
def test_the_schedule_is_that_of_the_dialect(
    format_: str,
    steps: tuple[int, ...],
    itrx_callback: MakeCallback,
    v2a_callback: MakeCallback,
    now: datetime,
) -> None:
    row = (itrx_callback if format_ == "itrx" else v2a_callback)(URL)
    at = now
    for number, seconds in enumerate(steps, start=1):
        row = tries.tried(row, answered(500), now=at)
        assert (row.status, row.attempts, row.round_attempts) == ("pending", number, number)
        assert row.next_attempt_at is not None
        assert row.next_attempt_at == row.claimable_at == CallbackLog.objects.latest("id").next_attempt_at
        wait = (row.next_attempt_at - at).total_seconds()
        assert 0.9 * seconds <= wait <= 1.1 * seconds
        at = row.next_attempt_at
        assert claimed(at - SECOND) == []
        assert claimed(at) == [row.pk]
    row = tries.tried(row, answered(500), now=at)
    assert (row.status, row.next_attempt_at, row.attempts) == ("exhausted", None, len(steps) + 1)
    assert claimed(at + timedelta(days=365)) == []
    assert CallbackLog.objects.filter(callback=row).count() == len(steps) + 1
    last = order_of(row).events.last()
    assert last is not None
    assert (last.is_alarm, last.text) == (
        True,
        f"callback to 127.0.0.1:65535 given up after {len(steps) + 1} tries",
    )


def test_a_delivered_row_is_never_due_again(callback: Callback, now: datetime) -> None:
    row = tries.tried(callback, answered(200), now=now)
    assert (row.status, row.delivered_at, row.leased_until, row.next_attempt_at, row.claimable_at) == (
        "delivered",
        now,
        None,
        None,
        None,
    )
    assert row.lane == Lane.AGAIN
    assert claimed(now + timedelta(days=365)) == []
    last = order_of(row).events.last()
    assert last is not None
    assert (last.text, last.is_alarm) == ("callback delivered to 127.0.0.1:65535", False)
    assert credential_of(row).last_used_at == now


def test_many_are_recorded_at_once(itrx_callback: MakeCallback, now: datetime) -> None:
    rows = [itrx_callback(URL) for _ in range(4)]
    jobs = [held(row, now) for row in rows]
    answers = [answered(200), answered(500), NO_ANSWER, answered(404)]
    recording.record([ended(*each, now=now) for each in zip(jobs, answers, strict=True)])
    found = Callback.objects.in_bulk([row.pk for row in rows])
    assert [found[row.pk].status for row in rows] == ["delivered", "pending", "pending", "pending"]
    assert {row.attempts for row in found.values()} == {1}
    verdicts = CallbackLog.objects.order_by("callback_id").values_list("verdict", flat=True)
    assert list(verdicts) == ["delivered", "refused", "no_answer", "refused"]


@pytest.mark.parametrize("first", [200, 500])
def test_a_late_result_is_logged_and_undoes_nothing(first: int, callback: Callback, now: datetime) -> None:
    """Two dispatchers had the row, since the lease of the first ran out while it was sending."""
    slow = held(callback, now)
    row = tries.tried(callback, answered(first), now=now + SECOND)
    assert row.status == ("delivered" if first == 200 else "pending")
    recording.record([ended(slow, answered(700 - first), now=now + 2 * SECOND)])
    callback.refresh_from_db()
    assert (callback.status, callback.attempts) == ("delivered", 2)
    assert CallbackLog.objects.count() == 2
    assert order_of(callback).events.filter(text__startswith="callback delivered").count() == 1


def test_each_try_is_kept(callback: Callback, now: datetime) -> None:
    for seconds in (0, 15):
        tries.tried(callback, answered(500), now=now + timedelta(seconds=seconds))
    logs = CallbackLog.objects.order_by("id")
    assert [(log.attempt_number, log.trigger, log.host) for log in logs] == [
        (1, "automatic", "127.0.0.1:65535"),
        (2, "automatic", "127.0.0.1:65535"),
    ]
    assert {(log.merchant, log.order, log.signed_text) for log in logs} == {
        (callback.merchant, callback.order, "the text, ****")
    }


def test_a_merchant_without_automatic_retry_has_one_try(callback: Callback, now: datetime) -> None:
    Callback.objects.update(is_retried=False)
    row = tries.tried(callback, answered(500), now=now)
    assert (row.status, row.next_attempt_at) == ("exhausted", None)


def test_what_was_cut_short_is_sent_again_even_so(callback: Callback, now: datetime) -> None:
    """Nobody refused it; a dispatcher was told to stop."""
    Callback.objects.update(is_retried=False)
    recording.record([stopped(held(callback, now), SIGNED, now=now)])
    callback.refresh_from_db()
    assert (callback.status, callback.next_attempt_at, callback.attempts) == ("pending", now, 1)
    assert CallbackLog.objects.get().verdict == "unknown"


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_may_ask_for_a_longer_pause(status: int, callback: Callback, now: datetime) -> None:
    row = tries.tried(callback, answered(status, retry_after="3600"), now=now)
    assert row.next_attempt_at == now + timedelta(hours=1)


def test_410_ends_a_native_event_and_flags_its_url(callback: Callback, now: datetime) -> None:
    row = tries.tried(callback, answered(410), now=now)
    assert row.status == "pending", "the seeds' dialects try everything again"
    assert not GoneUrl.objects.exists()
    Callback.objects.update(format="native")
    row = tries.tried(callback, answered(410), now=now)
    assert (row.status, row.next_attempt_at) == ("exhausted", None)
    [gone] = GoneUrl.objects.all()
    assert (gone.url, gone.host.host, gone.callback, gone.flagged_at) == (URL, HOST, callback, now)
    Callback.objects.update(status="pending", next_attempt_at=now, claimable_at=now)
    tries.tried(callback, answered(410), now=now + SECOND)
    assert GoneUrl.objects.get().flagged_at == now, "known already"
