"""Which rows a dispatcher takes. The clock is moved by hand."""

import threading
from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.db import connection

from orders.models import Callback, CallbackLog, Lane
from orders.services.dispatching import claiming, recording
from orders.services.dispatching.claiming import PARKED, lease_seconds
from tests.orders import tries
from tests.orders.conftest import order_of
from tests.orders.services.conftest import MakeCallback
from tests.orders.tries import answered, claimed

URL = "http://127.0.0.1:65535/cb"
HOST = "127.0.0.1:65535"
SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=lease_seconds())


@pytest.fixture
def callback(itrx_callback: MakeCallback) -> Callback:
    return itrx_callback(URL)


def test_a_row_is_due_at_once_and_names_its_host(callback: Callback, now: datetime) -> None:
    assert (callback.host, callback.event, callback.status) == (HOST, "order.succeeded", "pending")
    assert claimed(now - SECOND) == []
    assert claimed(now) == [callback.pk]


def test_a_claimed_row_is_nobody_elses_until_the_lease_ends(callback: Callback, now: datetime) -> None:
    assert claimed(now) == [callback.pk]
    assert claimed(now) == []
    assert claimed(now + LEASE - SECOND) == []
    assert not CallbackLog.objects.exists()
    assert claimed(now + LEASE) == [callback.pk], "its dispatcher died"


def test_a_lease_outlasts_a_try(callback: Callback, settings: object) -> None:
    for seconds in (1, 10, 60):
        settings.CALLBACK_TIMEOUT_SECONDS = seconds  # type: ignore[attr-defined]
        assert lease_seconds() > 2 * seconds


def test_what_a_dead_dispatcher_was_sending_is_on_record_as_unknown(
    callback: Callback, now: datetime
) -> None:
    claimed(now)
    [row] = claiming.claim(Lane.FIRST, now=now + LEASE, size=10)
    assert (row.attempts, row.round_attempts) == (1, 1)
    log = CallbackLog.objects.get()
    assert (log.verdict, log.attempt_number, log.callback, log.order) == (
        "unknown",
        1,
        callback,
        order_of(callback),
    )
    assert (log.direction, log.status, log.merchant, log.host) == ("out", None, callback.merchant, HOST)
    callback.refresh_from_db()
    assert (callback.status, callback.attempts, callback.leased_until) == ("pending", 1, now + 2 * LEASE)


def test_a_row_that_kills_every_dispatcher_is_given_up_in_the_end(callback: Callback, now: datetime) -> None:
    deaths = 0
    while claimed(now + deaths * LEASE):
        deaths += 1
        assert deaths < 50
    callback.refresh_from_db()
    assert (callback.status, callback.attempts, deaths) == ("exhausted", 8, 8)
    assert CallbackLog.objects.filter(verdict="unknown").count() == 8
    last = order_of(callback).events.last()
    assert last is not None
    assert (last.is_alarm, last.code) == (True, "callback")


def test_a_batch_is_bounded_and_the_longest_due_come_first(
    itrx_callback: MakeCallback, now: datetime
) -> None:
    rows = [itrx_callback(URL) for _ in range(3)]
    for row, minutes in zip(rows, (2, 3, 1), strict=True):
        Callback.objects.filter(pk=row.pk).update(claimable_at=now - timedelta(minutes=minutes))
    first = claiming.claim(Lane.FIRST, now=now, size=2)
    assert {row.id for row in first} == {rows[1].pk, rows[0].pk}
    assert claimed(now) == [rows[2].pk]


def test_lanes_are_apart(itrx_callback: MakeCallback, now: datetime) -> None:
    new, old = itrx_callback(URL), itrx_callback(URL)
    tries.tried(old, answered(500), now=now)
    later = now + timedelta(minutes=1)
    assert [row.id for row in claiming.claim(Lane.AGAIN, now=later, size=9)] == [old.pk]
    assert [row.id for row in claiming.claim(Lane.FIRST, now=later, size=9)] == [new.pk]


def test_rows_of_hosts_that_take_none_are_passed_over(itrx_callback: MakeCallback, now: datetime) -> None:
    itrx_callback(URL)
    other = itrx_callback("http://127.0.0.2:65535/cb")
    assert [row.id for row in claiming.claim(Lane.FIRST, now=now, size=9, without={HOST})] == [other.pk]


def test_a_host_has_its_own_rows_even_parked_ones(
    itrx_callback: MakeCallback, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "PILE", 1)
    rows = [itrx_callback(URL) for _ in range(3)]
    other = itrx_callback("http://127.0.0.2:65535/cb")
    assert claiming.park({HOST}, now=now) == 3
    assert claimed(now) == [other.pk]
    assert claimed(now + LEASE - SECOND) == []
    found = claiming.claim_of_hosts({HOST: 2, "nobody": 5}, Lane.FIRST, now=now)
    assert len(found) == 2
    assert claiming.claim_of_hosts({HOST: 2}, Lane.AGAIN, now=now) == []
    left = {row.pk for row in rows} - {row.id for row in found}
    assert claimed(now + PARKED) >= list(left), "its time away is over"


def test_few_rows_stay_where_they_are(callback: Callback, now: datetime) -> None:
    assert claiming.park({HOST}, now=now) == 0
    assert claimed(now) == [callback.pk]


def test_a_retry_that_is_not_due_is_not_found_by_its_host(callback: Callback, now: datetime) -> None:
    row = tries.tried(callback, answered(500), now=now)
    assert row.next_attempt_at is not None
    assert claiming.claim_of_hosts({HOST: 9}, Lane.AGAIN, now=row.next_attempt_at - SECOND) == []
    assert len(claiming.claim_of_hosts({HOST: 9}, Lane.AGAIN, now=row.next_attempt_at)) == 1


def test_what_is_put_back_was_never_tried(callback: Callback, now: datetime) -> None:
    rows = claiming.claim(Lane.FIRST, now=now, size=9)
    claiming.put_back(rows)
    assert claimed(now) == [callback.pk]
    assert not CallbackLog.objects.exists()


def test_a_row_in_other_hands_is_not_put_back(callback: Callback, now: datetime) -> None:
    slow = claiming.claim(Lane.FIRST, now=now, size=9)
    assert claimed(now + LEASE) == [callback.pk]
    claiming.put_back(slow)
    assert claimed(now + LEASE) == []


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_claimers_never_get_the_same_row(itrx_callback: MakeCallback, now: datetime) -> None:
    rows = {itrx_callback(URL).pk for _ in range(30)}
    taken: list[int] = []
    together = threading.Barrier(4, timeout=60)

    def claim_all() -> None:
        try:
            together.wait()
            while batch := claiming.claim(Lane.FIRST, now=now, size=3):
                taken.extend(row.id for row in batch)
        finally:
            connection.close()

    threads = [threading.Thread(target=claim_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    # A claimer that met only rows in others' hands may go home early; what is left is still due.
    taken += claimed(now)
    assert Counter(taken) == Counter(rows)


def test_a_stopped_dispatchers_row_is_recorded_by_whoever_holds_it(callback: Callback, now: datetime) -> None:
    """The first one was thought dead and comes back with its answer."""
    slow = tries.held(callback, now)
    again = tries.held(callback, now + LEASE)
    recording.record([tries.ended(slow, answered(500), now=now + LEASE)])
    callback.refresh_from_db()
    assert (callback.status, callback.leased_until) == ("pending", now + LEASE), "the other still has it"
    recording.record([tries.ended(again, answered(200), now=now + LEASE)])
    callback.refresh_from_db()
    assert (callback.status, callback.attempts) == ("delivered", CallbackLog.objects.count())
