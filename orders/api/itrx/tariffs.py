"""A tariff in the figures of iTRX: tiers, bounds, the surcharge of small orders (specs/itrx.md 3.1, section 7)."""

from collections.abc import Sequence
from typing import Any

from orders.api.itrx import parameters, refusals
from orders.forms import MOST_ENERGY
from orders.models import Dialect, Merchant
from orders.pricing import COLLECT_ENERGY_HOLDER, COLLECT_ENERGY_NEW, Part, Rate
from orders.services import placing
from providers.itrx import wire


def public_figures(rates: Sequence[Rate]) -> dict[str, Any]:
    """Of index-data. What upstreams have in store is not known here: as much as one order may ask for."""
    least, most = energy_bounds(rates)
    small = next((rate for rate in rates if rate.part is Part.SMALL_ORDER), None)
    return {
        "platform_avail_energy": most,
        "platform_max_energy": most,
        "minimum_order_energy": least,
        "maximum_order_energy": most,
        "small_amount": small.max_amount + 1 if small else 0,
        # The one amount that is a decimal number of TRX on the wire (8.3); nothing is computed with it.
        "small_addition": small.price_sun / 1_000_000 if small else 0.0,
        "usdt_energy_need_old": COLLECT_ENERGY_HOLDER,
        "usdt_energy_need_new": COLLECT_ENERGY_NEW,
        "tiered_pricing": [{"period": days, "price": price} for days, price in sorted(tiers(rates).items())],
    }


def tiers(rates: Sequence[Rate]) -> dict[int, int]:
    """Period -> sun per unit of energy, rounded up; the dearest where the price hangs on the amount."""
    found: dict[int, int] = {}
    for rate in _energy(rates):
        try:
            period = wire.period_number(rate.duration_hours or 1)
        except ValueError:  # from a number of hours that this dialect can't say
            continue
        found[period] = max(found.get(period, 0), per_unit(rate.price_sun, 1000))
    return found


def per_unit(total_sun: int, units: int) -> int:
    return -(-total_sun // units)


def energy_bounds(rates: Sequence[Rate]) -> tuple[int, int]:
    """The smallest and the largest order, both within what the forms take."""
    least = min((rate.min_amount for rate in _energy(rates)), default=0)
    most = max((rate.max_amount or MOST_ENERGY for rate in _energy(rates)), default=MOST_ENERGY)
    return max(least, parameters.LEAST_ENERGY), min(most, MOST_ENERGY)


def _energy(rates: Sequence[Rate]) -> list[Rate]:
    return [rate for rate in rates if rate.part is Part.ENERGY]


def not_sold(merchant: Merchant, energy: int, period: object) -> refusals.Refused:
    """The tariff has no rate for this amount and period: which of them is the fault."""
    least, most = energy_bounds(placing.rates_for(merchant, Dialect.ITRX))
    if energy < least:
        return refusals.Refused({"energy_amount": [parameters.AT_LEAST.format(limit_value=least)]})
    if energy > most:
        return refusals.Refused({"energy_amount": [parameters.AT_MOST.format(limit_value=most)]})
    return refusals.Refused({"period": [parameters.not_a_choice(period)]})
