"""What an order costs: rates of a tariff in, a price with its parts out. Pure, integer sun.

Rounding differs by dialect (specs/itrx.md section 7, specs/tronzap.md section 7):
* iTRX: energy × price × max(1, days), plus a fixed addition for small orders; exact in sun.
* TronZap: the energy part half-up to 0.01 TRX, the bandwidth part exact.
Prices of energy and bandwidth are stored in sun per 1000 units, which holds both dialects' prices exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from orders import notation

HUNDREDTH_TRX_SUN = 10_000


class Part(StrEnum):
    ENERGY = "energy"  # sun per 1000 units, per day for durations of a day and more
    BANDWIDTH = "bandwidth"  # sun per 1000 units
    ACTIVATION = "activation"  # sun, flat
    COLLECT_BANDWIDTH = "collect_bandwidth"  # sun, flat: bandwidth help of a collect order
    SMALL_ORDER = "small_order"  # sun, flat, for energy within the rate's amounts
    PAYMENT = "payment"  # sun, flat fee of a payment order, captured on success


class NoRate(ValueError):
    """The tariff has no rate for this amount and duration; `part` tells which."""

    def __init__(self, part: Part, amount: int, duration_hours: int) -> None:
        super().__init__(
            format_lazy(
                gettext_lazy("no {part} rate for {amount} units over {duration_hours} h"),
                part=part,
                amount=notation.number_lazy(amount),
                duration_hours=duration_hours,
            )
        )
        self.part = part


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Bounds are inclusive; 0 as `max_amount` means no upper bound, 0 as `duration_hours` any duration."""

    part: Part
    price_sun: int
    duration_hours: int = 0
    min_amount: int = 0
    max_amount: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be priced. `energy` of a collect order is already decided (`collect_energy`)."""

    dialect: str
    energy: int = 0
    bandwidth: int = 0
    duration_hours: int = 1
    activate: bool = False
    collect_bandwidth: bool = False
    payment: bool = False


@dataclass(frozen=True, slots=True)
class Price:
    parts: tuple[tuple[Part, int], ...]

    @property
    def total_sun(self) -> int:
        return sum(amount for _, amount in self.parts)


def price(wanted: Wanted, rates: Sequence[Rate]) -> Price:
    """Raises NoRate when a wanted part is not sold in that amount or duration."""
    parts: list[tuple[Part, int]] = []
    if wanted.energy:
        parts += _energy(wanted, rates)
    if wanted.bandwidth:
        rate = pick(rates, Part.BANDWIDTH, wanted.bandwidth, wanted.duration_hours)
        parts.append((Part.BANDWIDTH, _ceil_div(wanted.bandwidth * rate.price_sun, 1000)))
    flat = {
        Part.ACTIVATION: wanted.activate,
        Part.COLLECT_BANDWIDTH: wanted.collect_bandwidth,
        Part.PAYMENT: wanted.payment,
    }
    parts += [(part, pick(rates, part, 0, 0).price_sun) for part, wants in flat.items() if wants]
    return Price(tuple(parts))


def _energy(wanted: Wanted, rates: Sequence[Rate]) -> list[tuple[Part, int]]:
    rate = pick(rates, Part.ENERGY, wanted.energy, wanted.duration_hours)
    days = max(1, wanted.duration_hours // 24)
    thousandths = wanted.energy * rate.price_sun * days
    if wanted.dialect == "tronzap":
        cents = (thousandths + 500 * HUNDREDTH_TRX_SUN) // (1000 * HUNDREDTH_TRX_SUN)
        return [(Part.ENERGY, cents * HUNDREDTH_TRX_SUN)]
    parts = [(Part.ENERGY, _ceil_div(thousandths, 1000))]
    small = [r for r in rates if r.part is Part.SMALL_ORDER and _within(r, wanted.energy)]
    return parts + [(Part.SMALL_ORDER, r.price_sun) for r in small[:1]]


def pick(rates: Sequence[Rate], part: Part, amount: int, duration_hours: int) -> Rate:
    """The rate in force: the longest listed duration that is not longer, then the larger `min_amount`.

    At a bound that two tiers share the tier with the larger `min_amount` wins (specs/tronzap.md 3.1); a day count
    that is not listed uses the largest listed period below it (specs/itrx.md section 7).
    """
    fitting = [
        r for r in rates if r.part is part and _within(r, amount) and r.duration_hours <= duration_hours
    ]
    if not fitting:
        raise NoRate(part, amount, duration_hours)
    # Two that start alike have no order of their own: the narrower, then the dearer, so that it is always the same one.
    return max(fitting, key=lambda r: (r.duration_hours, r.min_amount, -(r.max_amount or inf), r.price_sun))


def _within(rate: Rate, amount: int) -> bool:
    return rate.min_amount <= amount and (not rate.max_amount or amount <= rate.max_amount)


def _ceil_div(value: int, by: int) -> int:
    return -(-value // by)


def collect_energy(*, to_address: str, holds_usdt: bool | None, holder: int, new: int) -> int:
    """Energy of the USDT transfer a collect order prepares (specs/itrx.md 3.4); an unknown receiver is the dearer.

    `holder`, `new`: what a transfer takes to an address that holds USDT, and to one that holds none."""
    if not to_address or holds_usdt:
        return holder
    return max(holder, new) if holds_usdt is None else new
