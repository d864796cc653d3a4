"""Whatever is sent to any endpoint: JSON in the dialect's shape, no 5xx, and money moves only for a placed order.

API_FUZZ_EXAMPLES is the number of requests per property.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as sized
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from orders.models import Merchant, Order, TariffRate, Wallet
from orders.services import ledger, wallets
from providers.crossingpay.wire import ERROR_STATUS
from tests.orders.api.content_types import content_types
from tests.orders.api.crossingpay.conftest import DEPOSIT, FUZZ_EXAMPLES, JSON_UTF8, MONITOR, Api
from tests.orders.conftest import ADDRESS, NOW, OTHER_ADDRESS

PRICE_SUN = 1_000
FORM = "application/x-www-form-urlencoded"
ODD_TEXTS = [
    *("", "no", "１００", "1_0", "1e5", "+1", " 1", "1.", "\0", "\u202e", "\ud800", "x" * 300, "1" * 50),
    *(
        "http://[::1",
        "http://a@b/",
        "javascript:1",
        "'; --",
        "2026-02-30 20:00:00",
        "2026-03-01T20:00:00+99:99",
    ),
    *("0000-00-00 00:00:00", "9999-12-31T23:59:59-23:59", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"),
]
ODD: list[Any] = [None, True, False, 0, -1, 10**30, 1e300, 0.1 + 0.2, [], {}, [1], {"a": [1]}, *ODD_TEXTS]
anything = st.sampled_from(ODD) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=8), each, max_size=3),
    max_leaves=8,
)
micro = st.integers(1, 10**12)
times = st.integers(-26, 40 * 24).map(
    lambda hour: f"2026-{3 + hour // 744:02}-{1 + hour % 744 // 24:02} 12:00:00"
)
GOOD: dict[str, st.SearchStrategy[Any]] = {
    "order_id": st.sampled_from(["M-1001", "D-1001", "订单"]) | st.uuids().map(str),
    "address": st.sampled_from([ADDRESS, OTHER_ADDRESS]),
    "amount": micro.map(lambda each: each / 10**6)
    | micro.map(lambda each: f"{each // 10**6}.{each % 10**6:06}"),
    "callback": st.sampled_from(["https://m.example/cb", "http://127.0.0.1:8000/inbox/a?b=c"]),
    "start_time": st.sampled_from(["2026-03-01 20:00:00", "2026-03-01T00:00:00.5Z"]),
    "end_time": st.sampled_from(["2026-03-01 21:00:00", "2026-03-09T00:00:00+08:00"]) | times,
    "Ordersn": st.just("202603010000000001"),
}


def mostly(name: str) -> st.SearchStrategy[Any]:
    """Good nineteen times of twenty: a request with one odd value gets further than one with five."""
    return st.integers(0, 19).flatmap(lambda dice: GOOD[name] if dice else anything)


always = {name: mostly(name) for name in ("order_id", "amount")}
changes = st.fixed_dictionaries(always, optional={name: mostly(name) for name in GOOD if name not in always})
objects = st.builds(
    lambda good, more: {**good, **more}, st.sampled_from([MONITOR, MONITOR, DEPOSIT]), changes
)
raw_bodies = (
    st.binary(max_size=200)
    | anything.map(lambda value: json.dumps(value).encode())
    | objects.map(lambda fields: json.dumps(fields).encode()[:-3])
    | objects.map(lambda fields: b'{"amount":NaN,' + json.dumps(fields).encode()[1:])
    | st.integers(1, 3000).map(lambda depth: b'{"a":' * depth + b"1" + b"}" * depth)
    | st.just(b"x" * 65_537)
)


@dataclass
class Request:
    body: bytes
    content_type: str
    is_authentic: bool


@st.composite
def requests(draw: st.DrawFn, apikey: str) -> Request:
    """One in eight by an unknown key, one in eight unreadable, one in four as a form."""
    if not draw(st.integers(0, 7)):
        kinds = st.just(FORM) | content_types
        return Request(draw(raw_bodies), draw(kinds), is_authentic=False)
    key = draw(st.sampled_from([apikey] * 7 + [None])) or draw(anything)
    fields = {"apikey": key, **draw(objects)}
    if draw(st.integers(0, 3)):
        return Request(json.dumps(fields).encode(), draw(content_types), is_authentic=key == apikey)
    text = urlencode({name: str(value) for name, value in fields.items()}, errors="replace")
    return Request(text.encode(), FORM, is_authentic=key == apikey)


def every(strategy: st.SearchStrategy[Any], check: Callable[[Any], None]) -> None:
    """As many examples as asked for, all in this test's transaction."""
    quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    sized(max_examples=FUZZ_EXAMPLES, deadline=None, suppress_health_check=quiet)(given(strategy)(check))()


