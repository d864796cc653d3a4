"""Real answers of the CrossingPay dialect against its document."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from orders.api.docs.crossingpay import CALLBACK
from orders.models import Dialect, Merchant, Order
from orders.services import rotation, settlement, wallets
from providers.base import InboundPayment
from providers.crossingpay.wire import (
    DEPOSIT_PATH,
    MONITOR_PATH,
    QUERY_PATH,
    Event,
    Profile,
    Status,
    write_callback,
)
from tests.contract import Contract
from tests.orders.conftest import ADDRESS, NOW, TXID, Send

PATHS = [MONITOR_PATH, DEPOSIT_PATH, QUERY_PATH]
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Caller:
    apikey: str
    contract: Contract

    def post(self, path: str, fields: object, *, kind: str = "application/json") -> Any:
        raw = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
        return self.contract.check(Client().post(path, raw, content_type=kind))

    def get(self, query: dict[str, str], *, apikey: str | None = None) -> Any:
        headers = {"X-Api-Key": self.apikey if apikey is None else apikey}
        return self.contract.check(Client().get(QUERY_PATH, query, headers=headers))

    def sample(self, path: str) -> dict[str, Any]:
        return self.contract.sample(path) | {"apikey": self.apikey}

    def code(self, path: str, **changes: object) -> str:
        return str(self.post(path, self.sample(path) | changes)["code"])


@pytest.fixture
def caller(merchant: Merchant, contracts: dict[str, Contract]) -> Caller:
    """The sample of deposit pays to a wallet of this merchant."""
    contract = contracts["crossingpay"]
    wallets.add_wallet(merchant, address=contract.sample(DEPOSIT_PATH)["address"], label="", now=NOW)
    return Caller(rotation.issue(merchant, Dialect.CROSSINGPAY, now=NOW).key, contract)


@pytest.mark.parametrize("kind", ["application/json", FORM])
def test_the_documented_requests_are_accepted(caller: Caller, kind: str) -> None:
    for path in PATHS:
        sample = caller.sample(path)
        told = caller.post(path, urlencode(sample).encode() if kind == FORM else sample, kind=kind)
        assert "code" not in told


def test_an_order_from_begin_to_end(caller: Caller, send: Send) -> None:
    caller.post(MONITOR_PATH, caller.sample(MONITOR_PATH))
    found = caller.get({"order_id": "M-1001"})
    assert found["status"] == 2
    order = Order.objects.get()
    paid_at = NOW + timedelta(minutes=5)
    payment = InboundPayment(address=order.address, amount_micro=100_290_000, txid=TXID, paid_at=paid_at)
    settlement.receive(send(order).pk, payment, now=paid_at)
    assert caller.get({"Ordersn": found["Ordersn"]})["txid"] == TXID


@pytest.mark.parametrize("path", PATHS)
def test_refusals_of_every_call(caller: Caller, path: str) -> None:
    assert caller.code(path, apikey="nobody") == "invalid_apikey"
    assert caller.code(path, order_id=1) == "invalid_param"
    assert caller.post(path, b"x")["code"] == "invalid_json"
    assert caller.post(path, b"x" * 70_000)["code"] == "too_large"
    assert caller.post(path, b"x", kind="text/plain")["code"] == "unsupported_media_type"


def test_refusals_of_orders(caller: Caller) -> None:
    assert caller.code(MONITOR_PATH, amount="1e3") == "invalid_param"
    assert caller.code(MONITOR_PATH, end_time="2026-02-01 00:00:00") == "invalid_param"
    assert caller.code(DEPOSIT_PATH, address=ADDRESS) == "address_not_found"
    caller.post(MONITOR_PATH, caller.sample(MONITOR_PATH))
    assert caller.code(MONITOR_PATH, amount=1) == "order_conflict"
    assert caller.code(MONITOR_PATH, order_id="M-1002") == "window_overlap"


def test_refusals_of_queries(caller: Caller) -> None:
    assert caller.code(QUERY_PATH) == "order_not_found"
    assert caller.get({"order_id": "none"})["code"] == "order_not_found"
    assert caller.get({"order_id": "M-1001"}, apikey="nobody")["code"] == "invalid_apikey"
    assert caller.get({})["code"] == "invalid_param"


@pytest.mark.parametrize("status", [Status.SUCCESS, Status.FAILED])
@pytest.mark.parametrize("profile", Profile)
def test_the_callback(profile: Profile, status: Status, caller: Caller) -> None:
    schema = CALLBACK["post"]["requestBody"]["content"]["application/json"]["schema"]
    txid = TXID if status is Status.SUCCESS else ""
    event = Event(
        address=ADDRESS,
        amount_micro=100_290_000,
        txid=txid,
        at=NOW,
        order_id="M-1001",
        ordersn="1",
        status=status,
    )
    caller.contract.valid(json.loads(write_callback(profile, event, "key").body), schema)
