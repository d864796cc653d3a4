"""What is quoted is what is charged, whatever the tariff says and whatever is known of the address."""

import json
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from django.core.cache import caches
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from orders.models import ApiCredential, Merchant, Order, TariffRate
from orders.services import chain_facts, ledger
from tests.orders.api.tronzap.conftest import ACTIVE, EMPTY, FUZZ_EXAMPLES, Api
from tests.orders.conftest import ADDRESS, NOW
from tests.upstream import Upstream

UNIT = 1_000_000
BOUNDS = [0, 300, 345, 10_000, 32_000, 65_000, 131_000, 1_000_000]
AMOUNTS = st.sampled_from(BOUNDS) | st.integers(1, 6_000_000) | st.integers(300, 140_000)


@st.composite
def rates(draw: st.DrawFn, part: str) -> TariffRate:
    price_sun = draw(st.integers(0, 300_000))
    if part == "activation":
        return TariffRate(dialect="tronzap", part=part, price_sun=price_sun)
    low, high = sorted(draw(st.tuples(st.sampled_from(BOUNDS), st.sampled_from(BOUNDS))))
    return TariffRate(
        dialect="tronzap",
        part=part,
        price_sun=price_sun,
        duration_hours=draw(st.sampled_from([1, 1, 1, 0, 24, 72])),
        min_amount=low,
        max_amount=draw(st.sampled_from([high, 0])),
    )


TARIFFS = st.tuples(
    st.lists(rates("energy"), min_size=1, max_size=5),
    st.lists(rates("bandwidth"), min_size=1, max_size=3),
    st.lists(rates("activation"), max_size=1),
)
SHADOWED: tuple[list[TariffRate], ...] = (
    [
        TariffRate(dialect="tronzap", part="energy", duration_hours=0, min_amount=131_000, price_sun=50_000),
        TariffRate(dialect="tronzap", part="energy", duration_hours=1, min_amount=32_000, price_sun=52_345),
    ],
    [],
    [],
)
ANSWERS = st.sampled_from([ACTIVE, EMPTY, b"nobody knows"])


@pytest.fixture
def rich(api: Api, merchant: Merchant) -> Api:
    ledger.top_up(merchant, 10**15, note="", now=NOW)
    ApiCredential.objects.update(requests_per_minute=10**9)
    return api


def set_tariff(tariff: tuple[list[TariffRate], ...]) -> None:
    TariffRate.objects.filter(dialect="tronzap").delete()
    TariffRate.objects.bulk_create(
        TariffRate(**{name: getattr(row, name) for name in FIELDS}) for part in tariff for row in part
    )


FIELDS = ("dialect", "part", "price_sun", "duration_hours", "min_amount", "max_amount")


def learn(chain: Upstream, answer: bytes) -> None:
    """What is known of the address for the next minute."""
    caches["process"].clear()
    chain.answer(answer)
    chain_facts.facts(ADDRESS, now=NOW)


def ask(api: Api, path: str, body: object) -> tuple[int, Any]:
    answer = json.loads(api.post(path, body).content, parse_float=Decimal)
    return answer["code"], answer.get("result", {})


def bought(api: Api, service: str, amounts: dict[str, int], hours: int, *, activate: bool) -> tuple[int, int]:
    """Code and sun charged, checked against the order and its hold."""
    params = {"address": ADDRESS, "amounts": amounts, "duration": hours, "activate_address": activate}
    code, result = ask(api, "transaction/new", {"service": service, "params": params})
    if code:
        return code, 0
    order = Order.objects.get(serial=result["id"])
    assert result["amount"] * UNIT == order.price_sun
    assert order.transfers.get().amount == order.price_sun if order.price_sun else True
    return code, order.price_sun


