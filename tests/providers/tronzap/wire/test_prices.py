from decimal import Decimal

import pytest

from providers.tronzap.wire import bandwidth_cost_sun, energy_cost_sun, package_prices


@pytest.mark.parametrize(
    ("price_sun", "expected"),
    [
        (52_300, ("1.67", "3.4", "6.85")),
        (56_900, ("1.82", "3.7", "7.45")),
        (53_400, ("1.71", "3.47", "7")),
        (130_000, ("4.16", "8.45", "17.03")),
        (114_500, ("3.66", "7.44", "15")),
    ],
)
def test_package_prices_of_the_fixtures(price_sun: int, expected: tuple[str, str, str]) -> None:
    prices = package_prices(price_sun)
    assert list(prices) == ["price_32k", "price_65k", "price_131k"]
    assert tuple(prices.values()) == tuple(Decimal(price) for price in expected)


def test_energy_is_rounded_half_up_to_cents() -> None:
    assert energy_cost_sun(52_300, 65_000) == 3_400_000  # 3.3995
    assert energy_cost_sun(5_000, 1_000) == 10_000  # 0.005, half
    assert energy_cost_sun(4_999, 1_000) == 0


def test_bandwidth_is_exact() -> None:
    assert bandwidth_cost_sun(1_000_000, 345) == 345_000
    assert bandwidth_cost_sun(1_001, 1_500) == 1_502  # 1501.5 sun, half
