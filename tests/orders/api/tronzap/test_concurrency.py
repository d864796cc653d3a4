"""Many at once, against a real server on this database."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from pytest_django.live_server_helper import LiveServer

from orders.models import Merchant, Order
from orders.services import ledger
from providers.tronzap.wire import auth_headers
from tests.orders.api.tronzap.conftest import Api
from tests.orders.conftest import ADDRESS

AT_ONCE = 50


def purchase(energy: int, **fields: object) -> dict[str, object]:
    params = {"address": ADDRESS, "amounts": {"energy": energy}, "duration": 1}
    return {"service": "energy", "params": params, **fields}


def post_at_once(server: LiveServer, api: Api, bodies: list[dict[str, object]]) -> list[Any]:
    def post(body: dict[str, object]) -> Any:
        raw = json.dumps(body).encode()
        headers = auth_headers(api.pair.key, api.pair.secret, raw)
        answer = requests.post(f"{server.url}/v1/transaction/new", raw, headers=headers, timeout=60)
        assert answer.status_code == 200
        return answer.json()

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(post, bodies))


@pytest.mark.parametrize("is_unique", [False, True])
def test_fifty_times_the_same_number(live_server: LiveServer, api: Api, is_unique: bool) -> None:
    """Each post is an order, unless the merchant uses each number once."""
    Merchant.objects.update(unique_external_id=is_unique)
    answers = post_at_once(live_server, api, [purchase(65_000, external_id="o-1")] * AT_ONCE)
    placed = 1 if is_unique else AT_ONCE
    assert Counter(answer.get("key", "") for answer in answers) == Counter(
        {"": placed, "invalid_service_or_params.external_id": AT_ONCE - placed}
    )
    told = {answer["result"]["id"] for answer in answers if answer["code"] == 0}
    assert told == set(Order.objects.values_list("serial", flat=True))
    assert len(told) == placed
    assert ledger.held_sun(Merchant.objects.get()) == placed * 3_400_000


def test_nobody_spends_more_than_there_is(live_server: LiveServer, api: Api) -> None:
    answers = post_at_once(live_server, api, [purchase(5_000_000)] * 20)  # 245.50 TRX each of 1,000 TRX
    assert Counter(answer["code"] for answer in answers) == Counter({0: 4, 6: 16})
    assert Order.objects.count() == 4
    assert ledger.available_sun(Merchant.objects.get()) == 1_000_000_000 - 4 * 245_500_000
