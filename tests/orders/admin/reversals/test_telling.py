"""What the merchant is told of a payment that was taken back, and of one that was attached again."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from orders.models import (
    Callback,
    CallbackFormat,
    Merchant,
    Order,
    Payment,
    Transfer,
)
from orders.services import (
    attaching,
    delivery,
    invariants,
    ledger,
    reversing,
)
from orders.services.closing import finish
from orders.states import OrderStatus
from tests.orders.admin.conftest import text
from tests.orders.admin.reversals.conftest import AMOUNT, delivered, reread, told
from tests.orders.conftest import NOW


@pytest.mark.parametrize("wants", [False, True])
def test_who_asks_for_failures_is_told_of_it(
    attached: Payment, order: Order, user: User, wants: bool
) -> None:
    Merchant.objects.update(tell_failures=wants)
    Callback.objects.update(status="delivered", attempts=1, next_attempt_at=None, claimable_at=None)
    assert reversing.reverse(attached, reason="wrong", user=user, now=NOW)
    assert told(delivery.SUCCEEDED) == [("delivered", 1)]
    assert told(delivery.FAILED) == ([("pending", 1)] if wants else [])


def test_a_success_that_was_taken_back_is_not_resent(
    attached: Payment, order: Order, user: User, administrator: Client
) -> None:
    Callback.objects.update(status="delivered", attempts=1, next_attempt_at=None, claimable_at=None)
    reversing.reverse(attached, reason="wrong", user=user, now=NOW)
    assert not delivery.resend(Callback.objects.get(), user=user, reason="r", now=NOW)
    page = text(administrator.get(f"/admin/orders/order/{order.pk}/change/"))
    assert "The merchant may have been told that it had succeeded" in page
    assert "Resend the callback" not in page
    Callback.objects.update(delivered_at=NOW)
    page = text(administrator.get(f"/admin/orders/order/{order.pk}/change/"))
    assert "that it had succeeded, and not that it failed." in page


def test_attached_again_it_is_told_again_and_charged_no_more(
    attached: Payment, order: Order, user: User
) -> None:
    Callback.objects.update(status="delivered", attempts=1, next_attempt_at=None, claimable_at=None)
    for _ in range(2):
        reversing.reverse(reread(attached), reason="wrong", user=user, now=NOW)
        order.refresh_from_db()
        attaching.attach(reread(attached), order, reason="right after all", user=user, now=NOW)
    assert [occurrence for _, occurrence in told(delivery.SUCCEEDED)] == [1, 2, 3]
    assert Transfer.objects.filter(code="fee_refund").count() == 1
    assert ledger.deposits_micro(order.merchant) == AMOUNT - 10_000
    Callback.objects.filter(status="delivered").update(delivered_at=NOW, attempts=0)
    problems = invariants.broken(now=NOW)
    assert [each for each in problems if "no try says so" not in each] == []


def test_who_asks_for_failures_is_told_of_one_that_was_never_told_as_a_success(
    attached: Payment, user: User
) -> None:
    Merchant.objects.update(tell_failures=True)
    reversing.reverse(attached, reason="wrong", user=user, now=NOW)
    assert (told(delivery.SUCCEEDED), told(delivery.FAILED)) == ([("cancelled", 1)], [("pending", 1)])


def test_who_was_told_of_its_failure_before_is_not_told_twice(
    short: Payment, order: Order, user: User
) -> None:
    """It had failed before the payment was attached, and the success was never sent."""
    Merchant.objects.update(tell_failures=True)
    order.refresh_from_db()
    finish(order, OrderStatus.FAILED, "too late", now=NOW)
    delivered()
    attaching.attach(short, order, reason="late", user=user, now=NOW)
    reversing.reverse(reread(short), reason="wrong", user=user, now=NOW)
    assert told(delivery.FAILED) == [("delivered", 1)]


def test_attached_again_no_failure_is_told_any_more(attached: Payment, order: Order, user: User) -> None:
    Merchant.objects.update(tell_failures=True)
    delivered()
    reversing.reverse(attached, reason="wrong", user=user, now=NOW)
    order.refresh_from_db()
    Callback.objects.filter(event=delivery.FAILED).update(leased_until=NOW)
    with pytest.raises(attaching.NotAttachable, match="this very moment"):
        attaching.attach(reread(attached), order, reason="right", user=user, now=NOW)
    Callback.objects.update(leased_until=None)
    attaching.attach(reread(attached), order, reason="right", user=user, now=NOW)
    assert told(delivery.FAILED) == [("cancelled", 1)]


def test_only_the_last_word_is_resent(attached: Payment, order: Order, user: User) -> None:
    Merchant.objects.update(tell_failures=True)
    delivered()
    reversing.reverse(attached, reason="wrong", user=user, now=NOW)
    delivered()
    order.refresh_from_db()
    attaching.attach(reread(attached), order, reason="right", user=user, now=NOW)
    delivered()
    resent = [delivery.resend(row, user=user, reason="r", now=NOW) for row in Callback.objects.order_by("pk")]
    assert resent == [False, False, True]


def test_what_is_free_the_second_time_is_told_to_be(
    attached: Payment, order: Order, user: User, administrator: Client
) -> None:
    Order.objects.update(callback_format=CallbackFormat.NATIVE)
    page = f"/admin/orders/order/{order.pk}/change/"
    assert "0.50 TRX were charged" in text(administrator.get(page))
    reversing.reverse(attached, reason="wrong", user=user, now=NOW)
    order.refresh_from_db()
    attaching.attach(reread(attached), order, reason="right", user=user, now=NOW)
    assert "0.00 TRX were charged" in text(administrator.get(page))
    assert Callback.objects.latest("pk").payload["data"]["charged_sun"] == 0
