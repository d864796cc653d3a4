"""Many at once, against a real server on this database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
import requests
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from orders.models import ApiCredential, Merchant, Order, TariffRate
from orders.services import ledger, merchants
from providers.itrx import wire
from tests.orders.api.itrx.conftest import COLLECT, ORDER, Caller, issue
from tests.orders.conftest import NOW

AT_ONCE = 50


@pytest.fixture(autouse=True)
def stopped_clock() -> None:
    """Here it runs: servers and threads wait by it."""


@pytest.fixture
def caller(transactional_db: None) -> Caller:
    """With 1,000 TRX. A test that commits finds no row of the migrations after another."""
    for part, price_sun in {"energy": 100_000, "activation": 1_500_000, "collect_bandwidth": 345_000}.items():
        TariffRate.objects.get_or_create(
            dialect="itrx", part=part, duration_hours=0, merchant=None, defaults={"price_sun": price_sun}
        )
    merchant = merchants.create_merchant(name="Sample merchant", time_zone="Asia/Shanghai", now=NOW)
    ledger.top_up(merchant, 1_000_000_000, note="", now=NOW)
    return issue(merchant)[1]


def post(
    server: LiveServer, caller: Caller, path: str, parameters: dict[str, object], at: datetime
) -> tuple[int, bytes]:
    body = wire.canonical(parameters).encode()
    headers = wire.signed_headers(caller.pair.key, caller.pair.secret, body, at)
    answer = requests.post(f"{server.url}{wire.PREFIX}{path}", data=body, headers=headers, timeout=60)
    return answer.status_code, answer.content


@pytest.mark.parametrize(("path", "parameters"), [("/order", ORDER), ("/order/collect-manual", COLLECT)])
def test_fifty_times_the_same_request_is_one_order(
    live_server: LiveServer, caller: Caller, path: str, parameters: dict[str, object]
) -> None:
    now = timezone.now()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = set(pool.map(lambda _: post(live_server, caller, path, parameters, now), range(AT_ONCE)))
    order = Order.objects.get()
    assert [(status, order.serial.encode() in body) for status, body in answers] == [(200, True)]
    assert ledger.held_sun(Merchant.objects.get()) == order.price_sun


def test_different_requests_never_spend_more_than_there_is(live_server: LiveServer, caller: Caller) -> None:
    parameters = [ORDER | {"energy_amount": 1_000_000, "out_trade_no": str(number)} for number in range(20)]
    now = timezone.now()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda each: post(live_server, caller, "/order", each, now), parameters))
    assert sorted(status for status, _ in answers) == [200] * 10 + [400] * 10
    assert Order.objects.count() == 10
    assert ledger.available_sun(Merchant.objects.get()) == 0
    assert ApiCredential.objects.get().last_used_at is not None
