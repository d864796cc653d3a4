"""Real answers of the TronZap dialect against its document."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from orders.api.docs.tronzap import ENDPOINTS, LEFT_OUT
from orders.models import Dialect, Merchant, Order
from orders.services import chain_facts, outcomes, rotation
from orders.services.chain_facts import Facts
from providers.base import KeyPair, Progress, State
from providers.tronzap.wire import Code, paths, sign
from tests.contract import Contract
from tests.orders.api.tronzap.conftest import ACTIVE, chain, tariff
from tests.orders.conftest import ADDRESS, NOW, TXID, Send
from tests.upstream import Upstream

__all__ = ["chain", "tariff"]
PUBLIC = paths.DIRECT_RECHARGE_INFO


@dataclass(frozen=True)
class Caller:
    pair: KeyPair
    contract: Contract

    def post(self, path: str, fields: object, **headers: str) -> Any:
        raw = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
        given = {"Authorization": f"Bearer {self.pair.key}", "X-Signature": sign(raw, self.pair.secret)}
        response = Client().post(path, raw, content_type="application/json", headers=given | headers)
        return self.contract.check(response)

    def result(self, path: str, fields: object) -> Any:
        body = self.post(path, fields)
        assert body["code"] == 0, body
        return body["result"]

    def sample(self, path: str) -> dict[str, Any]:
        return self.contract.sample(path)


@pytest.fixture
def caller(merchant: Merchant, tariff: None, contracts: dict[str, Contract]) -> Caller:
    credential = rotation.issue(merchant, Dialect.TRONZAP, now=NOW).credential
    return Caller(rotation.open_pair(credential), contracts["tronzap"])


@pytest.mark.parametrize(
    "path",
    [paths.SERVICES, paths.BALANCE, paths.ESTIMATE_ENERGY, paths.CALCULATE, paths.TRANSACTION_NEW],
)
def test_the_documented_requests_are_accepted(caller: Caller, path: str) -> None:
    assert caller.result(path, caller.sample(path))


def test_address_info(caller: Caller, chain: Upstream) -> None:
    chain.answer(ACTIVE)
    assert caller.result(paths.ADDRESS_INFO, caller.sample(paths.ADDRESS_INFO))["resources"]


@pytest.mark.parametrize("path", [path for path in (*ENDPOINTS, *LEFT_OUT) if path != PUBLIC])
def test_refusals_of_every_call(caller: Caller, path: str) -> None:
    sample = caller.sample(path)
    assert caller.post(path, sample, Authorization="Bearer nobody")["code"] == Code.AUTH
    assert caller.post(path, sample, **{"X-Signature": "0" * 64})["code"] == Code.AUTH
    assert caller.post(path, b"x")["code"] == Code.INVALID_SERVICE_OR_PARAMS
    assert caller.post(path, b"x" * 70_000)["code"] == 413


@pytest.mark.parametrize("path", [PUBLIC, *LEFT_OUT])
def test_what_is_not_offered(caller: Caller, path: str) -> None:
    assert caller.post(path, {})["code"] == Code.SERVICE_UNAVAILABLE


@pytest.mark.parametrize(
    ("service", "params"),
    [
        ("energy", {"amount": 65_000, "duration": 1}),
        ("energy", {"energy_amount": "65000", "duration": "1"}),
        ("bandwidth", {"amounts": {"bandwidth": 345}, "duration": 1}),
        ("resource_bundle", {"amounts": {"energy": 65_000, "bandwidth": 345}, "duration": 1}),
        ("energy", {"amounts": {"energy": 65_000}, "duration": 1, "activate_address": True}),
        ("activate_address", {}),
    ],
)
def test_every_service(caller: Caller, service: str, params: dict[str, Any]) -> None:
    body = {"service": service, "params": {"address": ADDRESS, **params}}
    caller.contract.valid(body, {"$ref": "#/components/schemas/Purchase"})
    assert caller.result(paths.TRANSACTION_NEW, body)["status"] == "new"


def test_an_order_from_begin_to_end(caller: Caller, send: Send) -> None:
    own_id = caller.result(paths.TRANSACTION_NEW, caller.sample(paths.TRANSACTION_NEW))["id"]
    attempt = send(Order.objects.get(serial=own_id))
    assert caller.result(paths.TRANSACTION_CHECK, {"id": own_id})["status"] == "pending"
    outcomes.apply(attempt.pk, Progress(state=State.SUCCEEDED, upstream_id="1", txid=TXID), now=NOW)
    found = caller.result(paths.TRANSACTION_CHECK, caller.sample(paths.TRANSACTION_CHECK))
    assert (found["status"], found["hash"]) == ("success", TXID)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"service": "gold"}, Code.INVALID_SERVICE_OR_PARAMS),
        ({"external_id": 1}, Code.INVALID_SERVICE_OR_PARAMS),
        ({"params": {"address": "TRX_ADDRESS"}}, Code.INVALID_TRON_ADDRESS),
        ({"params": {"address": ADDRESS, "amount": 1, "duration": 1}}, Code.INVALID_ENERGY_AMOUNT),
        ({"params": {"address": ADDRESS, "amount": 65_000, "duration": 2}}, Code.INVALID_DURATION),
        (
            {"service": "bandwidth", "params": {"address": ADDRESS, "amount": 1, "duration": 1}},
            Code.INVALID_BANDWIDTH_AMOUNT,
        ),
    ],
)
def test_refusals_of_orders(caller: Caller, change: dict[str, Any], code: Code) -> None:
    told = caller.post(paths.TRANSACTION_NEW, caller.sample(paths.TRANSACTION_NEW) | change)
    assert told["code"] == code
    assert not Order.objects.exists()


def test_refusals_that_hang_on_the_chain(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain_facts, "known_facts", lambda *_, **__: Facts(is_active=False))
    told = caller.post(paths.TRANSACTION_NEW, caller.sample(paths.TRANSACTION_NEW))
    assert told["code"] == Code.ADDRESS_NOT_ACTIVATED
    monkeypatch.setattr(chain_facts, "facts", lambda *_, **__: Facts(is_active=True))
    activation = {"service": "activate_address", "params": {"address": ADDRESS}}
    assert caller.post(paths.TRANSACTION_NEW, activation)["code"] == Code.ADDRESS_ALREADY_ACTIVATED


def test_refusals_of_questions(caller: Caller) -> None:
    for path in (paths.ADDRESS_INFO, paths.ESTIMATE_ENERGY, paths.CALCULATE):
        assert caller.post(path, {})["code"] == Code.INVALID_TRON_ADDRESS
    assert caller.post(paths.ADDRESS_INFO, {"address": ADDRESS})["code"] == Code.SERVICE_UNAVAILABLE
    assert caller.post(paths.TRANSACTION_CHECK, {})["code"] == Code.INVALID_SERVICE_OR_PARAMS
    assert caller.post(paths.TRANSACTION_CHECK, {"id": "none"})["code"] == Code.NOT_FOUND


def test_no_funds(caller: Caller) -> None:
    body = {"service": "energy", "params": {"address": ADDRESS, "amount": 5_000_000, "duration": 1}}
    codes = [caller.post(paths.TRANSACTION_NEW, body)["code"] for _ in range(6)]
    assert codes[0] == 0
    assert codes[-1] == Code.INSUFFICIENT_FUNDS
