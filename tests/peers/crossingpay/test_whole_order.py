"""Orders placed by raw requests as the vendor's page prints them, watched at an upstream, paid and called back."""

import base64
import hmac
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import requests
from django.contrib.auth.models import User
from django.utils import timezone

from orders.models import Callback, Order
from orders.services import delivery
from orders.states import CallbackStatus, OrderStatus
from providers.sandbox.outcomes import published
from tests.flows.stack import Stack
from tests.flows.stories import story, wait_for_end
from tests.flows.upstreams import Upstreams
from tests.peers.crossingpay.conftest import Shop
from tests.peers.crossingpay.receivers import go_sign, php_signs
from tests.upstream import Received
from tests.waiting import wait_until

WATCHED = published("a wallet of nobody here")
HALF_AN_HOUR = timedelta(minutes=30)
FORM = "application/x-www-form-urlencoded"


def post(stack: Stack, path: str, body: str, content_type: str = "application/json") -> requests.Response:
    headers = {"Content-Type": content_type}
    return requests.post(f"{stack.web_url}{path}", data=body.encode(), headers=headers, timeout=60)


def monitor_body(shop: Shop, order_id: str, start: datetime) -> str:
    local = start.astimezone(ZoneInfo("Asia/Shanghai"))
    return (
        f'{{"apikey":"{shop.pair.key}","order_id":"{order_id}","address":"{WATCHED}","amount":100.29,\n'
        f' "callback":"{shop.callback_url}","start_time":"{local:%Y-%m-%d %H:%M:%S}",'
        f'"end_time":"{local + HALF_AN_HOUR:%Y-%m-%d %H:%M:%S}"}}'
    )


def called_back(shop: Shop, count: int = 1) -> Received:
    wait_until(lambda: len(shop.server.received) >= count)
    assert [each.path for each in shop.server.received] == ["/callback"] * count
    return shop.server.received[-1]


def ended(stack: Stack, shop: Shop, order_id: str) -> tuple[Order, dict[str, Any]]:
    """The order, and what its own query tells."""
    order = Order.objects.get(merchant=shop.merchant, external_id=order_id)
    wait_for_end(stack, [order])
    order.refresh_from_db()
    assert order.status == OrderStatus.SUCCEEDED, story(order.pk)
    answer = post(stack, "/api/orders/query", f'{{"apikey":"{shop.pair.key}","order_id":"{order_id}"}}')
    found: dict[str, Any] = answer.json()
    return order, found


def check_callback(callback: Received, shop: Shop, order: Order, found: dict[str, Any]) -> None:
    body = json.loads(callback.body)
    assert {name: body[name] for name in body if name != "sign"} == {
        "address": order.address,
        "amount": "100.29",
        "txid": found["txid"],
        "timestamp": str(found["block_time"]),
    }
    assert go_sign(callback.body, shop.pair.key) == body["sign"]
    headers = {name.lower(): value for name, value in callback.headers.items()}
    assert (headers["x-order-id"], headers["x-ordersn"]) == (order.external_id, order.number)
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + callback.body
    digest = hmac.digest(shop.pair.secret.encode(), signed, "sha256")
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"


def test_monitor(stack: Stack, upstreams: Upstreams, shop: Shop, php: None) -> None:
    shop.server.answer(b"ok")
    start = timezone.now().replace(microsecond=0)
    body = monitor_body(shop, "M-1001", start)
    for _ in range(2):
        answer = post(stack, "/api/orders/monitor", body)
        assert (answer.status_code, answer.text) == (200, '{ "message": "监听订单创建成功"}')
        assert answer.headers["X-Window-Start"] == f"{start:%Y-%m-%dT%H:%M:%SZ}"
    order, found = ended(stack, shop, "M-1001")
    assert (found["kind"], found["status"], found["amount"], found["late"]) == ("monitor", 1, 100.29, False)
    assert start.timestamp() <= found["block_time"] <= (start + HALF_AN_HOUR).timestamp()
    callback = called_back(shop)
    check_callback(callback, shop, order, found)
    assert php_signs([callback.body], shop.pair.key) == [json.loads(callback.body)["sign"]]
    request_id = order.attempts.get().request_id
    [watched] = [each for each in upstreams.purchases() if each.request_id == request_id]
    assert (watched.address, watched.amount, watched.txid) == (WATCHED, 100_290_000, found["txid"])


def test_deposit(stack: Stack, shop: Shop) -> None:
    shop.server.answer(b"ok")
    fields = {"apikey": shop.pair.key, "order_id": "D-1", "amount": "100.29", "address": shop.wallet}
    body = urlencode(fields | {"callback": shop.callback_url})
    answer = post(stack, "/api/orders/deposit/", body, FORM)
    order, found = ended(stack, shop, "D-1")
    assert answer.text == (
        f'{{ "message": "充值订单生成成功", "address": "{shop.wallet}", "amount": 100.29,"Ordersn":"{order.number}"}}'
    )
    assert (found["kind"], found["Ordersn"], found["status"]) == ("deposit", order.number, 1)
    check_callback(called_back(shop), shop, order, found)


def test_a_resend_has_the_same_body_and_signature(stack: Stack, shop: Shop) -> None:
    shop.server.answer(b"ok")
    shop.server.answer(b"ok")
    post(stack, "/api/orders/monitor", monitor_body(shop, "R-1", timezone.now()))
    first = called_back(shop)
    callback = Callback.objects.get(order__merchant=shop.merchant)
    delivered = Callback.objects.filter(pk=callback.pk, status=CallbackStatus.DELIVERED)
    wait_until(delivered.exists)
    staff = User.objects.create_user(f"staff of {shop.merchant}")
    assert delivery.resend(callback, user=staff, reason="asked for", now=timezone.now())
    again = called_back(shop, 2)
    wait_until(delivered.exists)
    assert again.body == first.body
    names = ("webhook-id", "X-Order-Id", "X-Ordersn")
    assert [again.headers[name] for name in names] == [first.headers[name] for name in names]
    assert (first.headers["X-Attempt"], again.headers["X-Attempt"]) == ("1", "2")
