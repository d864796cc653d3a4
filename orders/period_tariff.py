"""A tariff as iTRX can tell it: a price a period, one pair of bounds, one surcharge (specs/itrx.md 3.1, 7). Pure.

Its orders are charged by these rates and its index-data shows them, so that quote and charge cannot differ whatever
rates there are. What they leave out of a rate, `fault` says: staff are refused such a rate.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from orders import notation
from orders.pricing import Part, Rate

LEAST_ENERGY = 10_000
MOST_ENERGY = 100_000_000
MOST_DAYS = 30
ADJUSTED = (Part.ENERGY, Part.SMALL_ORDER)


def tellable(rates: Sequence[Rate]) -> list[Rate]:
    """Of several energy rates of a period the dearest price, in whole sun a unit; amounts that every period sells."""
    energy = [rate for rate in rates if rate.part is Part.ENERGY and _is_period(rate)]
    small = [rate for rate in rates if rate.part is Part.SMALL_ORDER]
    others = [rate for rate in rates if rate.part not in ADJUSTED]
    return [*_energy(energy), *_small_order(small), *others]


def _energy(rates: Sequence[Rate]) -> Iterator[Rate]:
    periods = {hours: [rate for rate in rates if _hours(rate) == hours] for hours in map(_hours, rates)}
    least = max((_least(each) for each in periods.values()), default=0)
    most = min((_most(each) for each in periods.values()), default=0)
    if least > most:
        return
    for hours, same in sorted(periods.items()):
        price_sun = max(-(-rate.price_sun // 1000) * 1000 for rate in same)
        yield Rate(
            part=Part.ENERGY, duration_hours=hours, min_amount=least, max_amount=most, price_sun=price_sun
        )


def _small_order(rates: Sequence[Rate]) -> Iterator[Rate]:
    if rates:
        dearest = max(rates, key=lambda rate: (rate.price_sun, _most([rate])))
        yield replace(dearest, duration_hours=0, min_amount=0, max_amount=_most([dearest]))


def _hours(rate: Rate) -> int:
    """A rate for any duration is the one of an hour: longer periods are priced by the longest listed below them."""
    return rate.duration_hours or 1


def _is_period(rate: Rate) -> bool:
    days, rest = divmod(_hours(rate), 24)
    return _hours(rate) == 1 or (not rest and days <= MOST_DAYS)


def _least(rates: Iterable[Rate]) -> int:
    return max(LEAST_ENERGY, min(rate.min_amount for rate in rates))


def _most(rates: Iterable[Rate]) -> int:
    return min(MOST_ENERGY, max(rate.max_amount or MOST_ENERGY for rate in rates))


def fault(rate: Rate, others: Sequence[Rate]) -> str:
    """Why iTRX cannot tell this rate beside `others` of the same part; "" when it can."""
    match rate.part:
        case Part.ENERGY:
            return _energy_fault(rate, others)
        case Part.SMALL_ORDER:
            return _small_order_fault(rate, others)
        case _:
            return ""


def _energy_fault(rate: Rate, others: Sequence[Rate]) -> str:
    if not _is_period(rate):
        return _(
            "iTRX sells energy for one hour or for 1 to %(most_days)s whole days, not from "
            "%(duration_hours)s h."
        ) % {"most_days": MOST_DAYS, "duration_hours": rate.duration_hours}
    if any(_hours(other) == _hours(rate) for other in others):
        return _(
            "iTRX has one energy price a period, and there is one from %(hours)s h already: change that one."
        ) % {"hours": _hours(rate)}
    if rate.price_sun % 1000:
        return _("iTRX tells energy prices in whole sun a unit: enter a multiple of 1000.")
    if _least([rate]) > _most([rate]):
        return _("iTRX orders ask for %(least_energy)s to %(most_energy)s energy: this rate fits none.") % {
            "least_energy": notation.number(LEAST_ENERGY),
            "most_energy": notation.number(MOST_ENERGY),
        }
    return ""


def _small_order_fault(rate: Rate, others: Sequence[Rate]) -> str:
    if others:
        return _("iTRX has one addition to small orders, and there is one already: change that one.")
    if rate.min_amount > LEAST_ENERGY:
        return _(
            "iTRX adds to every order below an amount: leave the lower bound at %(least_energy)s or less."
        ) % {"least_energy": notation.number(LEAST_ENERGY)}
    return ""
