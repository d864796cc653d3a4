"""The queue of transfers that settled nothing: candidates, reasons, and the decision of a person."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from orders.models import (
    Approval,
    ApprovalStatus,
    AuditEntry,
    Custody,
    Merchant,
    Order,
    Payment,
    PaymentStatus,
    Transfer,
)
from orders.services import approvals, invariants, merchants, settlement, wallets
from orders.states import OrderStatus
from providers.base import Kind
from tests.chain import Chain, paid, trx
from tests.orders.admin.conftest import LogIn, send_form, text
from tests.orders.conftest import ADDRESS, NOW, OTHER_ADDRESS, Place
from tests.reader import NODE, Reader

LIST = "/admin/orders/payment/"
AMOUNT = 20_000_000


@pytest.fixture
def reader(db: None, settings: Settings) -> Reader:
    """Our own node is at three blocks before NOW."""
    settings.TRON_NODES = [NODE]
    return Reader(Chain(start=NOW - timedelta(seconds=6))).start()


@pytest.fixture
def order(reader: Reader, merchant: Merchant, place: Place) -> Order:
    """Waits for 20 USDT in a wallet that we hold."""
    wallets.add_wallet(merchant, address=ADDRESS, label="", custody=Custody.OURS, now=NOW)
    window = {"window_start": NOW, "window_end": NOW + timedelta(minutes=30)}
    return place(kind=Kind.DEPOSIT, amount_micro=AMOUNT, **window)


@pytest.fixture
def short(reader: Reader, order: Order) -> Payment:
    """0.01 USDT less than `order` waits for."""
    return arrive(reader, paid("short", ADDRESS, AMOUNT - 10_000))


def arrive(reader: Reader, *transactions: Any) -> Payment:
    """In the fourth block or later."""
    reader.chain.grow(2)
    reader.chain.add(*transactions)
    reader.read()
    return Payment.objects.latest("pk")


def url(payment: Payment, act: str = "change") -> str:
    return f"{LIST}{payment.pk}/{act}/"


def rows(client: Client, **query: str) -> list[Payment]:
    return list(client.get(LIST, query).context["cl"].result_list)


def test_the_page_names_the_candidate_and_the_reason(short: Payment, order: Order, finance: Client) -> None:
    page = text(finance.get(url(short)))
    assert order.number in page
    assert "0.01 USDT short: 19.99 was paid" in page
    assert f"{url(short, 'attach')}?order={order.number}" in page


def test_finance_attaches_it_with_a_reason(short: Payment, order: Order, finance: Client) -> None:
    form = finance.get(url(short, "attach"), {"order": order.number}).context["form"]
    assert form["order"].value() == order.number
    response = send_form(finance, url(short, "attach"), order=order.number, reason="the bank took a cent")
    assert response["Location"] == f"/admin/orders/order/{order.pk}/change/"
    short.refresh_from_db()
    order.refresh_from_db()
    assert (short.status, short.order, order.status) == (PaymentStatus.MATCHED, order, OrderStatus.SUCCEEDED)
    assert short.decided_by == User.objects.get(username="finance")
    entry = AuditEntry.objects.get(act="payment.attach")
    assert entry.after["although"] == ["0.01 USDT short: 19.99 was paid"]
    assert invariants.broken(now=NOW) == []
    again = send_form(finance, url(short, "attach"), order=order.number, reason="again")
    assert "not in the queue any more" in text(again)
    assert AuditEntry.objects.filter(act="payment.attach").count() == 1


def test_the_same_form_twice_acts_once(short: Payment, order: Order, finance: Client) -> None:
    token = finance.get(url(short, "attach")).context["form"]["token"].value()
    for _ in range(2):
        finance.post(url(short, "attach"), {"token": token, "order": order.number, "reason": "once"})
    assert Transfer.objects.filter(code="attach").count() == 1


@pytest.mark.parametrize("number", ["", "4711", "x", "9" * 32, "\x00"])
def test_an_order_that_is_none_attaches_nothing(short: Payment, finance: Client, number: str) -> None:
    response = send_form(finance, url(short, "attach"), order=number, reason="r")
    assert response.context["form"].errors["order"]
    short.refresh_from_db()
    assert short.status == PaymentStatus.UNMATCHED


def test_an_order_that_waits_elsewhere_is_refused(
    short: Payment, place: Place, finance: Client, settings: Settings
) -> None:
    other = place(kind=Kind.MONITOR, address=OTHER_ADDRESS)
    told = text(send_form(finance, url(short, "attach"), order=other.number, reason="r"))
    assert f"the order waits at {OTHER_ADDRESS}" in told
    assert AuditEntry.objects.filter(act="payment.refused", refused=True).exists()


# --- above the limit ---------------------------------------------------------------------------------------------


@pytest.fixture
def asked(short: Payment, order: Order, finance: Client, settings: Settings) -> Approval:
    settings.APPROVAL_LIMIT_MICRO_USDT = AMOUNT - 1
    assert "Above 19.999999 USDT another person must grant it." in text(finance.get(url(short, "attach")))
    send_form(finance, url(short, "attach"), order=order.number, reason="the bank took a cent")
    return Approval.objects.get(kind="attach")


def test_above_the_limit_another_person_grants_it(
    asked: Approval, short: Payment, order: Order, finance: Client, administrator: Client
) -> None:
    order.refresh_from_db()
    assert order.status == OrderStatus.WAITING
    assert "asked to attach it" in text(finance.get(url(short)))
    assert "another person" in text(
        send_form(finance, url(short, "attach"), order=order.number, reason="again")
    )
    assert Approval.objects.count() == 1
    assert "19.99" in text(administrator.get(f"/admin/orders/approval/{asked.pk}/change/"))
    send_form(administrator, f"/admin/orders/approval/{asked.pk}/grant/", note="seen")
    order.refresh_from_db()
    short.refresh_from_db()
    assert (order.status, short.order) == (OrderStatus.SUCCEEDED, order)
    assert "(asked for by finance)" in short.reason


def test_what_was_dismissed_meanwhile_cannot_be_granted(
    asked: Approval, short: Payment, order: Order, administrator: Client
) -> None:
    settlement.dismiss(short, reason="sent back", user=User.objects.get(username="finance"), now=NOW)
    told = text(send_form(administrator, f"/admin/orders/approval/{asked.pk}/grant/", note=""))
    assert "not in the queue any more" in told
    asked.refresh_from_db()
    order.refresh_from_db()
    assert (asked.status, order.status) == (ApprovalStatus.PENDING, OrderStatus.WAITING)


def test_one_that_has_expired_may_be_asked_for_again(
    asked: Approval, short: Payment, order: Order, finance: Client
) -> None:
    Approval.objects.update(expires_at=NOW)
    assert approvals.pending_for(short, now=NOW) is None


# --- the list ----------------------------------------------------------------------------------------------------


def test_the_queue_begins_with_the_oldest_and_is_filtered(
    short: Payment, reader: Reader, merchant: Merchant, order: Order, log_in: LogIn
) -> None:
    other = merchants.create_merchant(name="Other", time_zone="UTC", now=NOW)
    wallets.add_wallet(other, address=OTHER_ADDRESS, label="", custody=Custody.WATCH_ONLY, now=NOW)
    foreign = arrive(reader, paid("foreign", OTHER_ADDRESS, 7_000_000))
    token = arrive(reader, trx("trx", ADDRESS, 9_000_000))
    client = log_in("Support")
    queue = {"status__exact": "unmatched"}
    assert rows(client, **queue) == [short, foreign, token]
    assert rows(client, **queue, merchant__id__exact=str(merchant.pk)) == [short, token]
    assert rows(client, **queue, merchant__id__exact=str(other.pk)) == [foreign]
    assert rows(client, **queue, merchant__id__exact="abc") == []
    assert rows(client, **queue, address=OTHER_ADDRESS) == [foreign]
    assert rows(client, **queue, token="TRX") == [token]
    assert rows(client, **queue, token="abc") == []
    assert rows(client, reason="short") == [short]
    assert rows(client, reason="nobody") == [foreign]
    assert rows(client, reason="token") == [token]
    assert rows(client, reason="abc") == []


def test_each_kind_of_reason_finds_its_words(reader: Reader, order: Order, support: Client) -> None:
    arrive(reader, paid("over", ADDRESS, AMOUNT + 1))
    over = Payment.objects.latest("pk")
    arrive(reader, paid("exact", ADDRESS, AMOUNT), paid("second", ADDRESS, AMOUNT))
    closed = Payment.objects.latest("pk")
    reader.chain.grow(700)
    late = arrive(reader, paid("late", ADDRESS, AMOUNT))
    assert rows(support, reason="over") == [over]
    assert set(rows(support, reason="closed")) == {closed, late}
    assert rows(support, reason="late") == [late]
    assert rows(support, reason="several") == rows(support, reason="early") == []


def test_the_sums_add_up_and_tell_when_they_do_not(
    short: Payment, reader: Reader, order: Order, finance: Client
) -> None:
    arrive(reader, paid("exact", ADDRESS, AMOUNT))
    page = text(finance.get(f"{LIST}sums/"))
    assert "39.99" in page
    assert "19.99" in page
    assert "disagree" not in page
    Transfer.objects.filter(code="deposit").delete()
    assert "disagree" in text(finance.get(f"{LIST}sums/"))
