"""A payment that a person attached by mistake is taken back: before and after its merchant was told."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from orders.models import (
    Approval,
    ApprovalStatus,
    Attempt,
    AuditEntry,
    Callback,
    CallbackFormat,
    Custody,
    Merchant,
    Order,
    OrderEvent,
    Payment,
    PaymentStatus,
    TariffRate,
    Transfer,
)
from orders.services import (
    attaching,
    day_end,
    delivery,
    invariants,
    ledger,
    margins,
    resolving,
    reversing,
    rotation,
    timeline,
    wallets,
)
from orders.services.spans import Span
from orders.states import AttemptStatus, OrderStatus
from providers.base import Kind
from tests.chain import Chain, paid
from tests.orders.admin.conftest import send_form, text
from tests.orders.conftest import ADDRESS, NOW, Place
from tests.reader import NODE, Reader

AMOUNT, PRICE = 20_000_000, 500_000
DAY = Span(since=NOW - timedelta(hours=12), until=NOW + timedelta(hours=12))


@pytest.fixture
def reader(db: None, settings: Settings) -> Reader:
    settings.TRON_NODES = [NODE]
    return Reader(Chain(start=NOW - timedelta(seconds=6))).start()


@pytest.fixture
def order(reader: Reader, merchant: Merchant, place: Place) -> Order:
    """Waits for 20 USDT in a wallet that we hold, for a fee; its merchant is called back."""
    TariffRate.objects.update_or_create(
        dialect="crossingpay", part="payment", merchant=None, defaults={"price_sun": PRICE}
    )
    wallets.add_wallet(merchant, address=ADDRESS, label="", custody=Custody.OURS, now=NOW)
    return place(
        kind=Kind.DEPOSIT,
        amount_micro=AMOUNT,
        window_start=NOW,
        window_end=NOW + timedelta(minutes=30),
        credential=rotation.issue(merchant, "crossingpay", now=NOW).credential,
        callback_url="https://m.example/cb",
        callback_format=CallbackFormat.V2A,
    )


@pytest.fixture
def short(reader: Reader, order: Order) -> Payment:
    """0.01 USDT less than `order` waits for."""
    reader.chain.grow(2)
    reader.chain.add(paid("short", ADDRESS, AMOUNT - 10_000))
    reader.read()
    return Payment.objects.get()


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("first")


@pytest.fixture
def attached(short: Payment, order: Order, user: User) -> Payment:
    attaching.attach(short, order, reason="the bank took a cent", user=user, now=NOW)
    return reread(short)


def reread(payment: Payment) -> Payment:
    return Payment.objects.select_related("order").get(pk=payment.pk)


def url(payment: Payment, act: str = "reverse") -> str:
    return f"/admin/orders/payment/{payment.pk}/{act}/"


def told(event: str) -> list[tuple[str, int]]:
    return list(Callback.objects.filter(event=event).order_by("pk").values_list("status", "occurrence"))


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


def test_what_a_person_decided_of_an_upstreams_order_returns_to_suspense(
    place: Place, send: Callable[..., Attempt], merchant: Merchant, user: User
) -> None:
    """Entered by hand with its hash; from then on it is known as reported for this order."""
    order = place(kind=Kind.DEPOSIT)
    timeline.move_attempt(send(order), AttemptStatus.UNKNOWN, now=NOW)
    order.refresh_from_db()
    timeline.move_order(order, OrderStatus.UNKNOWN, "no answer", now=NOW, next_action_at=NOW)
    resolving.resolve(order, executed=True, txid="ab" * 32, reason="seen there", user=user, now=NOW)
    payment = Payment.objects.get(order=order)
    assert ledger.deposits_micro(merchant) == order.amount_micro
    reversing.reverse(payment, reason="not ours", user=user, now=NOW)
    assert ledger.deposits_micro(merchant) == 0
    payment = reread(payment)
    assert (payment.status, payment.hinted_order) == (PaymentStatus.UNMATCHED, order)
    assert invariants.broken(now=NOW) == []
    order.refresh_from_db()
    attaching.attach(payment, order, reason="ours after all", user=user, now=NOW)
    assert ledger.deposits_micro(merchant) == order.amount_micro
    assert invariants.broken(now=NOW) == []
