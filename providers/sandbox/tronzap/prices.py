"""The sandbox's TronZap price list, bounds inclusive (specs/tronzap.md sections 3.1 and 7)."""

from providers.tronzap import wire

# (least, most, sun per 1000 energy); of two tiers that share a bound the one with the larger minimum counts.
ENERGY_TIERS = ((32_000, 131_000, 52_300), (131_000, 4_000_000, 50_100))
LEAST_ENERGY, MOST_ENERGY = ENERGY_TIERS[0][0], ENERGY_TIERS[-1][1]
LEAST_BANDWIDTH, MOST_BANDWIDTH = 300, 50_000
BANDWIDTH_SUN = 1_000_000
ACTIVATION_SUN = 1_400_000
TRANSFER_ENERGY, FIRST_TRANSFER_ENERGY = 65_000, 131_000


def resources_cost_sun(energy: int, bandwidth: int) -> int:
    cost_sun = wire.bandwidth_cost_sun(BANDWIDTH_SUN, bandwidth) if bandwidth else 0
    if energy:
        cost_sun += wire.energy_cost_sun(max(tier for tier in ENERGY_TIERS if tier[0] <= energy)[2], energy)
    return cost_sun


def transfer_energy(*, dear: bool) -> int:
    return FIRST_TRANSFER_ENERGY if dear else TRANSFER_ENERGY


def price_list() -> wire.PriceList:
    return wire.PriceList(
        energy=tuple(_tier(*tier) for tier in ENERGY_TIERS),
        bandwidth=(_tier(LEAST_BANDWIDTH, MOST_BANDWIDTH, BANDWIDTH_SUN),),
        activation_sun=ACTIVATION_SUN,
    )


def _tier(least: int, most: int, price_sun: int) -> wire.Tier:
    return wire.Tier(duration_hours=1, min_amount=least, max_amount=most, price_sun=price_sun)
