"""The endpoints without effect, byte by byte (specs/tronzap.md sections 3.1 to 3.5, 3.8 to 3.10)."""

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from orders.models import Merchant, TariffRate
from orders.services import chain_facts, ledger, merchants
from orders.services.chain_facts import Facts
from tests.orders.api.tronzap.conftest import ACTIVE, EMPTY, Api, facts, nothing_happened
from tests.orders.conftest import ADDRESS, NOW, OTHER_ADDRESS
from tests.reader import NODE
from tests.upstream import Upstream

USDT = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
WRONG_CHECKSUM = "TKuV4gsNRCqEZwS8zRuHJHnCgvNBce7MPe"
BAD_ADDRESSES: list[object] = [
    *(None, "", 1, True, [ADDRESS], {}, "TAddress", WRONG_CHECKSUM, f" {ADDRESS}", f"{ADDRESS}\n"),
    *(ADDRESS.lower(), "TRX_ADDRESS", "0x" + "0" * 40, "T" * 34, ADDRESS * 100),
]


def result_bytes(api: Api, path: str, body: object = None) -> str:
    """The answer as it was sent, its id taken out."""
    text = api.post(path, body).content.decode()
    return re.sub(r'"request_id":"[^"]*"', "", text)


def rate(part: str, price_sun: int, **fields: Any) -> TariffRate:
    return TariffRate.objects.create(dialect="tronzap", part=part, price_sun=price_sun, **fields)


def test_services(api: Api) -> None:
    assert result_bytes(api, "services") == (
        '{"code":0,,"result":{"energy":['
        '{"duration":1,"min_amount":32000,"max_amount":131000,"min_energy":32000,"max_energy":131000,'
        '"price":0.0523,"price_32k":1.67,"price_65k":3.4,"price_131k":6.85},'
        '{"duration":1,"min_amount":131000,"max_amount":5000000,"min_energy":131000,"max_energy":5000000,'
        '"price":0.0491,"price_32k":1.57,"price_65k":3.19,"price_131k":6.43}],'
        '"bandwidth":[{"duration":1,"min_amount":300,"max_amount":50000,"price":1}],'
        '"activate_address":{"price":1.4}}}'
    )


def test_services_of_a_merchant_with_rates_of_its_own(api: Api, merchant: Merchant) -> None:
    rate("energy", 40_000, merchant=merchant, duration_hours=24, min_amount=1, max_amount=0)
    rate("energy", 90_000, merchant=merchant, duration_hours=72, min_amount=50_000, max_amount=0)
    rate("energy", 50_000, merchant=merchant, duration_hours=0, min_amount=65_000, max_amount=70_000)
    tiers = api.result("services")["energy"]
    assert [(tier["duration"], tier["min_amount"], tier["max_amount"], tier["price"]) for tier in tiers] == [
        (1, 65_000, 70_000, 0.05),
        (24, 10_000, 100_000_000, 0.04),
    ]


def test_services_of_a_tariff_that_sells_nothing(api: Api) -> None:
    TariffRate.objects.all().delete()
    assert api.result("services") == {"energy": [], "bandwidth": []}


def test_balance(api: Api, merchant: Merchant) -> None:
    assert result_bytes(api, "balance") == '{"code":0,,"result":{"balance":1000,"address":""}}'
    ledger.top_up(merchant, 1_345_678, note="", now=NOW)
    assert result_bytes(api, "balance") == '{"code":0,,"result":{"balance":1001.345678,"address":""}}'


def test_balance_tells_the_top_up_address_while_a_node_watches_it(
    api: Api, merchant: Merchant, settings: Settings
) -> None:
    merchants.set_top_up_address(merchant, OTHER_ADDRESS, user=None, now=NOW)
    assert api.result("balance") == {"balance": 1000, "address": ""}
    settings.TRON_NODES = [NODE]
    assert api.result("balance") == {"balance": 1000, "address": OTHER_ADDRESS}


def test_address_info(api: Api, chain: Upstream) -> None:
    chain.answer(facts(trx=25, bandwidth=600, usdt=1_000, energy=65_000))
    expected = '{"code":0,,"result":{"resources":{"energy":65000,"bandwidth":600},"balances":{"TRX":25,"USDT":1000}}}'
    assert result_bytes(api, "address-info", {"address": ADDRESS}) == expected
    assert result_bytes(api, "address-info", {"address": ADDRESS}) == expected
    assert len(chain.received) == 1  # the second was remembered


def test_address_info_without_an_answer(api: Api, chain: Upstream) -> None:
    chain.answer(b"oops", 500)
    for _ in range(2):
        assert api.refusal("address-info", {"address": ADDRESS}) == (35, "service_unavailable")
    assert len(chain.received) == 1


