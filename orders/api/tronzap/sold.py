"""What a merchant's tariff sells in this dialect: `services` lists it, and every purchase is checked against it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import cast

from django.forms import IntegerField

from orders import pricing
from orders.api.tronzap.gate import Refused
from orders.api.tronzap.parameters import bad_amount
from orders.forms import BundleForm
from orders.models import Merchant
from orders.pricing import NoRate, Part, Rate
from orders.services.tariffs import rates_for
from providers.tronzap.wire import Code, PriceList, Tier

# Hours the dialect ever knew. A rate for any duration (0) is offered for one hour.
DURATIONS = {Part.ENERGY: (1, 24), Part.BANDWIDTH: (1,)}


def price_list(merchant: Merchant) -> PriceList:
    rates = rates_for(merchant, "tronzap")
    return PriceList(
        energy=_tiers(rates, Part.ENERGY),
        bandwidth=_tiers(rates, Part.BANDWIDTH),
        activation_sun=_activation_sun(rates),
    )


def _tiers(rates: Sequence[Rate], part: Part) -> tuple[Tier, ...]:
    return tuple(tier for hours in DURATIONS[part] for tier in _in_force(rates, part, hours))


def _in_force(rates: Sequence[Rate], part: Part, hours: int) -> Iterator[Tier]:
    """Each stretch of amounts that one rate prices, found by the rule that orders are charged by: the tier that a
    client picks for an amount, the larger `min_amount` winning (3.1), so has the price it will pay."""
    # What the order form takes at all bounds every tier, so that nothing is listed which would be refused.
    limits = cast(IntegerField, BundleForm.base_fields[part.value])
    least, most = cast(int, limits.min_value), cast(int, limits.max_value)
    mine = [rate for rate in rates if rate.part is part]
    edges = {least, most + 1} | {edge for rate in mine for edge in (rate.min_amount, rate.max_amount + 1)}
    starts = sorted(edge for edge in edges if least <= edge <= most + 1)
    for rate, stretches in groupby(pairwise(starts), lambda each: _priced_by(mine, part, each[0], hours)):
        bounds = list(stretches)
        if rate is not None:
            after = bounds[-1][1]
            # A bound that the tariff gives to two tiers is told of both.
            highest = after if after == rate.max_amount else after - 1
            yield Tier(
                duration_hours=hours,
                min_amount=bounds[0][0],
                max_amount=min(highest, most),
                price_sun=rate.price_sun,
            )


def _priced_by(rates: Sequence[Rate], part: Part, amount: int, hours: int) -> Rate | None:
    """None where nothing of that very duration is sold."""
    try:
        rate = pricing.pick(rates, part, amount, hours)
    except NoRate:
        return None
    return rate if (rate.duration_hours or 1) == hours else None


def _activation_sun(rates: Sequence[Rate]) -> int | None:
    try:
        return pricing.pick(rates, Part.ACTIVATION, 0, 0).price_sun
    except NoRate:
        return None


def check_duration(prices: PriceList, resources: Sequence[str], hours: int) -> None:
    """All resources of one purchase share its duration."""
    sold = [{tier.duration_hours for tier in _by_resource(prices)[resource]} for resource in resources]
    durations = sorted(set.intersection(*sold)) or [1]
    if hours not in durations:
        text = (
            "" if durations == [1] else f"Duration must be one of: {', '.join(map(str, durations))} (hours)"
        )
        raise Refused(Code.INVALID_DURATION, "duration", text)


def check_amounts(prices: PriceList, amounts: Mapping[str, int], hours: int) -> None:
    for resource, amount in amounts.items():
        tiers = [tier for tier in _by_resource(prices)[resource] if tier.duration_hours == hours]
        if tiers and not any(tier.min_amount <= amount <= tier.max_amount for tier in tiers):
            least, most = min(each.min_amount for each in tiers), max(each.max_amount for each in tiers)
            raise bad_amount(resource, f"{resource.capitalize()} must be between {least} and {most}")
    if not all(_by_resource(prices)[resource] for resource in amounts):
        raise Refused(Code.SERVICE_UNAVAILABLE)


def _by_resource(prices: PriceList) -> dict[str, tuple[Tier, ...]]:
    return {"energy": prices.energy, "bandwidth": prices.bandwidth}
