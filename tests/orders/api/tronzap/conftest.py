"""A merchant's own calls of the TronZap dialect, signed as its client signs them."""

import importlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import pytest
from django.core.cache import caches
from django.test import Client

from orders.models import ApiCredential, Merchant, Order, TariffRate, Transfer
from orders.services import accounts, limits, rotation
from providers.base import KeyPair
from providers.tronzap.wire import sign
from tests.orders.conftest import NOW
from tests.upstream import Upstream, serve

# Of each property; CI sets more.
FUZZ_EXAMPLES = int(os.environ.get("API_FUZZ_EXAMPLES", "25"))
RATES = importlib.import_module("orders.migrations.0002_default_tariff").RATES


@dataclass(frozen=True)
class Api:
    pair: KeyPair
    ip: str = "127.0.0.1"

    def post(
        self, path: str, body: object = None, *, content_type: str = "application/json", **headers: str
    ) -> Any:
        """The answer to `body`: bytes as they are, else as compact JSON. `headers`: in place of the right ones."""
        raw = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
        given = {"Authorization": f"Bearer {self.pair.key}", "X-Signature": sign(raw, self.pair.secret)}
        client = Client(REMOTE_ADDR=self.ip)
        return client.generic("POST", f"/v1/{path}", raw, content_type, headers=given | headers)

    def send(self, method: str, path: str, headers: dict[str, str]) -> Any:
        """Unsigned, to any path."""
        return Client(REMOTE_ADDR=self.ip).generic(
            method, quote(path), b"{}", "application/json", headers=headers
        )

    def result(self, path: str, body: object = None) -> Any:
        answer = told(self.post(path, body))
        assert answer["code"] == 0, answer
        return answer["result"]

    def refusal(self, path: str, body: object = None) -> tuple[int, str]:
        """Code and key."""
        response = self.post(path, body)
        assert response.status_code == 200
        answer = told(response)
        assert answer["error"]
        return answer["code"], answer["key"]

    def from_ip(self, ip: str) -> "Api":
        return replace(self, ip=ip)


def told(response: Any) -> dict[str, Any]:
    assert response.headers["Content-Type"] == "application/json"
    answer: dict[str, Any] = json.loads(response.content)
    return answer


def nothing_happened() -> bool:
    """No order, and no money moved but the top-up."""
    return not Order.objects.exists() and set(Transfer.objects.values_list("code", flat=True)) <= {"top_up"}


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    caches["process"].clear()
    limits.forget()


@pytest.fixture
def tariff(db: None) -> None:
    """The one of a fresh installation; a test of real transactions has lost it."""
    if not TariffRate.objects.filter(dialect="tronzap").exists():
        names = ("dialect", "part", "duration_hours", "min_amount", "max_amount", "price_sun")
        TariffRate.objects.bulk_create(TariffRate(**dict(zip(names, row, strict=True))) for row in RATES)


@pytest.fixture
def tronzap_credential(merchant: Merchant, tariff: None) -> ApiCredential:
    return rotation.issue(merchant, "tronzap", now=NOW).credential


@pytest.fixture
def api(tronzap_credential: ApiCredential) -> Api:
    return Api(rotation.open_pair(tronzap_credential))


@pytest.fixture
def chain(db: None) -> Iterator[Upstream]:
    """The account that is asked about addresses; a test scripts its answers."""
    with serve() as upstream:
        accounts.add_account(
            kind="tronzap", label="facts", base_url=upstream.url, key="key", secret="secret", now=NOW
        )
        yield upstream


def facts(*, trx: int = 0, bandwidth: int = 0, usdt: int = 0, energy: int = 0) -> bytes:
    """Body of an address-info answer."""
    result = {
        "resources": {"energy": energy, "bandwidth": bandwidth},
        "balances": {"TRX": trx, "USDT": usdt},
    }
    return json.dumps({"code": 0, "request_id": "", "result": result}).encode()


ACTIVE = facts(trx=1, bandwidth=600)
EMPTY = facts()