def test_address_info_without_anybody_to_ask(api: Api) -> None:
    assert api.refusal("address-info", {"address": ADDRESS}) == (35, "service_unavailable")


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_address_info_of_no_address(api: Api, chain: Upstream, address: object) -> None:
    assert api.refusal("address-info", {"address": address}) == (10, "invalid_tron_address")
    assert api.refusal("address-info") == (10, "invalid_tron_address")
    assert not chain.received


BAD_ADDRESS = b'{"code":10,"key":"invalid_tron_address","error":"Invalid TRON address"}'


def estimate(api: Api, **fields: object) -> Any:
    return api.result("estimate-energy", {"from_address": ADDRESS, "to_address": OTHER_ADDRESS, **fields})


@pytest.mark.parametrize(
    ("sender", "receiver", "energy", "price", "fee", "total"),
    [
        pytest.param(ACTIVE, facts(usdt=1), 65_000, 3.4, 0, 3.4, id="to a holder"),
        pytest.param(ACTIVE, facts(), 131_000, 6.43, 0, 6.43, id="to a non-holder"),
        pytest.param(
            EMPTY, facts(usdt=1), 65_000, 3.4, 1.4, 4.8, id="from an address not known to be active"
        ),
        pytest.param(BAD_ADDRESS, BAD_ADDRESS, 131_000, 6.43, 1.4, 7.83, id="nothing known"),
    ],
)
def test_estimate_energy(
    api: Api,
    chain: Upstream,
    sender: bytes,
    receiver: bytes,
    energy: int,
    price: float,
    fee: float,
    total: float,
) -> None:
    chain.answer(receiver)
    chain.answer(sender)
    assert estimate(api) == {
        "amount": energy,
        "energy": energy,
        "duration": 1,
        "price": price,
        "activation_fee": fee,
        "total": total,
        "from_address": ADDRESS,
        "to_address": OTHER_ADDRESS,
        "contract_address": USDT,
    }


@pytest.mark.parametrize("contract", [{}, {"contract_address": ""}, {"contract_address": None}])
def test_a_contract_not_named_is_usdt(api: Api, contract: dict[str, object]) -> None:
    assert estimate(api, **contract)["contract_address"] == USDT


def test_of_another_token_nothing_is_known(api: Api, chain: Upstream) -> None:
    chain.answer(facts(usdt=1))
    chain.answer(ACTIVE)
    answer = estimate(api, contract_address=OTHER_ADDRESS)
    assert (answer["amount"], answer["contract_address"]) == (131_000, OTHER_ADDRESS)


@pytest.mark.parametrize("name", ["from_address", "to_address", "contract_address"])
@pytest.mark.parametrize("address", [each for each in BAD_ADDRESSES if each])
def test_estimate_energy_names_the_bad_address(api: Api, name: str, address: object) -> None:
    body = {"from_address": ADDRESS, "to_address": OTHER_ADDRESS, name: address}
    assert api.refusal("estimate-energy", body) == (10, f"invalid_tron_address.{name}")


def test_estimate_energy_without_a_price(api: Api) -> None:
    TariffRate.objects.all().delete()
    body = {"from_address": ADDRESS, "to_address": OTHER_ADDRESS}
    assert api.refusal("estimate-energy", body) == (35, "service_unavailable")


def calculated(**fields: object) -> dict[str, object]:
    return {"address": ADDRESS, "amount": 65_000, "duration": 1, **fields}


def test_calculate_energy(api: Api, chain: Upstream) -> None:
    chain.answer(ACTIVE)
    assert result_bytes(api, "calculate", calculated()) == (
        '{"code":0,,"result":{"address":"' + ADDRESS + '","type":"energy","amount":65000,"energy":65000,'
        '"duration":1,"price":3.4,"activation_fee":0,"total":3.4}}'
    )


def test_calculate_bandwidth(api: Api, chain: Upstream) -> None:
    chain.answer(EMPTY)
    assert result_bytes(api, "calculate", calculated(amount=345, type="bandwidth")) == (
        '{"code":0,,"result":{"address":"' + ADDRESS + '","type":"bandwidth","amount":345,"energy":345,'
        '"duration":1,"price":0.345,"activation_fee":1.4,"total":1.745}}'
    )


