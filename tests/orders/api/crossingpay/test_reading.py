"""query (specs/crossingpay.md 7.3), and orders that nobody watches (section 6 #10)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from pytest_django.fixtures import Settings

from orders.models import ApiCredential, CallbackFormat, Dialect, Merchant, Order, Payment, Wallet
from orders.services import fulfilment, placing, settlement
from orders.services.chain_facts import UNKNOWN
from orders.services.placing import OrderSpec
from orders.states import OrderStatus
from providers.base import InboundPayment, Kind
from tests.orders.api.crossingpay.conftest import DEPOSIT, MONITOR, Api, told
from tests.orders.conftest import ADDRESS, NOW, OTHER_ADDRESS, TXID, Send

LAST = NOW + timedelta(hours=1)


def pay(order: Order, send: Send, *, paid_at: datetime = NOW, amount_micro: int = 100_290_000) -> None:
    payment = InboundPayment(address=order.address, amount_micro=amount_micro, txid=TXID, paid_at=paid_at)
    settlement.receive(send(order).pk, payment, now=NOW)


def test_a_waiting_order_to_the_byte(api: Api) -> None:
    told(api.post("monitor", MONITOR))
    order = Order.objects.get()
    assert (
        api.post("query", {"order_id": "M-1001"}).content
        == (
            '{"message":"ok","kind":"monitor","order_id":"M-1001",'
            f'"Ordersn":"{order.number}","address":"{ADDRESS}","amount":100.29,"status":2,'
            '"txid":null,"log_index":null,"block_time":null,'
            '"start_utc":"2026-03-01T12:00:00Z","end_utc":"2026-03-01T13:00:00Z","late":false}'
        ).encode()
    )


def test_a_paid_order_to_the_byte(api: Api, wallet: Wallet, send: Send) -> None:
    told(api.post("deposit", DEPOSIT))
    order = Order.objects.get()
    pay(order, send, paid_at=NOW + timedelta(minutes=5))
    Payment.objects.update(log_index=3)
    assert (
        api.post("query", {"Ordersn": order.number}).content
        == (
            '{"message":"ok","kind":"deposit","order_id":"D-1001",'
            f'"Ordersn":"{order.number}","address":"{OTHER_ADDRESS}","amount":100.29,"status":1,'
            f'"txid":"{TXID}","log_index":3,"block_time":1772366700,'
            '"start_utc":"2026-03-01T12:00:00Z","end_utc":"2026-03-01T12:30:00Z","late":false}'
        ).encode()
    )


def test_an_upstream_tells_no_log_index(api: Api, send: Send) -> None:
    told(api.post("monitor", MONITOR))
    pay(Order.objects.get(), send)
    found = told(api.post("query", {"order_id": "M-1001"}))
    assert (found["status"], found["txid"], found["log_index"]) == (1, TXID, None)


@pytest.mark.parametrize(("after", "is_late"), [(0, False), (1, True)])
def test_a_payment_after_the_end_is_late(api: Api, send: Send, after: int, is_late: bool) -> None:
    told(api.post("monitor", MONITOR))
    pay(Order.objects.get(), send)
    Payment.objects.update(paid_at=LAST + timedelta(seconds=after))
    assert told(api.post("query", {"order_id": "M-1001"}))["late"] is is_late


def test_a_payment_that_settled_nothing_is_not_shown(api: Api, send: Send) -> None:
    told(api.post("monitor", MONITOR))
    pay(Order.objects.get(), send, amount_micro=5)
    found = told(api.post("query", {"order_id": "M-1001"}))
    assert (found["status"], found["txid"], found["amount"]) == (2, None, 100.29)


@pytest.mark.parametrize("status", OrderStatus)
def test_each_status(api: Api, status: OrderStatus) -> None:
    told(api.post("monitor", MONITOR))
    ended = {OrderStatus.SUCCEEDED: 1, OrderStatus.FAILED: 0}
    at = {"finished_at": NOW, "next_action_at": None} if status in ended else {}
    Order.objects.update(status=status, **at)
    assert told(api.post("query", {"order_id": "M-1001"}))["status"] == ended.get(status, 2)


@pytest.mark.parametrize("slash", ["", "/"])
def test_each_way_of_asking(api: Api, slash: str) -> None:
    told(api.post("monitor", MONITOR | {"order_id": "订单 1"}))
    number = Order.objects.get().number
    first = api.post("query", {"order_id": "订单 1"}).content
    form = f"apikey={api.apikey}&Ordersn={number}".encode()
    path = f"/api/orders/query{slash}"
    answers = [
        api.post("query" + slash, {"Ordersn": number}),
        api.send("POST", path, form, content_type="application/x-www-form-urlencoded"),
        api.get("order_id=%E8%AE%A2%E5%8D%95+1"),
        api.get(f"Ordersn={number}"),
        api.send("GET", f"{path}?order_id=%E8%AE%A2%E5%8D%95%201", X_Api_Key=api.apikey),
    ]
    assert {each.content for each in answers} == {first}


def test_order_id_decides_where_both_are_given(api: Api) -> None:
    told(api.post("monitor", MONITOR))
    told(api.post("monitor", MONITOR | {"order_id": "M-2", "amount": 5}))
    number = Order.objects.get(external_id="M-2").number
    assert told(api.post("query", {"order_id": "M-1001", "Ordersn": number}))["order_id"] == "M-1001"


@pytest.mark.parametrize(
    "shape", ["{pk}", "{pk:010d}", "20260302{pk:010d}", "{number}0", " {number}", "9" * 64, "２{number}", "x"]
)
def test_other_numbers_find_nothing(api: Api, shape: str) -> None:
    told(api.post("monitor", MONITOR))
    order = Order.objects.get()
    asked = shape.format(pk=order.pk, number=order.number)
    assert api.refusal("query", {"Ordersn": asked}) == {"status": 404, "code": "order_not_found"}


def test_orders_of_other_dialects_are_not_found(api: Api, place: Callable[..., Order]) -> None:
    order = place(external_id="E-1")
    for asked in ({"order_id": "E-1"}, {"Ordersn": order.number}):
        assert api.refusal("query", asked)["code"] == "order_not_found"


def test_an_order_of_staff_is_found_but_hides_none(
    api: Api, merchant: Merchant, crossingpay_credential: ApiCredential
) -> None:
    """Its callback comes to the merchant, who confirms it by query."""
    spec = OrderSpec(
        kind=Kind.MONITOR,
        dialect=Dialect.CROSSINGPAY,
        address=ADDRESS,
        amount_micro=7,
        window_start=NOW,
        window_end=LAST,
        external_id="M-1001",
        callback_url="https://m.example/cb",
        callback_format=CallbackFormat.V2A,
        credential=crossingpay_credential,
    )
    by_staff, _ = placing.place_order(merchant, spec, UNKNOWN, now=NOW)
    assert told(api.post("query", {"order_id": "M-1001"}))["Ordersn"] == by_staff.number
    told(api.post("monitor", MONITOR))
    placing.place_order(merchant, replace(spec, amount_micro=8), UNKNOWN, now=NOW)
    assert told(api.post("query", {"order_id": "M-1001"}))["amount"] == 100.29


@pytest.mark.parametrize("name", ["monitor", "deposit"])
def test_nothing_ends_by_the_clock(api: Api, wallet: Wallet, settings: Settings, name: str) -> None:
    """No account can watch: the order waits, and long past its end a person is called. It never fails."""
    told(api.post(name, {"monitor": MONITOR, "deposit": DEPOSIT}[name]))
    order = Order.objects.get()
    assert order.window_end
    silence = timedelta(seconds=settings.WATCH_SILENCE_SECONDS)
    seen = []
    for at in (
        NOW,
        order.window_end,
        order.window_end + silence,
        *(LAST + timedelta(days=n) for n in (1, 900)),
    ):
        fulfilment.enqueue_due(now=at)
        fulfilment.advance(order.pk, clock=lambda at=at: at)  # type: ignore[misc]
        order.refresh_from_db()
        seen.append(order.status)
        assert told(api.post("query", {"order_id": order.external_id}))["status"] == 2
    assert seen == ["new", "new", "attention", "attention", "attention"]
    assert order.finished_at is None
    assert order.events.filter(code="unwatched").count() == 1
