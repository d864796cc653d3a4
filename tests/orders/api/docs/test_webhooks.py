"""What native events tell, against their document."""

import json
from typing import Any

import pytest

from orders.models import CallbackFormat, Order
from orders.services import callback_payloads, signing
from orders.states import OrderStatus
from providers.base import Kind
from tests.contract import Contract
from tests.orders.conftest import NOW, Place
from tests.orders.services.test_signing import Sent, keys

KINDS: dict[Kind, dict[str, object]] = {
    Kind.COLLECT: {},
    Kind.ENERGY: {},
    Kind.BANDWIDTH: {"bandwidth": 345, "duration_hours": 1},
    Kind.BUNDLE: {"bandwidth": 345},
    Kind.ACTIVATION: {},
    Kind.MONITOR: {},
}


@pytest.fixture
def contract(contracts: dict[str, Contract]) -> Contract:
    return contracts["webhooks"]


def sent(payload: dict[str, Any], event: str) -> Any:
    return json.loads(signing.signed(Sent("native", payload, event=event), keys(b"k" * 24), now=NOW).body)


@pytest.mark.parametrize("status", ["succeeded", "failed"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_end_of_every_kind(kind: Kind, status: str, contract: Contract, place: Place) -> None:
    order = place(kind=kind, **KINDS[kind])
    order.status, order.callback_format = OrderStatus(status), CallbackFormat.NATIVE
    payload = callback_payloads.payload(order, attempt=None, payment=None, now=NOW)
    told = sent(payload, f"order.{status}")
    contract.valid(told, schema(contract, "orderEnded"))
    assert {"energy", "amount_micro"} & set(told["data"]) == (
        {"amount_micro"} if order.is_payment else {"energy"}
    )
    assert Order.objects.count() == 1


def test_a_test(contract: Contract) -> None:
    told = sent(callback_payloads.ping(CallbackFormat.NATIVE, "TEST-1", now=NOW), "test.ping")
    contract.valid(told, schema(contract, "testPing"))


def schema(contract: Contract, name: str) -> dict[str, Any]:
    body = contract.document["webhooks"][name]["post"]["requestBody"]
    found: dict[str, Any] = body["content"]["application/json"]["schema"]
    return found