@pytest.fixture(autouse=True)
def plenty(settings: Settings, wallet: Wallet, merchant: Merchant) -> None:
    """No limits, funds without end, and a price, so that money would move. Deposits may land at any address."""
    settings.API_REQUESTS_PER_MINUTE = settings.API_FAILURES_PER_MINUTE = 10**9
    TariffRate.objects.filter(dialect="crossingpay").update(price_sun=PRICE_SUN)
    ledger.top_up(merchant, 10**15, note="", now=NOW)
    wallets.add_wallet(merchant, address=ADDRESS, label="", now=NOW)


def checked(response: Any) -> dict[str, Any]:
    assert response.status_code < 500, response.content
    assert response.headers["Content-Type"] == JSON_UTF8
    body: dict[str, Any] = json.loads(response.content)
    if response.status_code == 200:
        assert response.headers.keys() >= {"X-Window-Start", "X-Window-End"} or body["message"] == "ok"
    else:
        assert list(body)[:2] == ["message", "code"]
        assert ERROR_STATUS[body["code"]] == response.status_code
    return body


@pytest.mark.parametrize("name", ["monitor", "deposit"])
def test_placing(api: Api, merchant: Merchant, name: str) -> None:
    def check(request: Request) -> None:
        before, money = Order.objects.count(), ledger.available_sun(merchant)
        response = Client().generic("POST", f"/api/orders/{name}", request.body, request.content_type)
        checked(response)
        placed = Order.objects.count() - before
        assert money - ledger.available_sun(merchant) == placed * PRICE_SUN
        if response.status_code == 200:
            assert request.is_authentic
            assert placed in (0, 1)
        else:
            assert placed == 0

    every(requests(api.apikey), check)
    assert ledger.held_sun(merchant) == Order.objects.count() * PRICE_SUN
    assert (
        Order.objects.count() >= FUZZ_EXAMPLES // 40
    )  # else most requests are refused too early to test much
    for order in Order.objects.all():
        assert order.unique_key == f"cp:{merchant.pk}:{order.external_id}"
        assert api.apikey not in json.dumps(order.request)


def test_the_same_again_is_the_same_answer(api: Api) -> None:
    """Whatever was answered with 200 is answered so again, and places nothing more."""

    def check(request: Request) -> None:
        for name in ("monitor", "deposit"):
            first = Client().generic("POST", f"/api/orders/{name}", request.body, request.content_type)
            count = Order.objects.count()
            again = Client().generic("POST", f"/api/orders/{name}/", request.body, request.content_type)
            assert (again.status_code, again.content) == (first.status_code, first.content)
            assert Order.objects.count() == count

    every(requests(api.apikey), check)


def test_asking(api: Api) -> None:
    def check(request: Request) -> None:
        checked(Client().generic("POST", "/api/orders/query", request.body, request.content_type))
        text = request.body.decode("latin-1")[:5000]
        for query in (text, quote(text)):
            headers = {"X-Api-Key": api.apikey if request.is_authentic else "nobody's"}
            checked(Client().generic("GET", "/api/orders/query", QUERY_STRING=query, headers=headers))

    every(requests(api.apikey), check)
    assert not Order.objects.exists()


def test_paths(api: Api) -> None:
    paths = st.text(max_size=40) | st.sampled_from(["monitor", "deposit", "query"])
    methods = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD"])

    def check(request: tuple[str, str]) -> None:
        method, path = request
        target = "/api/orders/" + quote(path, errors="replace")
        response = Client().generic(method, target, b"{}", "application/json")
        if method == "HEAD":
            assert response.status_code in (404, 405)
        else:
            checked(response)

    every(st.tuples(methods, paths), check)
