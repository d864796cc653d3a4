"""Two at once, on PostgreSQL: who comes second waits, and sees what the first has done. SQLite has one writer."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from orders.models import Approval, Callback, Order, OrderEvent, Payment, Sweep, Transfer
from orders.services import approvals, delivery, invariants, reversing, sweep_books, sweep_buying
from orders.states import OrderStatus
from tests.orders.admin.reversals.conftest import delivered, told
from tests.orders.conftest import NOW
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="one writer at a time"),
]
SECONDS = 60
Start = Callable[[Callable[[], object]], "Future[object]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """In a thread with a connection of its own; returns once that waits for a lock of ours."""
    with ThreadPoolExecutor(1) as pool:

        def run(act: Callable[[], object]) -> object:
            try:
                return act()
            finally:
                connection.close()

        def begin(act: Callable[[], object]) -> "Future[object]":
            future = pool.submit(run, act)
            wait_until(lambda: future.done() or _somebody_waits(), seconds=SECONDS)
            return future

        yield begin


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        (waits,) = cursor.fetchone()
        return bool(waits)


def test_a_success_is_not_resent_while_it_is_taken_back(
    attached: Payment, order: Order, user: User, start: Start
) -> None:
    delivered()
    callback = Callback.objects.get()
    with transaction.atomic():
        reversing.reverse(attached, reason="wrong", user=user, now=NOW)
        resent = start(lambda: delivery.resend(callback, user=user, reason="r", now=NOW))
    assert resent.result(SECONDS) is False
    order.refresh_from_db()
    assert (order.status, told(delivery.SUCCEEDED)) == (OrderStatus.FAILED, [("delivered", 1)])


def test_who_is_told_meanwhile_needs_the_second_person(
    attached: Payment, order: Order, user: User, start: Start
) -> None:
    with transaction.atomic():
        Order.objects.select_for_update().get(pk=order.pk)
        asked = start(lambda: approvals.reverse(attached, reason="wrong", user=user, now=NOW))
        delivered()
    assert asked.result(SECONDS) == Approval.objects.get()
    order.refresh_from_db()
    assert order.status == OrderStatus.SUCCEEDED


@pytest.mark.parametrize("how", ["payments", "fee"])
def test_a_sweep_that_moves_meanwhile_is_waited_for(
    attached: Payment, user: User, start: Start, how: str
) -> None:
    Sweep.objects.update(payer="merchant")
    with transaction.atomic():
        sweep = Sweep.objects.select_for_update().get()
        taken = start(lambda: reversing.reverse(attached, reason="wrong", user=user, now=NOW))
        if how == "payments":
            sweep_buying.link_payments(sweep)
        else:
            sweep_books.book_fee(sweep, 100, now=NOW)
    assert taken.result(SECONDS) is False


def test_a_dispatcher_that_records_is_waited_for(
    attached: Payment, order: Order, user: User, start: Start
) -> None:
    with transaction.atomic():
        Callback.objects.update(attempts=1)
        taken = start(lambda: reversing.reverse(attached, reason="wrong", user=user, now=NOW))
        OrderEvent.objects.create(order=order, code="callback", text="told", created_at=NOW)
    assert taken.result(SECONDS) is True


def test_two_take_it_back_once(attached: Payment, user: User) -> None:
    gate = threading.Barrier(2)

    def take_back() -> bool:
        gate.wait(SECONDS)
        try:
            reversing.reverse(attached, reason="wrong", user=user, now=NOW)
        except reversing.NotReversible:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        done = [each.result(SECONDS) for each in [pool.submit(take_back) for _ in range(2)]]
    assert sorted(done) == [False, True]
    assert Transfer.objects.filter(code="detach").count() == 1
    assert invariants.broken(now=NOW) == []
