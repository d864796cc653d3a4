"""A round of claims that fails half-way: nothing of it passes for a try."""

from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, connection

from orders.models import Callback, CallbackLog, Lane
from orders.services.dispatching.claiming import lease_seconds
from orders.services.dispatching.desk import Desk, Plan
from tests.orders.services.conftest import MakeCallback

URL = "http://127.0.0.1:65535/cb"
ROOM = Plan(dict.fromkeys(Lane, 10))


@pytest.mark.parametrize("calls", [1, 2])
def test_what_was_claimed_is_given_back(itrx_callback: MakeCallback, now: datetime, calls: int) -> None:
    callback = itrx_callback(URL)
    left = [calls]

    def clock() -> datetime:
        left[0] -= 1
        if left[0] == -1:
            raise OSError("the machine stumbles, between two claims or behind them")
        return now

    desk = Desk(clock)
    with pytest.raises(OSError, match="stumbles"):
        desk.round(ROOM)
    assert Callback.objects.get().leased_until == now + timedelta(seconds=lease_seconds())
    [job] = desk.round(ROOM).jobs
    assert (job.callback.id, job.callback.attempts) == (callback.pk, 0)
    assert not CallbackLog.objects.exists()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("arrived", [False, True])
def test_a_claim_whose_commit_fails_is_no_try(
    itrx_callback: MakeCallback, now: datetime, monkeypatch: pytest.MonkeyPatch, arrived: bool
) -> None:
    """Whether it arrived at the database nobody knows. Nothing was sent, and the lease is given up."""
    callback = itrx_callback(URL)
    commit = connection.commit

    def fail() -> None:
        if arrived:
            commit()
        raise OperationalError("the connection is lost")

    desk = Desk(lambda: now)
    with monkeypatch.context() as patch:
        patch.setattr(connection, "commit", fail)
        with pytest.raises(OperationalError, match="lost"):
            desk.round(ROOM)
    assert (Callback.objects.get().leased_until is not None) is arrived
    [job] = desk.round(ROOM).jobs
    assert (job.callback.id, job.callback.attempts) == (callback.pk, 0)
    assert not CallbackLog.objects.exists()


def test_what_has_no_room_is_given_back(itrx_callback: MakeCallback, now: datetime) -> None:
    itrx_callback(URL)
    desk = Desk(lambda: now)
    desk.give_back([job.callback for job in desk.round(ROOM).jobs])
    assert Callback.objects.get().leased_until is None
