"""Whatever is sent: an answer in the dialect, and money moves only for a purchase that was answered with success."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from orders.models import ApiCredential, Merchant, Order, Transfer
from orders.services import ledger
from providers.base import KeyPair
from tests.orders.api.content_types import JSON, content_types
from tests.orders.api.tronzap.conftest import FUZZ_EXAMPLES, Api
from tests.orders.api.tronzap.test_gate import ALL
from tests.orders.conftest import ADDRESS, NOW, OTHER_ADDRESS

HOSTILE: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(
            None,
            True,
            False,
            0,
            1,
            -1,
            24,
            345,
            65_000,
            10**30,
            1e308,
            0.1,
            "",
            "1",
            "no",
            "65000",
            "６５０００",
        ),
        *("\0", "\u202e", "x" * 300, "TRX_ADDRESS", ADDRESS, ADDRESS.lower(), OTHER_ADDRESS, f" {ADDRESS} "),
        *("energy", "bandwidth", "resource_bundle", "activate_address", "'; DROP TABLE orders;--", "\ud800"),
        *([], {}, [[]], [ADDRESS], {"energy": {}}, {"$gt": ""}),
    ]
)
ANYTHING = HOSTILE | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


def mostly(*good: object) -> st.SearchStrategy[Any]:
    return st.sampled_from([*good] * 6 + [None]).flatmap(
        lambda value: ANYTHING if value is None else st.just(value)
    )


AMOUNTS = st.fixed_dictionaries(
    {},
    optional={"energy": mostly(65_000, 131_000, "65000"), "bandwidth": mostly(345, 1_000)},
)
PARAMS = st.fixed_dictionaries(
    {"address": mostly(ADDRESS), "duration": mostly(1)},
    optional={
        "amounts": AMOUNTS | HOSTILE,
        "amount": mostly(65_000, 345),
        "energy_amount": mostly(32_000),
        "activate_address": mostly(True, False),
    },
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "service": mostly("energy", "bandwidth", "resource_bundle", "activate_address"),
        "params": PARAMS | ANYTHING,
        "external_id": mostly("o-1", "o-2"),
        "id": mostly("0" * 32),
        **{name: mostly(ADDRESS) for name in ("address", "from_address", "to_address", "contract_address")},
        "amount": mostly(65_000, 345),
        "energy": mostly(65_000),
        "duration": mostly(1),
        "type": mostly("energy", "bandwidth"),
    },
)
RAW = st.binary(max_size=300) | (ANYTHING | BODIES).map(lambda value: json.dumps(value).encode())
PURCHASE = st.fixed_dictionaries(
    {"service": mostly("energy", "bandwidth", "resource_bundle", "activate_address"), "params": PARAMS},
    optional={"external_id": mostly("o-1", "o-2")},
).map(lambda value: json.dumps(value).encode())


@pytest.fixture
def caller(api: Api, merchant: Merchant, settings: Settings) -> Api:
    ledger.top_up(merchant, 10**15, note="", now=NOW)
    ApiCredential.objects.update(requests_per_minute=10**9)
    settings.API_FAILURES_PER_MINUTE = 10**9
    return api


def books() -> tuple[int, int]:
    return Order.objects.count(), Transfer.objects.count()


def well_formed(response: Any) -> dict[str, Any]:
    assert response.status_code in {200, 404, 405, 413}
    answer: dict[str, Any] = json.loads(response.content)
    assert len(answer["request_id"]) == 36
    assert (answer["code"] == 0) == ("result" in answer)
    assert answer["code"] == 0 or (answer["error"] and answer["key"])
    return answer


fuzz = settings(
    max_examples=FUZZ_EXAMPLES,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)


@pytest.mark.parametrize("path", ALL)
@fuzz
@given(body=RAW, content_type=content_types)
@example(body=b'{"id":"\\u0000"}', content_type=JSON)
@example(body=b'{"external_id":"\\u0000"}', content_type=JSON)
def test_any_body(caller: Api, path: str, body: bytes, content_type: str) -> None:
    before = books()
    answer = well_formed(caller.post(path, body, content_type=content_type))
    if path != "transaction/new" or answer["code"]:
        assert books() == before
    else:
        assert books() == (before[0] + 1, before[1] + 1)


@fuzz
@given(body=PURCHASE, content_type=content_types)
def test_purchases(caller: Api, body: bytes, content_type: str) -> None:
    before = books()
    answer = well_formed(caller.post("transaction/new", body, content_type=content_type))
    sold = answer["code"] == 0
    assert books() == (before[0] + sold, before[1] + sold)
    if sold:
        order = Order.objects.get(serial=answer["result"]["id"])
        assert order.transfers.get().amount == order.price_sun


def no_signature(api: Api) -> Callable[[str, bytes], Any]:
    return lambda path, body: api.post(path, body, **{"X-Signature": ""})


def other_secret(api: Api) -> Callable[[str, bytes], Any]:
    return Api(KeyPair(api.pair.key, "other")).post


def other_token(api: Api) -> Callable[[str, bytes], Any]:
    return Api(KeyPair("other", api.pair.secret)).post


@pytest.mark.parametrize("stranger", [no_signature, other_secret, other_token])
@fuzz
@given(body=PURCHASE | RAW, path=st.sampled_from(ALL))
def test_strangers_move_nothing(caller: Api, stranger: Any, path: str, body: bytes) -> None:
    before = books()
    answer = well_formed(stranger(caller)(path, body))
    assert answer["code"] == (35 if path == "direct-recharge-info" else 1)
    assert books() == before


HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=100)


@fuzz
@given(
    path=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "OPTIONS"]),
    authorization=HEADER,
    signature=HEADER,
)
def test_any_path_and_headers(
    caller: Api, path: str, method: str, authorization: str, signature: str
) -> None:
    before = books()
    headers = {"Authorization": authorization, "X-Signature": signature}
    response = caller.send(method, f"/v1/{path}", headers)
    assert response.status_code in {200, 404, 405}
    assert response.headers["Content-Type"] == "application/json"
    assert books() == before
