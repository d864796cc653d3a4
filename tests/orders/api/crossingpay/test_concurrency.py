"""Many at once, against a real server on this database."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from orders.models import Merchant, Order, TariffRate
from orders.services import merchants, rotation, wallets
from tests.orders.api.crossingpay.conftest import BODIES, DEPOSIT, MONITOR
from tests.orders.conftest import NOW, OTHER_ADDRESS

AT_ONCE = 50
FROM = timezone.now()
WINDOW = {
    "start_time": f"{FROM:%Y-%m-%dT%H:%M:%SZ}",
    "end_time": f"{FROM + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",
}
Post = Callable[[str, list[dict[str, Any]]], list[requests.Response]]


@pytest.fixture(autouse=True)
def stopped_clock() -> None:
    """Here it runs: servers and threads wait by it."""


@pytest.fixture
def post_at_once(live_server: LiveServer, transactional_db: None) -> Post:
    """Of one merchant with a wallet. A test that commits finds no row of the migrations after another."""
    TariffRate.objects.get_or_create(
        dialect="crossingpay", part="payment", merchant=None, defaults={"price_sun": 0}
    )
    merchant = merchants.create_merchant(name="Sample merchant", time_zone="Asia/Shanghai", now=NOW)
    wallets.add_wallet(merchant, address=OTHER_ADDRESS, label="", now=NOW)
    apikey = rotation.issue(merchant, "crossingpay", now=NOW).key

    def post_one(name: str, body: dict[str, Any]) -> requests.Response:
        url = f"{live_server.url}/api/orders/{name}"
        return requests.post(url, json={"apikey": apikey, **body}, timeout=60)

    def post(name: str, bodies: list[dict[str, Any]]) -> list[requests.Response]:
        with ThreadPoolExecutor(len(bodies)) as pool:
            return list(pool.map(lambda body: post_one(name, body), bodies))

    return post


@pytest.mark.parametrize("name", BODIES)
def test_fifty_times_the_same_request_is_one_order(post_at_once: Post, name: str) -> None:
    body = BODIES[name] | (WINDOW if name == "monitor" else {})
    answers = post_at_once(name, [body] * AT_ONCE)
    assert {(each.status_code, each.content) for each in answers} == {(200, answers[0].content)}
    assert len({each.headers["X-Window-End"] for each in answers}) == 1
    order = Order.objects.get()
    assert name == "monitor" or answers[0].json()["Ordersn"] == order.number


def test_one_number_with_several_contents_is_the_first(post_at_once: Post) -> None:
    answers = post_at_once("deposit", [DEPOSIT | {"amount": 1 + n % 5} for n in range(AT_ONCE)])
    amount = int(Order.objects.get().request["amount"])
    assert Counter(each.status_code for each in answers) == {200: 10, 409: 40}
    assert {each.json()["amount"] for each in answers if each.status_code == 200} == {amount}
    assert {each.json()["code"] for each in answers if each.status_code == 409} == {"order_conflict"}


def test_two_orders_never_wait_for_the_same_payment(post_at_once: Post) -> None:
    rivals = [MONITOR | WINDOW | {"order_id": f"M-{number}"} for number in range(AT_ONCE)]
    answers = post_at_once("monitor", rivals)
    winner = Order.objects.get().external_id
    assert Counter(each.status_code for each in answers) == {200: 1, 409: AT_ONCE - 1}
    lost = [each.json() for each in answers if each.status_code == 409]
    assert {(each["code"], each["order_id"]) for each in lost} == {("window_overlap", winner)}


def test_different_orders_do_not_hinder_each_other(post_at_once: Post) -> None:
    bodies = [DEPOSIT | {"order_id": f"D-{n}", "amount": f"1.{n:02}"} for n in range(AT_ONCE)]
    answers = post_at_once("deposit", bodies)
    assert {each.status_code for each in answers} == {200}
    numbers = {each.json()["Ordersn"] for each in answers}
    assert numbers == {each.number for each in Merchant.objects.get().orders.all()}
    assert len(numbers) == AT_ONCE


def test_deposits_whose_amounts_move_never_wait_for_the_same(post_at_once: Post) -> None:
    Merchant.objects.update(deposit_step_micro=1)
    bodies = [DEPOSIT | {"order_id": f"D-{number}"} for number in range(20)]
    answers = post_at_once("deposit", bodies)
    assert {each.status_code for each in answers} == {200}
    amounts = Order.objects.order_by("amount_micro").values_list("amount_micro", flat=True)
    assert list(amounts) == [100_290_000 + number for number in range(20)]
