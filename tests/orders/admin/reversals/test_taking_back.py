"""A payment that a person attached by mistake is taken back: before and after its merchant was told."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from orders.models import (
    Approval,
    ApprovalStatus,
    AuditEntry,
    Callback,
    Order,
    OrderEvent,
    Payment,
    PaymentStatus,
    Transfer,
)
from orders.services import (
    day_end,
    delivery,
    invariants,
    ledger,
    margins,
    reversing,
)
from orders.services.spans import Span
from orders.states import OrderStatus
from tests.chain import paid
from tests.orders.admin.conftest import send_form, text
from tests.orders.admin.reversals.conftest import AMOUNT, PRICE, reread, told, url
from tests.orders.conftest import ADDRESS, NOW
from tests.reader import Reader

DAY = Span(since=NOW - timedelta(hours=12), until=NOW + timedelta(hours=12))


def test_it_is_taken_back_before_anybody_was_told(attached: Payment, order: Order, finance: Client) -> None:
    before = ledger.available_sun(order.merchant)
    assert url(attached) in text(finance.get(url(attached, "change")))
    page = text(finance.get(url(attached)))
    assert "No callback has told the merchant of the payment yet, and none will." in page
    send_form(finance, url(attached), reason="it was meant for another")
    order.refresh_from_db()
    payment = reread(attached)
    assert (order.status, payment.status, payment.order) == (
        OrderStatus.FAILED,
        PaymentStatus.UNMATCHED,
        None,
    )
    assert order.reason.endswith("it was meant for another")
    assert told(delivery.SUCCEEDED) == [("cancelled", 1)]
    assert told(delivery.FAILED) == []
    assert not OrderEvent.objects.filter(order=order, is_alarm=True).exists()
    assert ledger.available_sun(order.merchant) == before + order.price_sun
    assert ledger.deposits_micro(order.merchant) == 0
    assert AuditEntry.objects.get(act="payment.reverse").after["merchant_may_know"] is False
    assert invariants.broken(now=NOW) == []
    shown = text(finance.get(f"/admin/orders/order/{order.pk}/change/"))
    assert (
        "a person took its payment back: it was meant for another. The 0.50 TRX that it cost are paid"
        in shown
    )
    assert "The merchant was told neither that it had succeeded nor that it failed." in shown


def test_what_it_earned_is_taken_out_of_the_day(attached: Payment, user: User) -> None:
    def earned() -> tuple[int, int, int]:
        found = day_end.day_end(DAY)
        (row,), (margin,) = found.merchants, margins.margins(DAY, by=())
        assert dict(found.sums())["TRX"]["earned"] == row.earned_sun == margin.earned_sun
        return row.earned_sun, row.deposits_micro, row.deposited_micro

    assert earned() == (PRICE, AMOUNT - 10_000, AMOUNT - 10_000)
    reversing.reverse(attached, reason="wrong", user=user, now=NOW)
    assert earned() == (0, 0, 0)


def test_what_the_merchant_may_know_takes_two_persons(
    attached: Payment, order: Order, finance: Client, administrator: Client
) -> None:
    Callback.objects.update(attempts=1)
    assert "may have been told that the order is paid" in text(finance.get(url(attached)))
    send_form(finance, url(attached), reason="it was meant for another")
    order.refresh_from_db()
    assert order.status == OrderStatus.SUCCEEDED
    approval = Approval.objects.get(kind="reverse", order=order)
    page = text(finance.get(url(attached, "change")))
    assert "asked to take it back" in page
    assert url(attached) not in page
    assert "waits for another person" in text(send_form(finance, url(attached), reason="again"))
    assert "19.99" in text(administrator.get(f"/admin/orders/approval/{approval.pk}/change/"))
    send_form(administrator, f"/admin/orders/approval/{approval.pk}/grant/", note="seen")
    order.refresh_from_db()
    assert order.status == OrderStatus.FAILED
    assert told(delivery.SUCCEEDED) == [("cancelled", 1)]
    assert OrderEvent.objects.get(order=order, new_status="failed").is_alarm
    assert "(asked for by finance)" in reread(attached).reason


def test_above_the_limit_too(attached: Payment, order: Order, finance: Client, settings: Settings) -> None:
    settings.APPROVAL_LIMIT_MICRO_USDT = AMOUNT - 10_001
    send_form(finance, url(attached), reason="it was meant for another")
    order.refresh_from_db()
    assert (order.status, Approval.objects.get().kind) == (OrderStatus.SUCCEEDED, "reverse")


def test_a_grant_is_for_this_order_and_no_later_one(
    attached: Payment, order: Order, finance: Client, administrator: Client, user: User
) -> None:
    Callback.objects.update(attempts=1)
    send_form(finance, url(attached), reason="it was meant for another")
    reversing.reverse(attached, reason="by another way", user=user, now=NOW)
    page = f"/admin/orders/approval/{Approval.objects.get().pk}/grant/"
    assert "not attached to this order any more" in text(send_form(administrator, page, note=""))
    assert Approval.objects.get().status == ApprovalStatus.PENDING
    assert Transfer.objects.filter(code="detach").count() == 1


def test_while_its_callback_is_being_sent_it_waits(attached: Payment, order: Order, user: User) -> None:
    Callback.objects.update(leased_until=NOW)
    with pytest.raises(reversing.NotReversible, match="this very moment"):
        reversing.reverse(attached, reason="wrong", user=user, now=NOW)
    order.refresh_from_db()
    assert (order.status, reread(attached).status) == (OrderStatus.SUCCEEDED, PaymentStatus.MATCHED)


def test_what_settled_by_itself_and_what_waits_is_not_taken_back(
    short: Payment, order: Order, reader: Reader, finance: Client
) -> None:
    assert "No person has attached it" in text(send_form(finance, url(short), reason="r"))
    reader.chain.add(paid("exact", ADDRESS, AMOUNT))
    reader.read()
    exact = Payment.objects.get(order=order)
    assert url(exact) not in text(finance.get(url(exact, "change")))
    assert "No person has attached it" in text(send_form(finance, url(exact), reason="r"))
    order.refresh_from_db()
    assert order.status == OrderStatus.SUCCEEDED


def test_the_same_form_twice_acts_once(attached: Payment, finance: Client) -> None:
    token = finance.get(url(attached)).context["form"]["token"].value()
    for _ in range(2):
        finance.post(url(attached), {"token": token, "reason": "once"})
    assert AuditEntry.objects.filter(act="payment.reverse").count() == 1
