"""TronZap as an upstream: specs/tronzap.md, asked by a client of our own."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import requests

from providers.sandbox.accounts import TRONZAP_MAIN
from providers.sandbox.outcomes import ADDRESSES, NO_USDT, Outcome, published
from tests.providers.sandbox.callers import TronzapCaller
from tests.sandbox_process import SandboxProcess
from tests.waiting import wait_until

ADDRESS = published("somebody")
UNKNOWN = {"id": "01k33rz57drtqgqcedyn9tvk04"}


def final(tronzap: TronzapCaller, request_id: str) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        result: dict[str, Any] = tronzap.check(request_id).get("result", {})
        return result if result.get("status") in ("success", "failed") else None

    found = wait_until(ended)
    assert found is not None
    return found


def balance(tronzap: TronzapCaller) -> Decimal:
    return Decimal(str(tronzap.post("/balance", {}).json()["result"]["balance"]))


def test_energy_is_bought_and_delivered(tronzap: TronzapCaller, sandbox: SandboxProcess) -> None:
    answer = tronzap.new(ADDRESS, "b-1").json()
    assert answer["code"] == 0
    result = answer["result"]
    assert (result["status"], result["amount"], result["hash"]) == ("new", 3.4, None)
    assert result["params"] == {"address": ADDRESS, "amounts": {"energy": 65_000}, "duration": 1}
    ended = final(tronzap, "b-1")
    assert (ended["id"], ended["status"], ended["amount"]) == (result["id"], "success", "3.40")
    assert len(ended["hash"]) == 64
    assert balance(tronzap) == Decimal("99996.6")
    assert [bought["request_id"] for bought in sandbox.purchases()] == ["b-1"]


@pytest.mark.parametrize(
    ("service", "params", "amount"),
    [
        ("bandwidth", {"amounts": {"bandwidth": 345}, "duration": 1}, 0.345),
        ("resource_bundle", {"amounts": {"energy": 65_000, "bandwidth": 345}, "duration": 1}, 3.745),
        ("activate_address", {}, 1.4),
        ("energy", {"amounts": None, "amount": 65_000}, 3.4),
        ("energy", {"amounts": None, "energy_amount": 32_000}, 1.67),
    ],
)
def test_every_service_and_every_generation_of_fields(
    tronzap: TronzapCaller, service: str, params: dict[str, Any], amount: float
) -> None:
    answer = tronzap.new(ADDRESS, "b-2", service, **params).json()
    assert (answer["code"], answer["result"]["amount"]) == (0, amount)
    # A quirk of the real server: a bundle comes back as energy.
    assert answer["result"]["service"] == ("energy" if service == "resource_bundle" else service)


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (b"{}", "8a9d56531a7e15fc9369bd8893c1e5a1c090fd0b7e242afb327695df1061776e"),
        (b"{}", "8A9D56531A7E15FC9369BD8893C1E5A1C090FD0B7E242AFB327695DF1061776E"),
        (b"[]", "de9940acb9dede088afe721c338c1b59ade604ca4b292e5aec3dbe5611e344ac"),
    ],
)
def test_published_signatures_are_accepted(sandbox: SandboxProcess, body: bytes, signature: str) -> None:
    """Vectors V1 and V5 of the specification."""
    account = replace(TRONZAP_MAIN, key="tok-test", secret="sec-test")
    sandbox.control("accounts", dialect="tronzap", key=account.key, secret=account.secret)
    caller = TronzapCaller(sandbox.url, account)
    assert caller.post_raw("/services", body, signature).json()["code"] == 0
    assert caller.post_raw("/services", body + b" ", signature).json()["code"] == 1


def test_a_wrong_signature_buys_nothing(tronzap: TronzapCaller, sandbox: SandboxProcess) -> None:
    forged = tronzap.post("/transaction/new", {"service": "energy"}, secret="not the secret")
    assert forged.status_code == 200
    told = forged.json()
    assert (told["code"], told["key"], told["error"]) == (1, "auth", "Incorrect token or signature")
    nobody = TronzapCaller(sandbox.url, replace(TRONZAP_MAIN, key="nobody"))
    assert nobody.new(ADDRESS, "b-3").json()["code"] == 1
    assert sandbox.purchases() == []


@pytest.mark.parametrize(
    ("params", "code", "key"),
    [
        ({"service": "gold", "params": {"address": ADDRESS}}, 2, "invalid_service_or_params"),
        ({"service": [], "params": {}}, 2, "invalid_service_or_params"),
        (
            {"service": "energy", "params": {"address": ADDRESS}, "external_id": 5},
            2,
            "invalid_service_or_params.external_id",
        ),
        ({"service": "energy", "params": {"address": ADDRESS[:-1] + "1"}}, 10, "invalid_tron_address"),
        (
            {"service": "energy", "params": {"address": ADDRESS, "duration": 24}},
            12,
            "invalid_duration.duration",
        ),
        (
            {"service": "energy", "params": {"address": ADDRESS, "duration": 1}},
            11,
            "invalid_energy_amount.energy_amount",
        ),
        (
            {"service": "energy", "params": {"address": ADDRESS, "duration": 1, "amount": 10**30}},
            11,
            "invalid_energy_amount.energy_amount",
        ),
        (
            {"service": "bandwidth", "params": {"address": ADDRESS, "duration": 1, "amount": 299}},
            50,
            "invalid_bandwidth_amount",
        ),
    ],
)
def test_bad_requests_have_their_codes(
    tronzap: TronzapCaller, sandbox: SandboxProcess, params: dict[str, Any], code: int, key: str
) -> None:
    answer = tronzap.post("/transaction/new", params).json()
    assert (answer["code"], answer["key"]) == (code, key)
    assert sandbox.purchases() == []


@pytest.mark.parametrize(
    ("outcome", "service", "code"),
    [
        (Outcome.REFUSE, "energy", 35),
        (Outcome.LOW_BALANCE, "energy", 6),
        (Outcome.LOW_BALANCE_OLD, "energy", 13),
        (Outcome.INACTIVE, "energy", 24),
        (Outcome.ALREADY_ACTIVE, "activate_address", 25),
    ],
)
def test_it_refuses(
    tronzap: TronzapCaller, sandbox: SandboxProcess, outcome: Outcome, service: str, code: int
) -> None:
    assert tronzap.new(ADDRESSES[outcome], "b-4", service).json()["code"] == code
    assert tronzap.check("b-4")["code"] == 20
    assert sandbox.purchases() == []


def test_an_inactive_receiver_is_activated_on_request(tronzap: TronzapCaller) -> None:
    bought = tronzap.new(ADDRESSES[Outcome.INACTIVE], "b-5", activate_address=True).json()["result"]
    assert bought["amount"] == 4.8
    active = tronzap.new(ADDRESS, "b-6", activate_address=True).json()["result"]
    assert active["amount"] == 3.4


def test_a_failed_order_gives_the_money_back(tronzap: TronzapCaller) -> None:
    before = balance(tronzap)
    tronzap.new(ADDRESSES[Outcome.FAILED], "b-7")
    ended = final(tronzap, "b-7")
    assert (ended["status"], ended["hash"]) == ("failed", None)
    assert balance(tronzap) == before


def test_lost_answers(tronzap: TronzapCaller, sandbox: SandboxProcess) -> None:
    assert tronzap.new(ADDRESSES[Outcome.ERROR500], "b-8").status_code == 500
    assert tronzap.new(ADDRESSES[Outcome.ERROR500_EXECUTED], "b-9").status_code == 500
    with pytest.raises(requests.ConnectionError):
        tronzap.new(ADDRESSES[Outcome.CUT], "b-10")
    with pytest.raises(requests.ConnectionError):
        tronzap.new(ADDRESSES[Outcome.CUT_BEFORE], "b-11")
    assert {bought["request_id"] for bought in sandbox.purchases()} == {"b-9", "b-10"}
    assert tronzap.check("b-8")["code"] == tronzap.check("b-11")["code"] == 20
    assert final(tronzap, "b-10")["status"] == "success"


def test_check_wants_an_id(tronzap: TronzapCaller) -> None:
    neither = tronzap.post("/transaction/check", {}).json()
    assert (neither["code"], neither["key"]) == (2, "invalid_service_or_params.id")
    unknown = tronzap.post("/transaction/check", UNKNOWN).json()
    assert (unknown["code"], unknown["key"]) == (20, "subscription_not_found.transaction")


def test_prices_and_facts(tronzap: TronzapCaller) -> None:
    services = tronzap.post("/services", {}).json()["result"]
    tier = services["energy"][0]
    assert (tier["price"], tier["price_32k"], tier["price_65k"], tier["price_131k"]) == (
        0.0523,
        1.67,
        3.4,
        6.85,
    )
    pair = {"from_address": ADDRESS, "to_address": NO_USDT}
    estimate = tronzap.post("/estimate-energy", pair | {"contract_address": ""}).json()["result"]
    assert (estimate["amount"], estimate["energy"], estimate["activation_fee"]) == (131_000, 131_000, 0)
    bad = tronzap.post("/estimate-energy", pair | {"to_address": "T1"}).json()
    assert (bad["code"], bad["key"]) == (10, "invalid_tron_address.to_address")
    offer = tronzap.post("/calculate", {"address": ADDRESS, "energy": 65_000, "duration": 1}).json()["result"]
    assert (offer["amount"], offer["price"], offer["total"]) == (65_000, 3.4, 3.4)
    facts = tronzap.post("/address-info", {"address": NO_USDT}).json()["result"]
    assert facts["balances"]["USDT"] == 0
