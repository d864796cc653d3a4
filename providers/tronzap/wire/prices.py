"""What a server charges (spec section 7). Prices are sun per 1000 units."""

from decimal import Decimal

from providers.tronzap.wire.values import json_trx

CENT_SUN = 10_000  # 0.01 TRX


def energy_cost_sun(price_sun: int, energy: int) -> int:
    """Half-up to 0.01 TRX, so that 65000 energy cost exactly `price_65k`."""
    return _half_up(price_sun * energy, 1000 * CENT_SUN) * CENT_SUN


def bandwidth_cost_sun(price_sun: int, bandwidth: int) -> int:
    """Exact to the sun, half-up below it."""
    return _half_up(price_sun * bandwidth, 1000)


def package_prices(price_sun: int) -> dict[str, Decimal]:
    """`price_32k`, `price_65k` and `price_131k` of an energy tier, in TRX, for `envelope.dump`."""
    return {f"price_{size}k": json_trx(energy_cost_sun(price_sun, size * 1000)) for size in (32, 65, 131)}


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
