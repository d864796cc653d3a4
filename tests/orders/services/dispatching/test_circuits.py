"""Circuits of hosts: when they open, who tries them, and how they close."""

from datetime import datetime, timedelta

import pytest

from orders.models import Callback, CallbackHost, CallbackLog, Circuit, Lane
from orders.services.dispatching import circuits
from orders.services.dispatching.circuits import FIRST_PAUSE, LONGEST_PAUSE, Sign
from orders.services.dispatching.desk import Desk, Plan
from tests.orders import tries
from tests.orders.services.conftest import MakeCallback
from tests.orders.tries import NO_ANSWER, answered

URL = "http://127.0.0.1:65535/cb"
HOST = "127.0.0.1:65535"
SECOND = timedelta(seconds=1)
ROOM = Plan({Lane.FIRST: 100, Lane.AGAIN: 100})


@pytest.fixture
def callback(itrx_callback: MakeCallback) -> Callback:
    return itrx_callback(URL)


def dead(at: datetime) -> Sign:
    return Sign(HOST, at, is_alive=False, is_delivered=False, error="no complete answer: timed out")


def alive(at: datetime, *, delivered: bool = True) -> Sign:
    return Sign(HOST, at, is_alive=True, is_delivered=delivered, error="" if delivered else "HTTP 404")


def host() -> CallbackHost:
    return CallbackHost.objects.get(host=HOST)


def opened(now: datetime) -> CallbackHost:
    circuits.record([dead(now)] * 5)
    return host()


def test_it_opens_after_five_failures_in_a_row(db: None, now: datetime) -> None:
    circuits.record([dead(now)] * 4)
    assert (host().circuit, host().failures, circuits.blocked()) == (Circuit.CLOSED, 4, set())
    circuits.record([dead(now)])
    row = host()
    assert (row.circuit, row.opened_at, row.probe_at) == (Circuit.OPEN, now, now + FIRST_PAUSE)
    assert (row.last_failure_at, row.last_error) == (now, "no complete answer: timed out")
    assert circuits.blocked() == {HOST}


@pytest.mark.parametrize("delivered", [True, False])
def test_any_answer_but_5xx_breaks_the_row(delivered: bool, db: None, now: datetime) -> None:
    circuits.record([dead(now)] * 4 + [alive(now, delivered=delivered)] + [dead(now)] * 4)
    assert (host().circuit, host().failures) == (Circuit.CLOSED, 4)


@pytest.mark.parametrize(
    ("status", "circuit"), [(500, "open"), (503, "open"), (404, "closed"), (429, "closed")]
)
def test_what_answers_say_of_their_host(
    status: int, circuit: str, itrx_callback: MakeCallback, now: datetime
) -> None:
    for _ in range(5):
        tries.tried(itrx_callback(URL), answered(status), now=now)
    assert host().circuit == circuit
    assert (host().last_error, host().last_success_at) == (f"HTTP {status}", None)


def test_events_wait_while_it_is_open_and_use_up_no_attempts(callback: Callback, now: datetime) -> None:
    opened(now)
    assert Desk(lambda: now + FIRST_PAUSE - SECOND).round(ROOM).jobs == []
    callback.refresh_from_db()
    assert (callback.attempts, callback.leased_until, callback.status) == (0, None, "pending")


def test_one_event_tries_an_open_host(itrx_callback: MakeCallback, now: datetime) -> None:
    rows = {itrx_callback(URL).pk for _ in range(3)}
    opened(now)
    at = now + FIRST_PAUSE
    taken = Desk(lambda: at).round(ROOM)
    assert len(taken.jobs) == 1
    assert taken.probes == {job.callback.id for job in taken.jobs} <= rows
    assert host().circuit == Circuit.PROBING
    assert Desk(lambda: at).round(ROOM).jobs == [], "another dispatcher does not try it too"


