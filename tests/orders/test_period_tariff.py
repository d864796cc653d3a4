"""Figures from specs/itrx.md 3.1 and section 7. That they tell every charge: tests/orders/api/itrx/test_prices.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.period_tariff import fault, tellable
from orders.pricing import Part, Rate

HOUR = Rate(part=Part.ENERGY, duration_hours=1, min_amount=10_000, price_sun=100_000)
DAY = Rate(part=Part.ENERGY, duration_hours=24, min_amount=10_000, price_sun=200_000)
SMALL = Rate(part=Part.SMALL_ORDER, max_amount=49_999, price_sun=600_000)


@pytest.mark.parametrize(
    ("rate", "others", "told"),
    [
        (HOUR, [DAY], ""),
        (DAY, [HOUR], ""),
        (SMALL, [], ""),
        (Rate(part=Part.SMALL_ORDER, price_sun=1), [], ""),
        (Rate(part=Part.BANDWIDTH, duration_hours=2, price_sun=1), [], ""),
        (Rate(part=Part.ENERGY, duration_hours=2, price_sun=1000), [], "not from 2 h"),
        (Rate(part=Part.ENERGY, duration_hours=31 * 24, price_sun=1000), [], "not from 744 h"),
        (Rate(part=Part.ENERGY, duration_hours=1, min_amount=65_001, price_sun=1000), [HOUR], "1 h already"),
        (Rate(part=Part.ENERGY, price_sun=1000), [HOUR], "1 h already"),
        (Rate(part=Part.ENERGY, duration_hours=1, price_sun=52_301), [], "multiple of 1000"),
        (Rate(part=Part.ENERGY, max_amount=9_999, price_sun=1000), [], "fits none"),
        (Rate(part=Part.ENERGY, min_amount=100_000_001, price_sun=1000), [], "fits none"),
        (SMALL, [SMALL], "there is one already"),
        (Rate(part=Part.SMALL_ORDER, min_amount=10_001, price_sun=1), [], "10,000 or less"),
    ],
)
def test_what_itrx_cannot_tell(rate: Rate, others: list[Rate], told: str) -> None:
    assert told in fault(rate, others)
    assert bool(told) == bool(fault(rate, others))


rates = st.builds(
    Rate,
    part=st.sampled_from([Part.ENERGY, Part.ENERGY, Part.SMALL_ORDER, Part.BANDWIDTH]),
    price_sun=st.integers(0, 300).map(lambda sun: sun * 1000) | st.integers(0, 300_000),
    duration_hours=st.sampled_from([0, 1, 2, 24, 48, 720, 744]),
    min_amount=st.sampled_from([0, 10_000, 32_000]),
    max_amount=st.sampled_from([0, 49_999, 131_000]),
)


@given(st.lists(rates, max_size=5))
def test_what_has_no_fault_is_told_at_its_own_price(given_rates: list[Rate]) -> None:
    for number, rate in enumerate(given_rates):
        others = given_rates[:number] + given_rates[number + 1 :]
        if fault(rate, [other for other in others if other.part is rate.part]):
            return
    told = [(rate.part, rate.duration_hours or 1, rate.price_sun) for rate in tellable(given_rates)]
    entered = [(rate.part, rate.duration_hours or 1, rate.price_sun) for rate in given_rates]
    no_hours = {(part, 1 if part is Part.SMALL_ORDER else hours, price) for part, hours, price in entered}
    assert set(told) == no_hours


def test_amounts_that_every_period_sells() -> None:
    from_32k = Rate(
        part=Part.ENERGY, duration_hours=72, min_amount=32_000, max_amount=131_000, price_sun=80_000
    )
    assert {(rate.min_amount, rate.max_amount) for rate in tellable([HOUR, from_32k])} == {(32_000, 131_000)}


def test_periods_without_a_common_amount_sell_nothing() -> None:
    up_to_20k = Rate(part=Part.ENERGY, duration_hours=24, max_amount=20_000, price_sun=80_000)
    from_32k = Rate(part=Part.ENERGY, duration_hours=72, min_amount=32_000, price_sun=80_000)
    assert tellable([up_to_20k, from_32k, SMALL])[:1] == [SMALL]
