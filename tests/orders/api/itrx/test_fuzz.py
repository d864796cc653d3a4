"""Whatever is sent to any endpoint: JSON in the dialect's shape, no 5xx, and money moves only for a placed order.

API_FUZZ_EXAMPLES is the number of requests per endpoint.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as sized
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from orders.models import Merchant, Order, TransferCode
from orders.services import ledger
from providers.base import KeyPair
from providers.itrx import wire
from tests.orders.api.content_types import content_types
from tests.orders.api.itrx.conftest import COLLECT, JSON, ORDER, ROOT, STAMP, Caller
from tests.orders.conftest import ADDRESS, NOW, OTHER_ADDRESS

EXAMPLES = int(os.environ.get("API_FUZZ_EXAMPLES", "50"))
GETS = [
    "/index-data",
    "/order/price",
    "/order/query",
    "/userapi/summary",
    "/count-delegate-policy",
    "/nothing",
]
POSTS = [
    "/order",
    "/order/collect-manual",
    "/order/reclaim",
    "/order/transfer",
    "/auto-delegate-policy/7/change-status",
]
BUYS = {"/order", "/order/collect-manual"}

ODD_TEXTS = [
    "",
    "no",
    "６５０００",
    "65_000",
    "1e5",
    "\0",
    "\u202e",
    "\ud800",
    "x" * 300,
    "'; --",
    "http://[::1",
    "1" * 50,
]
ODD: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    -1,
    9,
    10**30,
    1.5,
    65000.0,
    [],
    {},
    [65_000],
    {"a": [1]},
    *ODD_TEXTS,
]
anything = st.sampled_from(ODD) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=8), each, max_size=3),
    max_leaves=8,
)
GOOD: dict[str, list[Any]] = {
    "energy_amount": [10_000, 65_000, "131000", 100_000_000],
    "period": ["1H", "1D", "5D", "30D"],
    "scene": [0, 1, 2, 3, "0"],
    "receive_address": [ADDRESS, OTHER_ADDRESS],
    "to_address": [OTHER_ADDRESS],
    "active": [0, 1],
    "exclusive": [0, 1],
    "callback_url": ["https://m.example/cb", "http://127.0.0.1:8000/inbox/a?b=c"],
    "out_trade_no": ["S1", 123456, "заказ-1"],
    "serial": ["0" * 32],
}


def mostly(name: str) -> st.SearchStrategy[Any]:
    """Good nineteen times of twenty: a request with one odd value gets further than one with ten."""
    return st.integers(0, 19).flatmap(lambda dice: st.sampled_from(GOOD[name]) if dice else anything)


parameters = st.fixed_dictionaries({}, optional={name: mostly(name) for name in GOOD})
good_orders = st.sampled_from([ORDER, COLLECT, ORDER | COLLECT])
objects = st.builds(lambda good, more: {**good, **more}, good_orders, parameters)
texts = (objects | objects | parameters).map(
    lambda given: json.dumps(given, sort_keys=True, separators=(",", ":")).encode()
)
raw_bodies = (
    st.binary(max_size=200)
    | anything.map(lambda value: json.dumps(value).encode())
    | texts.map(lambda text: text[:-3])
    | texts.map(lambda text: text.replace(b"{", b'{"scene":NaN,"scene":1,', 1))
    | st.integers(1, 3000).map(lambda depth: b'{"a":' * depth + b"1" + b"}" * depth)
)
bodies = st.integers(0, 5).flatmap(lambda dice: texts if dice else raw_bodies)


@dataclass
class Request:
    """`is_authentic`: key, timestamp and signature hold."""

    body: bytes
    headers: dict[str, str]
    content_type: str
    is_authentic: bool = field(default=True)


headers_gone_wrong: dict[str, st.SearchStrategy[str]] = {
    "API-KEY": st.sampled_from(["", "x", "0" * 32]) | st.text(st.characters(max_codepoint=255), max_size=40),
    "TIMESTAMP": st.sampled_from(["", "0", "x", "1e9", "９", "-1", "9" * 40]),
    "SIGNATURE": st.sampled_from(["", "x", "0" * 64])
    | st.text(st.characters(max_codepoint=255), max_size=80),
}


@st.composite
def requests(draw: st.DrawFn, pair: KeyPair) -> Request:
    body = draw(bodies)
    stamp = str(int(STAMP) + draw(st.integers(-300, 300)))
    headers = {"API-KEY": pair.key, "TIMESTAMP": stamp, "SIGNATURE": wire.sign(pair.secret, stamp, body)}
    wrong = draw(st.sampled_from([None, None, None, None, *headers_gone_wrong]))
    if wrong:
        headers[wrong] = draw(headers_gone_wrong[wrong])
    return Request(body, headers, draw(content_types), is_authentic=wrong is None)


def every(strategy: st.SearchStrategy[Any], check: Callable[[Any], None]) -> None:
    """As many examples as asked for, all in this test's transaction."""
    quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    sized(max_examples=EXAMPLES, deadline=None, suppress_health_check=quiet)(given(strategy)(check))()


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = settings.API_FAILURES_PER_MINUTE = 10**9


