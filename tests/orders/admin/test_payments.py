"""Payments and the queue of those that settled nothing."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders.models import AuditEntry, Order, Payment, PaymentStatus
from orders.services import settlement
from orders.states import OrderStatus
from providers.base import InboundPayment, Kind
from tests.orders.conftest import ADDRESS, NOW, TXID, Place, Send

LIST = "/admin/orders/payment/"


def text(response: Any) -> str:
    return str(response.content.decode())


def rows(client: Client, **query: Any) -> list[Payment]:
    return list(client.get(LIST, query).context["cl"].result_list)


def pay(order: Order, send: Send, amount_micro: int, txid: str) -> Payment:
    told = InboundPayment(address=ADDRESS, amount_micro=amount_micro, txid=txid, paid_at=NOW)
    payment = settlement.receive(send(order).pk, told, now=NOW)
    assert payment is not None
    return payment


@pytest.fixture
def unmatched(place: Place, send: Send) -> Payment:
    return pay(place(kind=Kind.MONITOR), send, 100_000_000, TXID)


@pytest.fixture
def matched(place: Place, send: Send) -> Payment:
    return pay(place(kind=Kind.MONITOR, amount_micro=7_500_000), send, 7_500_000, "e" * 64)


@pytest.mark.parametrize("role", ["Support", "Finance", "Administrator"])
def test_every_role_reads_payments(log_in: Any, unmatched: Payment, matched: Payment, role: str) -> None:
    client = log_in(role)
    assert set(rows(client)) == {unmatched, matched}
    for payment, words in ((unmatched, "0.29 USDT short"), (matched, "7.50")):
        shown = text(client.get(f"{LIST}{payment.pk}/change/"))
        order = payment.order or payment.hinted_order
        assert order is not None
        assert words in shown
        assert payment.txid in shown
        assert f"/admin/orders/order/{order.pk}/change/" in shown


def test_the_queue_and_the_search(finance: Client, unmatched: Payment, matched: Payment) -> None:
    response = finance.get(LIST)
    assert response.context["unmatched_count"] == 1
    assert rows(finance, status__exact="unmatched") == [unmatched]
    assert rows(finance, status__exact="matched") == [matched]
    assert rows(finance, q=f"0x{TXID.upper()}") == [unmatched]
    assert unmatched.hinted_order is not None
    assert rows(finance, q=unmatched.hinted_order.number) == [unmatched]
    assert set(rows(finance, q=ADDRESS)) == {unmatched, matched}
    assert rows(finance, q="nothing") == []


@pytest.mark.parametrize("value", ["abc", "-1", "1" * 31, "\x00", "<b>", "x" * 5000])
@pytest.mark.parametrize("name", ["q", "status__exact", "account__id__exact", "paid_at_from_0", "p"])
def test_nonsense_in_the_address_line_is_no_error(
    finance: Client, unmatched: Payment, name: str, value: str
) -> None:
    query = {name: value, "paid_at_from_1": "25:99"}
    assert finance.get(LIST, query, follow=True).status_code == 200


def test_the_list_asks_as_often_for_many_rows_as_for_few(finance: Client, unmatched: Payment) -> None:
    with CaptureQueriesContext(connection) as few:
        finance.get(LIST)
    for number in range(10):
        unmatched.pk, unmatched.txid = None, f"{number:064x}"
        unmatched.save()
    with CaptureQueriesContext(connection) as many:
        finance.get(LIST)
    assert len(many) == len(few)


# --- dismissing --------------------------------------------------------------------------------------------------


def dismiss(client: Client, payment: Payment, reason: str) -> Any:
    url = f"{LIST}{payment.pk}/dismiss/"
    token = client.get(url).context["form"]["token"].value()
    return client.post(url, {"token": token, "reason": reason})


def test_finance_dismisses_with_a_reason(finance: Client, unmatched: Payment) -> None:
    assert dismiss(finance, unmatched, "returned to the sender").status_code == 302
    unmatched.refresh_from_db()
    assert (unmatched.status, unmatched.reason) == (PaymentStatus.DISMISSED, "returned to the sender")
    assert AuditEntry.objects.filter(act="payment.dismiss").exists()
    assert rows(finance, status__exact="unmatched") == []
    assert unmatched.hinted_order is not None
    assert Order.objects.get(pk=unmatched.hinted_order.pk).status == OrderStatus.ATTENTION


@pytest.mark.parametrize("reason", ["", "  ", "x" * 300, "a\x07b"])
def test_a_bad_reason_dismisses_nothing(finance: Client, unmatched: Payment, reason: str) -> None:
    response = dismiss(finance, unmatched, reason)
    assert response.context["form"].errors["reason"]
    unmatched.refresh_from_db()
    assert unmatched.status == PaymentStatus.UNMATCHED


def test_a_matched_one_is_not_dismissed(finance: Client, matched: Payment) -> None:
    assert "not in the queue any more" in text(dismiss(finance, matched, "why not"))
    matched.refresh_from_db()
    assert matched.status == PaymentStatus.MATCHED


def test_support_dismisses_nothing(support: Client, unmatched: Payment) -> None:
    url = f"{LIST}{unmatched.pk}/dismiss/"
    assert support.get(url).status_code == 403
    assert support.post(url, {"reason": "r"}).status_code == 403
    unmatched.refresh_from_db()
    assert unmatched.status == PaymentStatus.UNMATCHED
    assert url not in text(support.get(f"{LIST}{unmatched.pk}/change/"))
    assert AuditEntry.objects.filter(refused=True).count() == 2


@pytest.mark.parametrize("key", ["999999", "abc", "1" * 40])
def test_a_payment_that_is_none_is_404(finance: Client, key: str) -> None:
    assert finance.get(f"{LIST}{key}/change/").status_code == 404


def test_nothing_is_written_through_the_stock_pages(administrator: Client, unmatched: Payment) -> None:
    assert administrator.post(f"{LIST}{unmatched.pk}/change/", {"status": "matched"}).status_code == 405
    assert administrator.post(f"{LIST}{unmatched.pk}/delete/", {"post": "yes"}).status_code == 403
    assert administrator.get(f"{LIST}add/").status_code == 403