def test_a_probe_that_succeeds_closes_it(itrx_callback: MakeCallback, now: datetime) -> None:
    rows = [itrx_callback(URL) for _ in range(3)]
    opened(now)
    at = now + FIRST_PAUSE
    [job] = Desk(lambda: at).round(ROOM).jobs
    circuits.record([alive(at)])
    row = host()
    assert (row.circuit, row.failures, row.opened_at, row.probe_at) == (Circuit.CLOSED, 0, None, None)
    assert row.last_success_at == at
    taken = {job.callback.id for job in Desk(lambda: at).round(ROOM).jobs}
    assert taken == {row.pk for row in rows} - {job.callback.id}


def test_a_probe_that_fails_opens_it_for_longer(itrx_callback: MakeCallback, now: datetime) -> None:
    for _ in range(12):
        itrx_callback(URL)
    row = opened(now)
    pauses = []
    for _ in range(10):
        assert row.probe_at is not None
        at = row.probe_at
        assert circuits.take_probes(now=at) == [HOST]
        circuits.record([dead(at)])
        row = host()
        assert (row.circuit, row.opened_at) == (Circuit.OPEN, now)
        assert row.probe_at is not None
        pauses.append(row.probe_at - at)
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (FIRST_PAUSE, LONGEST_PAUSE)


def test_a_probe_whose_dispatcher_dies_is_followed_by_another(callback: Callback, now: datetime) -> None:
    opened(now)
    at = now + FIRST_PAUSE
    assert circuits.take_probes(now=at) == [HOST]
    assert circuits.take_probes(now=at) == []
    until = host().probe_at
    assert until is not None
    assert circuits.take_probes(now=until - SECOND) == []
    assert circuits.take_probes(now=until) == [HOST]


def test_a_probe_for_which_no_event_is_left_is_given_back(callback: Callback, now: datetime) -> None:
    """Another dispatcher takes the event after the probe was won and before it could be claimed."""
    opened(now)
    at = now + FIRST_PAUSE
    looks = 0

    def clock() -> datetime:
        nonlocal looks
        looks += 1
        if looks == 2:
            Callback.objects.update(leased_until=at + SECOND)
        return at

    assert Desk(clock).round(ROOM).jobs == []
    assert (host().circuit, host().probe_at, host().opened_at) == (Circuit.OPEN, at, now)
    Callback.objects.update(leased_until=None)
    assert len(Desk(lambda: at).round(ROOM).probes) == 1
    assert host().circuit == Circuit.PROBING


def test_a_host_for_which_nothing_waits_is_not_tried(callback: Callback, now: datetime) -> None:
    row = tries.tried(callback, NO_ANSWER, now=now)
    opened(now)
    at = now + FIRST_PAUSE
    Callback.objects.filter(pk=row.pk).update(next_attempt_at=at + SECOND, claimable_at=at + SECOND)
    assert circuits.take_probes(now=at) == []
    assert circuits.take_probes(now=at + SECOND) == [HOST], "a retry may try it too"


def test_late_failures_do_not_lengthen_the_pause(db: None, now: datetime) -> None:
    probe_at = opened(now).probe_at
    circuits.record([dead(now + SECOND)])
    assert (host().circuit, host().probe_at) == (Circuit.OPEN, probe_at)


def test_a_healthy_host_is_written_to_now_and_then(db: None, now: datetime) -> None:
    for seconds in range(10):
        circuits.record([alive(now + seconds * SECOND)])
    assert host().last_success_at == now + 5 * SECOND


@pytest.mark.parametrize("later", [timedelta(minutes=2), timedelta(days=30)])
def test_the_only_event_comes_back_when_its_probe_died(
    callback: Callback, now: datetime, later: timedelta
) -> None:
    """Its lease is all that is left of the dispatcher that claimed it."""
    tries.tried(callback, NO_ANSWER, now=now)
    opened(now)
    at = now + timedelta(minutes=1)
    assert [job.callback.id for job in Desk(lambda: at).round(ROOM).jobs] == [callback.pk]
    taken = Desk(lambda: at + later).round(ROOM)
    assert [job.callback.id for job in taken.jobs] == [callback.pk]
    assert CallbackLog.objects.filter(verdict="unknown").count() == 1
