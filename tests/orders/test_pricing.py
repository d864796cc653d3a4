"""Figures from specs/itrx.md section 7 and specs/tronzap.md sections 3.1 and 7."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.pricing import NoRate, Part, Price, Rate, Wanted, collect_energy, price

ITRX = [
    Rate(part=Part.ENERGY, duration_hours=1, min_amount=10_000, price_sun=100_000),
    Rate(part=Part.ENERGY, duration_hours=24, min_amount=10_000, price_sun=200_000),
    Rate(part=Part.ENERGY, duration_hours=72, min_amount=10_000, price_sun=152_000),
    Rate(part=Part.SMALL_ORDER, max_amount=49_999, price_sun=600_000),
    Rate(part=Part.ACTIVATION, price_sun=1_500_000),
    Rate(part=Part.COLLECT_BANDWIDTH, price_sun=345_000),
]
TRONZAP = [
    Rate(part=Part.ENERGY, duration_hours=1, min_amount=32_000, max_amount=131_000, price_sun=52_300),
    Rate(part=Part.ENERGY, duration_hours=1, min_amount=131_000, max_amount=4_000_000, price_sun=53_400),
    Rate(part=Part.BANDWIDTH, duration_hours=1, min_amount=300, price_sun=1_000_000),
    Rate(part=Part.ACTIVATION, price_sun=1_400_000),
]


@pytest.mark.parametrize(
    ("energy", "hours", "total_sun"),
    [
        (32_000, 1, 3_800_000),  # the order/query sample, addition included
        (50_000, 1, 5_000_000),  # no longer a small order
        (32_000, 72, 32_000 * 152 * 3 + 600_000),
        (65_000, 120, 65_000 * 152 * 5),  # 5 days: the tier of the largest listed period below
    ],
)
def test_itrx_energy(energy: int, hours: int, total_sun: int) -> None:
    assert price(Wanted(dialect="itrx", energy=energy, duration_hours=hours), ITRX).total_sun == total_sun


@pytest.mark.parametrize(
    ("energy", "total_sun"),
    [
        (65_000, 3_400_000),  # 3.3995 TRX, half-up to 0.01 as price_65k
        (32_000, 1_670_000),  # 1.6736
        (131_000, 7_000_000),  # a bound two tiers share: the larger min_amount (6.9954)
    ],
)
def test_tronzap_energy_is_rounded_to_hundredths(energy: int, total_sun: int) -> None:
    assert price(Wanted(dialect="tronzap", energy=energy), TRONZAP).total_sun == total_sun


def test_tronzap_bundle_with_activation_sums_exactly() -> None:
    wanted = Wanted(dialect="tronzap", energy=65_000, bandwidth=345, activate=True)
    assert price(wanted, TRONZAP) == Price(
        ((Part.ENERGY, 3_400_000), (Part.BANDWIDTH, 345_000), (Part.ACTIVATION, 1_400_000))
    )


def test_a_collect_order_that_needs_everything() -> None:
    wanted = Wanted(dialect="itrx", energy=131_000, activate=True, collect_bandwidth=True)
    assert price(wanted, ITRX).total_sun == 13_100_000 + 1_500_000 + 345_000


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(dialect="itrx", energy=9_999),
        Wanted(dialect="tronzap", energy=4_000_001),
        Wanted(dialect="tronzap", bandwidth=299),
        Wanted(dialect="tronzap", payment=True),
    ],
)
def test_what_the_tariff_does_not_sell_has_no_price(wanted: Wanted) -> None:
    with pytest.raises(NoRate):
        price(wanted, ITRX if wanted.dialect == "itrx" else TRONZAP)


def test_an_unknown_receiver_of_usdt_is_priced_as_the_dearer() -> None:
    taken = {"holder": 64_000, "new": 130_000}
    assert collect_energy(to_address="", holds_usdt=None, **taken) == 64_000
    assert collect_energy(to_address="T", holds_usdt=True, **taken) == 64_000
    assert collect_energy(to_address="T", holds_usdt=False, **taken) == 130_000
    assert collect_energy(to_address="T", holds_usdt=None, **taken) == 130_000
    assert collect_energy(to_address="T", holds_usdt=None, holder=64_000, new=32_000) == 64_000


@given(st.integers(50_000, 10**8), st.integers(50_000, 10**8), st.integers(1, 30))
def test_more_energy_never_costs_less_within_a_tier(one: int, other: int, days: int) -> None:
    small, large = sorted((one, other))
    prices = [
        price(Wanted(dialect="itrx", energy=energy, duration_hours=24 * days), ITRX).total_sun
        for energy in (small, large)
    ]
    assert prices[0] <= prices[1]