@pytest.mark.parametrize(
    "amount",
    [
        {"amount": 65_000},
        {"amount": "65000"},
        {"amount": 65_000, "energy": 1},
        {"energy": 65_000},
        {"energy": 65_000, "amount": None},
        {"energy": 65_000, "amount": ""},
        {"amount": 65_000, "type": None},
        {"amount": 65_000, "type": ""},
    ],
)
def test_calculate_takes_every_generation(api: Api, amount: dict[str, object]) -> None:
    answer = api.result("calculate", {"address": ADDRESS, "duration": 1, **amount})
    assert (answer["amount"], answer["price"]) == (65_000, 3.4)


def test_at_a_shared_bound_the_tier_with_the_larger_minimum_counts(api: Api) -> None:
    assert api.result("calculate", calculated(amount=131_000))["price"] == 6.43
    assert api.result("calculate", calculated(amount=130_999))["price"] == 6.85


def test_a_day_where_the_tariff_sells_it(api: Api) -> None:
    assert api.refusal("calculate", calculated(duration=24)) == (12, "invalid_duration.duration")
    rate("energy", 130_000, duration_hours=24, min_amount=65_000, max_amount=131_000)
    assert api.result("calculate", calculated(duration=24))["price"] == 8.45
    # An hour's price is no price of a day.
    body = calculated(duration=24, amount=64_999)
    assert api.refusal("calculate", body) == (11, "invalid_energy_amount.energy_amount")


BAD_DURATIONS: list[object] = [None, 0, 2, -1, 24, 72, "", "1h", "１", True, [1], 10**30, 1.5]
BAD_AMOUNTS: list[object] = [
    *(None, 0, -65_000, 31_999, 5_000_001, 10**30, 65_000.5, True),
    *("no", "６５０００", "65_000", [65_000], {}),
]
REFUSED = [
    ({"type": "resource_bundle"}, (2, "invalid_service_or_params")),
    ({"type": 1}, (2, "invalid_service_or_params")),
    ({"type": []}, (2, "invalid_service_or_params")),
    ({"address": WRONG_CHECKSUM}, (10, "invalid_tron_address")),
    ({"address": USDT}, (10, "invalid_tron_address")),
    ({"address": None}, (10, "invalid_tron_address")),
    *(({"duration": bad}, (12, "invalid_duration.duration")) for bad in BAD_DURATIONS),
    *(({"amount": bad}, (11, "invalid_energy_amount.energy_amount")) for bad in BAD_AMOUNTS),
    *(
        ({"type": "bandwidth", "amount": bad}, (50, "invalid_bandwidth_amount"))
        for bad in [None, 299, 50_001, "x"]
    ),
    # Two mistakes: the order of checks tells which is named.
    ({"type": "x", "address": "x"}, (2, "invalid_service_or_params")),
    ({"address": "x", "duration": 2}, (10, "invalid_tron_address")),
    ({"duration": 2, "amount": 1}, (12, "invalid_duration.duration")),
]


@pytest.mark.parametrize(("fields", "refusal"), REFUSED)
def test_calculate_refuses(
    api: Api, chain: Upstream, fields: dict[str, object], refusal: tuple[int, str]
) -> None:
    assert api.refusal("calculate", calculated(**fields)) == refusal
    assert not chain.received


def test_calculate_without_a_price(api: Api) -> None:
    TariffRate.objects.all().delete()
    assert api.refusal("calculate", calculated()) == (35, "service_unavailable")


@pytest.mark.parametrize("body", [b"", b"{}", b"not JSON", b"x" * 100_000])
def test_direct_recharge_is_public_and_not_offered(body: bytes) -> None:
    response = Client(enforce_csrf_checks=True).post(
        "/v1/direct-recharge-info", body, content_type="application/json"
    )
    assert response.status_code == 200
    answer = response.json()
    assert answer.pop("request_id")
    assert answer == {"code": 35, "key": "service_unavailable", "error": "Service temporarily unavailable"}


@pytest.mark.parametrize(
    "path",
    [
        *("aml-checks", "aml-checks/new", "aml-checks/check", "aml-checks/history", "subscriptions"),
        *("subscription/start", "subscription/check", "subscription/stop", "subscriptions/history"),
    ],
)
def test_what_is_not_offered_yet(api: Api, path: str) -> None:
    assert api.refusal(path, {"type": "address"}) == (35, "service_unavailable")
    assert nothing_happened()


def test_facts_remembered_are_those_that_were_read(chain: Upstream) -> None:
    assert chain_facts.known_facts(ADDRESS) == chain_facts.UNKNOWN
    chain.answer(ACTIVE)
    read = chain_facts.facts(ADDRESS, now=NOW)
    assert read == Facts(is_active=True, has_bandwidth=True, holds_usdt=False)
    assert chain_facts.known_facts(ADDRESS) == read
