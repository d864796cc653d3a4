"""What the sandbox charges as iTRX, in sun (specs/itrx.md section 7)."""

from decimal import Decimal

from providers.itrx import wire

LEAST_ENERGY = 10_000
MOST_ENERGY = 100_000_000
SMALL_ENERGY = 50_000
SMALL_ADDITION_SUN = 600_000

# Sun per unit of energy, by days; 0 is one hour. Day prices are per day.
TIERS_SUN = {0: 100, 1: 200, 3: 152, 30: 124}


def unit_price_sun(days: int) -> int:
    """An unlisted number of days has the price of the largest listed one below it."""
    return TIERS_SUN[max(listed for listed in TIERS_SUN if listed <= days)]


def addition_sun(energy: int) -> int:
    return SMALL_ADDITION_SUN if energy < SMALL_ENERGY else 0


def energy_cost_sun(energy: int, days: int) -> int:
    return energy * unit_price_sun(days) * max(1, days) + addition_sun(energy)


def transfer_energy(*, dear: bool) -> int:
    """What one USDT transfer needs: more where it creates the recipient's storage slot."""
    return wire.FIRST_TRANSFER_ENERGY if dear else wire.TRANSFER_ENERGY


def public_figures() -> dict[str, object]:
    """Of index-data, without the balance. `small_addition` is the one amount that iTRX tells in TRX."""
    return {
        "platform_avail_energy": 60_324_900,
        "platform_max_energy": 32_900_900,
        "minimum_order_energy": LEAST_ENERGY,
        "maximum_order_energy": MOST_ENERGY,
        "small_amount": SMALL_ENERGY,
        "small_addition": Decimal("0.6"),
        "usdt_energy_need_old": wire.TRANSFER_ENERGY,
        "usdt_energy_need_new": wire.FIRST_TRANSFER_ENERGY,
        "tiered_pricing": [{"period": days, "price": price} for days, price in TIERS_SUN.items()],
    }
