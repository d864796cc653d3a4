import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from orders.models import Merchant, Order, TariffRate
from orders.services import chain_facts, ledger
from orders.services.chain_facts import Facts
from tests.orders.api.itrx.conftest import STAMP, Caller, told
from tests.orders.conftest import ADDRESS, NOW, OTHER_ADDRESS

FUZZ_EXAMPLES = int(os.environ.get("API_FUZZ_EXAMPLES", "50"))
PUBLIC = (
    b'"platform_avail_energy":100000000,"platform_max_energy":100000000,"minimum_order_energy":10000,'
    b'"maximum_order_energy":100000000,"small_amount":50000,"small_addition":0.6,"usdt_energy_need_old":65000,'
    b'"usdt_energy_need_new":131000,"tiered_pricing":[{"period":0,"price":100},{"period":1,"price":200},'
    b'{"period":3,"price":152},{"period":30,"price":124}]'
)


class TestIndexData:
    def test_a_key_sees_its_balance(self, caller: Caller) -> None:
        assert caller.get("/index-data").content == b"{" + PUBLIC + b',"balance":1000000000}'

    def test_everybody_sees_the_rest(self, caller: Caller) -> None:
        assert caller.http.get("/api/v1/frontend/index-data").content == b"{" + PUBLIC + b"}"

    def test_a_merchant_sees_its_own_prices(self, caller: Caller, merchant: Merchant) -> None:
        for hours, price_sun in ((1, 90_000), (24, 180_001), (5, 1)):
            TariffRate.objects.create(
                dialect="itrx", merchant=merchant, part="energy", duration_hours=hours, price_sun=price_sun
            )
        tiers = [{"period": 0, "price": 90}, {"period": 1, "price": 181}]
        assert told(caller.get("/index-data"))["tiered_pricing"] == tiers
        assert caller.http.get("/api/v1/frontend/index-data").content == b"{" + PUBLIC + b"}"

    def test_where_the_price_hangs_on_the_amount_the_dearest_is_told(self, caller: Caller) -> None:
        rates = TariffRate.objects.filter(dialect="itrx", part="energy")
        rates.filter(duration_hours=1).update(min_amount=32_000, max_amount=65_000)
        TariffRate.objects.create(
            dialect="itrx",
            part="energy",
            duration_hours=1,
            min_amount=65_001,
            max_amount=5_000_000,
            price_sun=80_000,
        )
        rates.filter(duration_hours__gt=1).delete()
        figures = told(caller.get("/index-data"))
        assert figures["tiered_pricing"] == [{"period": 0, "price": 100}]
        assert (figures["minimum_order_energy"], figures["maximum_order_energy"]) == (32_000, 5_000_000)

    def test_without_a_surcharge_no_order_is_small(self, caller: Caller) -> None:
        TariffRate.objects.filter(part="small_order").delete()
        figures = told(caller.get("/index-data"))
        assert (figures["small_amount"], figures["small_addition"]) == (0, 0.0)

    def test_an_empty_tariff_is_no_fault(self, caller: Caller) -> None:
        TariffRate.objects.all().delete()
        assert told(caller.get("/index-data"))["tiered_pricing"] == []

    def test_the_energy_of_a_transfer_is_the_operators(self, caller: Caller, settings: Settings) -> None:
        settings.COLLECT_ENERGY_HOLDER, settings.COLLECT_ENERGY_NEW = 64_285, 130_285
        figures = told(caller.get("/index-data"))
        assert (figures["usdt_energy_need_old"], figures["usdt_energy_need_new"]) == (64_285, 130_285)
        unknown = told(caller.get("/order/price", {"period": "1H", "to_address": OTHER_ADDRESS}))
        assert unknown["energy_amount"] == 130_285
        told(caller.post("/order/collect-manual", {"scene": 1, "receive_address": ADDRESS}))
        assert Order.objects.get().energy == 64_285


