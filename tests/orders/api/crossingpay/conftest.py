"""A merchant's own calls of the CrossingPay dialect: raw bodies, the apikey inside, the clock stopped at NOW."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
import time_machine
from django.core.cache import caches
from django.test import Client

from orders.models import ApiCredential, Merchant, Order, Transfer, Wallet
from orders.services import limits, merchants, rotation, wallets
from tests.orders.conftest import ADDRESS, NOW, OTHER_ADDRESS

# Of each property; CI sets more.
FUZZ_EXAMPLES = int(os.environ.get("API_FUZZ_EXAMPLES", "25"))
JSON_UTF8 = "application/json; charset=utf-8"
# NOW is 20:00 in Shanghai.
MONITOR = {
    "order_id": "M-1001",
    "address": ADDRESS,
    "amount": 100.29,
    "callback": "https://m.example/cb",
    "start_time": "2026-03-01 20:00:00",
    "end_time": "2026-03-01 21:00:00",
}
DEPOSIT = {
    "order_id": "D-1001",
    "amount": 100.29,
    "address": OTHER_ADDRESS,
    "callback": "https://m.example/cb",
}
BODIES = {"monitor": MONITOR, "deposit": DEPOSIT}


@dataclass(frozen=True)
class Api:
    apikey: str
    ip: str = "127.0.0.1"

    def send(
        self,
        method: str,
        path: str,
        raw: bytes = b"",
        *,
        content_type: str = "application/json",
        **headers: str,
    ) -> Any:
        """Nothing is added. What holds for every answer is checked here."""
        client = Client(REMOTE_ADDR=self.ip, enforce_csrf_checks=True)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        response = client.generic(method, path, raw, content_type, headers=given)
        assert response.headers["Content-Type"] == JSON_UTF8
        assert response.status_code < 500, response.content
        if method != "HEAD":
            assert isinstance(json.loads(response.content), dict)
        return response

    def post(self, name: str, fields: Mapping[str, object]) -> Any:
        """`name`: the last part of the path."""
        raw = json.dumps({"apikey": self.apikey, **fields}).encode()
        return self.send("POST", f"/api/orders/{name}", raw)

    def get(self, query: str) -> Any:
        return self.send("GET", f"/api/orders/query?{query}", X_Api_Key=self.apikey)

    def refusal(self, name: str, fields: Mapping[str, object]) -> dict[str, Any]:
        """Everything but the text, with the HTTP status."""
        return refused(self.post(name, fields))

    def from_ip(self, ip: str) -> "Api":
        return replace(self, ip=ip)


def told(response: Any) -> dict[str, Any]:
    """The body of a 200."""
    assert response.status_code == 200, response.content
    body: dict[str, Any] = json.loads(response.content)
    return body


def refused(response: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(response.content)
    assert list(body)[:2] == ["message", "code"]
    assert body.pop("message").isascii()
    return {"status": response.status_code, **body}


def nothing_happened() -> bool:
    """No order, and no money moved but the top-up."""
    return not Order.objects.exists() and set(Transfer.objects.values_list("code", flat=True)) <= {"top_up"}


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    caches["process"].clear()
    limits.forget()


@pytest.fixture(autouse=True)
def stopped_clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def crossingpay_credential(merchant: Merchant) -> ApiCredential:
    return rotation.issue(merchant, "crossingpay", now=NOW).credential


@pytest.fixture
def api(crossingpay_credential: ApiCredential) -> Api:
    return Api(rotation.open_pair(crossingpay_credential).key)


@pytest.fixture
def wallet(merchant: Merchant) -> Wallet:
    """Where DEPOSIT lands."""
    return wallets.add_wallet(merchant, address=OTHER_ADDRESS, label="deposits", now=NOW)


@pytest.fixture
def other_api(db: None) -> Api:
    """Of another merchant."""
    other = merchants.create_merchant(name="Other merchant", time_zone="Asia/Shanghai", now=NOW)
    return Api(rotation.issue(other, "crossingpay", now=NOW).key)
