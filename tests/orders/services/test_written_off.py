"""What an upstream without callbacks tells of an attempt that was given up, hours later."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django_q.models import OrmQ

from orders import tasks
from orders.models import Attempt, Order
from orders.services import fulfilment, invariants, ledger, outcomes, resolving, sealing, written_off
from orders.states import AttemptStatus, OrderStatus
from providers.base import Kind, Progress, State
from providers.models import ProviderAccount
from tests.orders.conftest import ADDRESS, NOW, TXID, MakeAccount, Place, Send
from tests.upstream import Upstream, serve

HOUR = timedelta(hours=1)
GiveUp = Callable[..., Attempt]


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with serve() as server:
        yield server


@pytest.fixture
def account(make_account: MakeAccount, upstream: Upstream) -> ProviderAccount:
    account = make_account("tronzap")
    account.base_url = upstream.url
    account.save(update_fields=["base_url"])
    return account


@pytest.fixture
def give_up(place: Place, send: Send, account: ProviderAccount, admin_user: User) -> GiveUp:
    """A purchase at TronZap whose answer was lost, decided by a person as not executed."""

    def give_up(kind: Kind = Kind.ENERGY) -> Attempt:
        order = place(kind=kind)
        attempt = send(order, account if kind == Kind.ENERGY else None)
        fulfilment._unknown(attempt, "no answer", now=NOW)
        if kind == Kind.ENERGY:
            resolving.resolve(order, executed=False, txid="", reason="asked", user=admin_user, now=NOW)
        else:
            Attempt.objects.update(status=AttemptStatus.WRITTEN_OFF, finished_at=NOW)
        return attempt

    return give_up


def told(status: str) -> bytes:
    result = {"id": "tz-1", "params": {"address": ADDRESS}, "status": status, "amount": 3.4, "hash": TXID}
    return json.dumps({"code": 0, "result": result}).encode()


NOT_FOUND = json.dumps({"code": 20, "key": "k", "request_id": "r", "error": "no"}).encode()


def look(attempt: Attempt, at: datetime) -> bool:
    return written_off.look_again(attempt.pk, clock=lambda: at)


def loss_sun() -> int:
    return -ledger.balance_of(ledger.house("loss"))  # type: ignore[arg-type]


def test_it_is_asked_about_each_hour_for_three_days(give_up: GiveUp) -> None:
    give_up()
    OrmQ.objects.all().delete()
    minutes = range(0, 4 * 24 * 60, 20)
    looks = [each for each in minutes if written_off.enqueue_looks(now=NOW + timedelta(minutes=each))]
    assert looks == list(range(60, 3 * 24 * 60, 60))
    assert OrmQ.objects.count() == len(looks)


def test_one_that_executed_after_all_is_a_loss_and_an_alarm(give_up: GiveUp, upstream: Upstream) -> None:
    attempt = give_up()
    upstream.answer(NOT_FOUND)
    upstream.answer(b"<html>", 500)
    upstream.answer(told("pending"))
    upstream.answer(told("success"))
    assert [look(attempt, NOW + hours * HOUR) for hours in range(1, 6)] == [False, False, False, True, False]
    assert {each.path for each in upstream.received} == {"/v1/transaction/check"}
    order = Order.objects.get()
    assert order.status == OrderStatus.FAILED
    assert Attempt.objects.get().status == AttemptStatus.LOST
    assert loss_sun() == 3_400_000
    assert order.events.filter(code="loss", is_alarm=True).count() == 1
    assert written_off.enqueue_looks(now=NOW + 9 * HOUR) == 0
    sealing.seal(now=NOW + 9 * HOUR)
    assert invariants.broken(now=NOW + 9 * HOUR) == []


def test_what_never_arrived_is_asked_about_too(
    place: Place, send: Send, account: ProviderAccount, upstream: Upstream
) -> None:
    attempt = send(place(), account)
    fulfilment._unknown(attempt, "no answer", now=NOW)
    for seconds in (300, 302):
        fulfilment._not_found(attempt, now=NOW + timedelta(seconds=seconds))
    assert written_off.enqueue_looks(now=NOW + 2 * HOUR) == 1
    upstream.answer(told("success"))
    tasks.look_again(attempt.pk)
    assert loss_sun() == 3_400_000
    assert Order.objects.get().status == OrderStatus.NEW, "the next account still tries"


def test_a_late_callback_and_a_look_book_one_loss(give_up: GiveUp, upstream: Upstream) -> None:
    attempt = give_up()
    upstream.answer(told("success"))
    assert look(attempt, NOW + HOUR)
    callback = Progress(state=State.SUCCEEDED, cost_sun=3_400_000, txid=TXID)
    assert not outcomes.apply(attempt.pk, callback, now=NOW + HOUR)
    assert loss_sun() == 3_400_000


def test_watching_cost_nothing_and_is_not_asked_about(give_up: GiveUp) -> None:
    give_up(Kind.MONITOR)
    assert written_off.enqueue_looks(now=NOW + 2 * HOUR) == 0


def test_the_sweep_of_each_minute_hands_it_out(give_up: GiveUp) -> None:
    attempt = give_up()
    Attempt.objects.update(finished_at=datetime.now(NOW.tzinfo) - 2 * HOUR)
    OrmQ.objects.all().delete()
    tasks.sweep()
    assert [each.task["func"] for each in OrmQ.objects.all()] == ["orders.tasks.look_again"]
    attempt.refresh_from_db()
    assert attempt.looked_at is not None