def by_the_list(tiers: list[dict[str, Any]], resource: str, amount: int, hours: int) -> int:
    """What a client works out from `services` alone: at a bound of two tiers the larger min_amount wins (spec 3.1),
    energy is rounded half-up to 0.01 TRX (spec 7)."""
    fitting = [tier for tier in tiers if tier["duration"] == hours]
    fitting = [tier for tier in fitting if tier["min_amount"] <= amount <= tier["max_amount"]]
    starts = [tier["min_amount"] for tier in fitting]
    assert len(starts) == len(set(starts)) > 0
    price = max(fitting, key=lambda tier: tier["min_amount"])["price"]
    exact_sun = Decimal(price) * UNIT * amount / 1000
    if resource == "bandwidth":
        return int(exact_sun.to_integral_value(ROUND_CEILING))
    return int((exact_sun / 10_000).to_integral_value(ROUND_HALF_UP)) * 10_000


many = settings(
    max_examples=FUZZ_EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@many
@given(
    tariff=TARIFFS,
    resource=st.sampled_from(["energy", "bandwidth"]),
    amount=AMOUNTS,
    hours=st.sampled_from([1, 1, 1, 24, 72]),
    answer=ANSWERS,
)
@example(tariff=SHADOWED, resource="energy", amount=131_000, hours=1, answer=ACTIVE)
def test_calculate_tells_what_is_charged(
    rich: Api,
    chain: Upstream,
    tariff: tuple[list[TariffRate], ...],
    resource: str,
    amount: int,
    hours: int,
    answer: bytes,
) -> None:
    set_tariff(tariff)
    learn(chain, answer)
    body = {"address": ADDRESS, "amount": amount, "duration": hours, "type": resource}
    code, quote = ask(rich, "calculate", body)
    amounts = {resource: amount}
    plain = bought(rich, resource, amounts, hours, activate=False)
    with_fee = bought(rich, resource, amounts, hours, activate=True)
    if code:
        assert (plain, with_fee) == ((code, 0), (code, 0))
        return
    assert plain == (0, quote["price"] * UNIT)
    assert quote["total"] == quote["price"] + quote["activation_fee"]
    listed = ask(rich, "services", {})[1]
    assert by_the_list(listed[resource], resource, amount, hours) == plain[1]
    fee = listed.get("activate_address", {"price": None})["price"]
    assert quote["activation_fee"] == (0 if answer == ACTIVE else fee or 0)
    unsold = fee is None and answer != ACTIVE
    assert with_fee == ((35, 0) if unsold else (0, quote["total"] * UNIT))


@many
@given(tariff=TARIFFS, energy=AMOUNTS, bandwidth=AMOUNTS, answer=ANSWERS, activate=st.booleans())
def test_a_bundle_costs_its_parts(
    rich: Api,
    chain: Upstream,
    tariff: tuple[list[TariffRate], ...],
    energy: int,
    bandwidth: int,
    answer: bytes,
    activate: bool,
) -> None:
    set_tariff(tariff)
    learn(chain, answer)
    quotes = [
        ask(rich, "calculate", {"address": ADDRESS, "amount": amount, "duration": 1, "type": resource})
        for resource, amount in (("energy", energy), ("bandwidth", bandwidth))
    ]
    amounts = {"energy": energy, "bandwidth": bandwidth}
    code, charged_sun = bought(rich, "resource_bundle", amounts, 1, activate=activate)
    if code:
        assert any(refusal for refusal, _ in quotes) or (code == 35 and activate)
        return
    fee = quotes[0][1]["activation_fee"] if activate else 0
    assert charged_sun == sum(quote["price"] for _, quote in quotes) * UNIT + fee * UNIT


@many
@given(tariff=TARIFFS, size=st.sampled_from([32, 65, 131]))
def test_package_prices_are_charged(
    rich: Api, chain: Upstream, tariff: tuple[list[TariffRate], ...], size: int
) -> None:
    set_tariff(([tariff[0][0]], [], []))
    learn(chain, ACTIVE)
    tiers = ask(rich, "services", {})[1]["energy"]
    for tier in tiers:
        hours = tier["duration"]
        code, charged_sun = bought(rich, "energy", {"energy": size * 1000}, hours, activate=False)
        assert code in {0, 11}
        if not code:
            assert charged_sun == tier[f"price_{size}k"] * UNIT