@pytest.fixture
def caller(caller: Caller, merchant: Merchant) -> Caller:
    ledger.top_up(merchant, 10**15, note="", now=NOW)
    return caller


def checked(answer: Any) -> dict[str, Any]:
    assert answer.status_code < 500, answer.content
    assert answer["Content-Type"] == JSON
    body: dict[str, Any] = json.loads(answer.content)
    if answer.status_code != 200:
        is_by_field = all(isinstance(texts, list) and texts for texts in body.values())
        assert set(body) == {"detail"} or is_by_field, body
    return body


@pytest.mark.parametrize("path", POSTS)
def test_posts(caller: Caller, merchant: Merchant, path: str) -> None:
    """Bad requests are as many as good ones, and only those that were answered with a serial cost anything."""

    def check(request: Request) -> None:
        before, money = Order.objects.count(), ledger.available_sun(merchant)
        answer = caller.http.generic(
            "POST", ROOT + path, request.body, request.content_type, headers=request.headers
        )
        body = checked(answer)
        placed = Order.objects.count() - before
        spent = money - ledger.available_sun(merchant)
        if placed:
            assert (path in BUYS, request.is_authentic, answer.status_code, placed) == (True, True, 200, 1)
            order = Order.objects.get(serial=body["serial"])
            assert spent == body["amount"] == order.price_sun > 0
            assert body["balance"] == ledger.available_sun(merchant)
        else:
            assert spent == 0
            is_repeat = "serial" in body and body.get("errno") == 0
            assert answer.status_code != 200 or is_repeat or body["errno"] in (1, 404), body

    every(requests(caller.pair), check)
    holds = merchant.orders.filter(transfers__code=TransferCode.HOLD).distinct().count()
    assert holds == Order.objects.count() == Order.objects.filter(unique_key__isnull=False).count()


@pytest.mark.parametrize("path", GETS)
def test_gets(caller: Caller, merchant: Merchant, path: str) -> None:
    keys = st.sampled_from([caller.pair.key, caller.pair.key, "", "x"])
    queries = parameters.map(lambda given: {name: str(value)[:200] for name, value in given.items()})

    def check(request: tuple[str, dict[str, str]]) -> None:
        key, query = request
        plain = {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
        checked(caller.http.get(ROOT + path, plain, headers={"API-KEY": key}))

    every(st.tuples(keys, queries), check)
    assert not Order.objects.exists()
    assert ledger.held_sun(merchant) == 0


def test_any_query_text(caller: Caller) -> None:
    def check(text: bytes) -> None:
        raw = text.decode("latin-1")
        for path in ("/order/price", "/order/query"):
            headers = {"API-KEY": caller.pair.key}
            checked(caller.http.get(ROOT + path, headers=headers, QUERY_STRING=raw))

    every(st.binary(max_size=100) | st.just(b"serial=%00&out_trade_no=%ED%A0%80"), check)
