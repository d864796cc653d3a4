"""npm tronzap-sdk 1.0.4, the oldest generation of clients: `energy_amount`, `energy`, deprecated twins."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orders.models import Merchant
from providers.base import KeyPair
from providers.sandbox.outcomes import ADDRESSES, INACTIVE, NO_USDT, Outcome
from tests.flows.stack import Stack
from tests.peers import programs
from tests.waiting import wait_until

CALL = (Path(__file__).parent / "call.js").read_text()
ACTIVE = ADDRESSES[Outcome.SUCCESS]
Client = Callable[..., Any]


@pytest.fixture
def client(stack: Stack, pair: KeyPair, node: None) -> Client:
    def call(method: str, *values: object) -> Any:
        printed = programs.javascript(CALL, stack.web_url, pair.key, pair.secret, method, json.dumps(values))
        answer = json.loads(printed)
        return answer.get("result", answer)

    return call


def ended(client: Client, *numbers: object) -> Any:
    """By the client's own status call."""

    def final() -> Any:
        found = client("checkTransaction", *numbers)
        return found if found["status"] in {"success", "failed"} else None

    return wait_until(final)


def test_an_energy_order_from_price_to_hash(client: Client) -> None:
    tier = client("getServices")["energy"][0]
    assert (tier["min_energy"], tier["max_energy"], tier["price_65k"]) == (32_000, 131_000, 3.4)
    quote = client("calculate", ACTIVE, 65_000, 1)
    assert (quote["energy"], quote["total"]) == (65_000, 3.4)
    placed = client("createEnergyTransaction", ACTIVE, 65_000, 1, "ext", True)
    assert (placed["status"], placed["amount"]) == ("new", quote["total"])
    assert placed["params"] == {
        "address": ACTIVE,
        "energy_amount": 65_000,
        "duration": 1,
        "activate_address": True,
    }
    done = ended(client, placed["id"])
    assert done["status"] == "success"
    assert len(done["hash"]) == 64
    assert client("checkTransaction", None, "ext") == done
    assert client("getBalance")["balance"] == 196.6


def test_an_activation(client: Client) -> None:
    placed = client("createAddressActivationTransaction", INACTIVE, "act-1")
    assert (placed["service"], placed["amount"]) == ("activate_address", 1.4)
    done = ended(client, placed["id"], "act-1")
    assert (done["status"], len(done["hash"])) == ("success", 64)


def test_an_estimate(client: Client) -> None:
    estimate = client("estimateEnergy", ACTIVE, NO_USDT)  # contract_address is left undefined
    assert (estimate["energy"], estimate["total"]) == (131_000, 6.43)


def test_errors_have_the_codes_of_its_table(client: Client, merchant: Merchant) -> None:
    assert client("createEnergyTransaction", ACTIVE, 31_999)["code"] == 11
    assert client("createEnergyTransaction", ACTIVE, 65_000, 24)["code"] == 12
    assert client("createEnergyTransaction", "TRX_ADDRESS", 65_000)["code"] == 10
    assert client("createAddressActivationTransaction", ACTIVE)["code"] == 25
    assert client("checkTransaction", "unknown") == {"code": 20, "message": "Transaction not found"}
    assert client("getDirectRechargeInfo")["code"] == 35
    type(merchant).objects.filter(pk=merchant.pk).update(enabled=False)
    assert client("getBalance") == {"code": 1, "message": "Incorrect token or signature"}