class TestPrice:
    @pytest.mark.parametrize(
        ("period", "energy", "price", "total", "addition"),
        [
            ("1H", 32_000, 100, 3_800_000, 600_000),  # the amount of the order/query sample (spec 7)
            ("1H", 49_999, 100, 5_599_900, 600_000),
            ("1H", 50_000, 100, 5_000_000, 0),
            ("1D", 65_000, 200, 13_000_000, 0),
            ("2D", 65_000, 200, 26_000_000, 0),
            ("3D", 32_000, 152, 15_192_000, 600_000),
            ("5D", 65_000, 152, 49_400_000, 0),
            ("30D", 65_000, 124, 241_800_000, 0),
        ],
    )
    def test_it_is_told_to_the_byte(
        self, caller: Caller, period: str, energy: int, price: int, total: int, addition: int
    ) -> None:
        answer = caller.get("/order/price", {"period": period, "energy_amount": energy})
        assert answer.content == (
            b'{"period":"%s","energy_amount":%d,"price":%d,"total_price":%d,"addition":%d}'
            % (period.encode(), energy, price, total, addition)
        )

    @pytest.mark.parametrize(("holds_usdt", "energy"), [(True, 65_000), (False, 131_000), (None, 131_000)])
    def test_one_transfer_to_an_address(
        self, caller: Caller, monkeypatch: pytest.MonkeyPatch, holds_usdt: bool | None, energy: int
    ) -> None:
        known = {OTHER_ADDRESS: Facts(holds_usdt=holds_usdt)}
        monkeypatch.setattr(chain_facts, "facts", lambda address, now: known[address])
        answer = told(caller.get("/order/price", {"period": "1H", "to_address": OTHER_ADDRESS}))
        assert (answer["energy_amount"], answer["total_price"]) == (energy, energy * 100)

    def test_an_amount_wins_and_nobody_is_asked(
        self, caller: Caller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delattr(chain_facts, "facts")
        query = {"period": "1H", "to_address": OTHER_ADDRESS, "energy_amount": "70000"}
        assert told(caller.get("/order/price", query))["energy_amount"] == 70_000

    @pytest.mark.parametrize(
        ("query", "errors"),
        [
            (
                {},
                {"period": ["This field is required."], "energy_amount": ["This field is required."]},
            ),
            ({"period": "1H"}, {"energy_amount": ["This field is required."]}),
            (
                {"period": "1X", "energy_amount": 9999},
                {
                    "period": ['"1X" is not a valid choice.'],
                    "energy_amount": ["Ensure this value is greater than or equal to 10000."],
                },
            ),
            (
                {"period": "1H", "energy_amount": 100_000_001},
                {"energy_amount": ["Ensure this value is less than or equal to 100000000."]},
            ),
            (
                {"period": "1H", "energy_amount": "６５０００"},
                {"energy_amount": ["A valid integer is required."]},
            ),
            ({"period": "1H", "to_address": "T"}, {"to_address": ["Invalid TRON address."]}),
            (
                {"period": "1H", "to_address": "\x00", "energy_amount": 65_000},
                {"to_address": ["Invalid TRON address."]},
            ),
        ],
    )
    def test_what_is_wrong(self, caller: Caller, query: dict[str, Any], errors: dict[str, list[str]]) -> None:
        answer = caller.get("/order/price", query)
        assert (answer.status_code, json.loads(answer.content)) == (400, errors)

    def test_what_the_tariff_does_not_sell(self, caller: Caller) -> None:
        rates = TariffRate.objects.filter(dialect="itrx", part="energy")
        rates.update(min_amount=32_000)
        rates.filter(duration_hours=1).delete()
        for query, errors in [
            ({"period": "1D", "energy_amount": 31_999}, "energy_amount"),
            ({"period": "1H", "energy_amount": 65_000}, "period"),
        ]:
            answer = caller.get("/order/price", query)
            assert (answer.status_code, list(json.loads(answer.content))) == (400, [errors])

    def test_a_query_of_thousands_is_refused(self, caller: Caller) -> None:
        answer = caller.get("/order/price", {f"p{number}": 1 for number in range(2000)})
        assert (answer.status_code, answer.content) == (400, b'{"detail":"Bad request."}')


HOURS = [1, 1, 0, 2, 24, 48, 72, 720, 744, 30]
AMOUNTS = [0, 5_000, 10_000, 32_000, 49_999, 50_000, 65_000, 131_000, 10**6, 2 * 10**8]


@st.composite
def odd_rates(draw: st.DrawFn, part: str) -> TariffRate:
    """Whatever a tariff may hold."""
    low, high = sorted(draw(st.tuples(st.sampled_from(AMOUNTS), st.sampled_from(AMOUNTS))))
    return TariffRate(
        dialect="itrx",
        part=part,
        duration_hours=draw(st.sampled_from(HOURS)),
        min_amount=draw(st.sampled_from([low, 0])),
        max_amount=draw(st.sampled_from([high, 0, 0])),
        price_sun=draw(st.sampled_from([52_301, 80_000, 100_500, 600_000]) | st.integers(0, 10**6)),
    )


def rate(part: str, hours: int, price_sun: int, **bounds: int) -> TariffRate:
    return TariffRate(dialect="itrx", part=part, duration_hours=hours, price_sun=price_sun, **bounds)


def by_the_figures(figures: dict[str, Any], energy: int, days: int) -> int | None:
    """What a client works out from index-data alone (spec 3.1, 7); None where nothing is offered."""
    offered = [tier for tier in figures["tiered_pricing"] if tier["period"] <= days]
    if not figures["minimum_order_energy"] <= energy <= figures["maximum_order_energy"] or not offered:
        return None
    price = max(offered, key=lambda tier: tier["period"])["price"]
    addition = round(figures["small_addition"] * 1_000_000) if energy < figures["small_amount"] else 0
    return int(energy * price * max(1, days) + addition)


def test_the_public_figures_tell_every_charge(caller: Caller, merchant: Merchant) -> None:
    for _ in range(9):
        ledger.top_up(merchant, 10**15, note="", now=NOW)

    @settings(
        max_examples=FUZZ_EXAMPLES,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(
        energy_rates=st.lists(odd_rates("energy"), min_size=1, max_size=5),
        small=st.lists(odd_rates("small_order"), max_size=2),
        energy=st.sampled_from(AMOUNTS[2:-1]) | st.integers(10_000, 100_000_000),
        days=st.sampled_from([0, 0, 1, 3, 5, 30]),
    )
    # A surcharge of every order; two bands of it; bounds that differ by period; a rate from two hours on.
    @example([rate("energy", 1, 100_000)], [rate("small_order", 0, 600_000)], 10**6, 0)
    @example(
        [rate("energy", 1, 100_000)],
        [
            rate("small_order", 0, 900_000, max_amount=32_000),
            rate("small_order", 0, 600_000, min_amount=32_001, max_amount=49_999),
        ],
        40_000,
        0,
    )
    @example([rate("energy", 1, 100_500), rate("energy", 72, 80_000, min_amount=32_000)], [], 10_000, 3)
    @example([rate("energy", 2, 100_000)], [], 65_000, 1)
    def holds(energy_rates: list[TariffRate], small: list[TariffRate], energy: int, days: int) -> None:
        TariffRate.objects.filter(part__in=["energy", "small_order"]).delete()
        names = ("dialect", "part", "duration_hours", "min_amount", "max_amount", "price_sun")
        copies = [{name: getattr(row, name) for name in names} for row in energy_rates + small]
        TariffRate.objects.bulk_create(TariffRate(**values) for values in copies)
        figures = told(caller.get("/index-data"))
        wanted = {"energy_amount": energy, "period": f"{days}D" if days else "1H"}
        quote = caller.get("/order/price", wanted)
        stamp = str(int(STAMP) + Order.objects.count() % 300)
        Order.objects.update(unique_key=None)
        order = caller.post("/order", wanted | {"receive_address": ADDRESS}, timestamp=stamp)
        expected = by_the_figures(figures, energy, days)
        if expected is None:
            assert (quote.status_code, order.status_code) == (400, 400)
        else:
            assert told(quote)["total_price"] == told(order)["amount"] == expected

    holds()


@pytest.mark.parametrize("own", [False, True])
def test_what_is_quoted_is_what_is_held(
    caller: Caller, merchant: Merchant, tariff: Callable[[Merchant], None], own: bool
) -> None:
    ledger.top_up(merchant, 10**15, note="", now=NOW)
    if own:
        tariff(merchant)

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        energy=st.integers(10_000, 100_000_000) | st.integers(49_000, 51_000),
        period=st.just("1H") | st.integers(1, 30).map("{}D".format),
    )
    def holds(energy: int, period: str) -> None:
        order = {"energy_amount": energy, "period": period}
        quote = told(caller.get("/order/price", order))
        answer = told(
            caller.post("/order", order | {"receive_address": ADDRESS, "out_trade_no": str(energy)})
        )
        placed = Order.objects.get(serial=answer["serial"])
        assert quote["total_price"] == answer["amount"] == placed.price_sun
        days = int(period[:-1]) if period.endswith("D") else 1
        assert quote["total_price"] == quote["price"] * energy * days + quote["addition"]

    holds()


@pytest.fixture
def tariff() -> Callable[[Merchant], None]:
    def own(merchant: Merchant) -> None:
        """With fractions of a sun and prices by amount, which iTRX cannot tell."""
        for hours, least, price_sun in ((1, 0, 52_301), (1, 131_000, 49_107), (24, 0, 180_001)):
            TariffRate.objects.create(
                dialect="itrx",
                merchant=merchant,
                part="energy",
                duration_hours=hours,
                min_amount=least,
                price_sun=price_sun,
            )

    return own
