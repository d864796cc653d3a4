"""A tariff in the figures of iTRX: tiers, bounds, the surcharge of small orders (specs/itrx.md 3.1, section 7). Its
rates are already those that iTRX can tell (orders/period_tariff.py)."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from orders.api.itrx import parameters, refusals
from orders.models import Dialect, Merchant
from orders.period_tariff import LEAST_ENERGY, MOST_ENERGY
from orders.pricing import Part, Rate
from orders.services.tariffs import rates_for
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
        "usdt_energy_need_old": settings.COLLECT_ENERGY_HOLDER,
        "usdt_energy_need_new": settings.COLLECT_ENERGY_NEW,
        "tiered_pricing": [
            {"period": wire.period_number(rate.duration_hours), "price": rate.price_sun // 1000}
            for rate in _energy(rates)
        ],
    }


def energy_bounds(rates: Sequence[Rate]) -> tuple[int, int]:
    """The smallest and the largest order: one pair for all periods."""
    one = next(iter(_energy(rates)), None)
    return (one.min_amount, one.max_amount) if one else (LEAST_ENERGY, MOST_ENERGY)


def _energy(rates: Sequence[Rate]) -> list[Rate]:
    return [rate for rate in rates if rate.part is Part.ENERGY]


def not_sold(merchant: Merchant, energy: int, period: object) -> refusals.Refused:
    """The tariff has no rate for this amount and period: which of them is the fault."""
    least, most = energy_bounds(rates_for(merchant, Dialect.ITRX))
    if energy < least:
        return refusals.Refused({"energy_amount": [parameters.AT_LEAST.format(limit_value=least)]})
    if energy > most:
        return refusals.Refused({"energy_amount": [parameters.AT_MOST.format(limit_value=most)]})
    return refusals.Refused({"period": [parameters.not_a_choice(period)]})
