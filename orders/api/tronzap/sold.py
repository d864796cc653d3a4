"""What a merchant's tariff sells in this dialect: `services` lists it, and every purchase is checked against it."""

from collections.abc import Mapping, Sequence
from typing import cast

from django.forms import IntegerField

from orders import pricing
from orders.api.tronzap.gate import Refused
from orders.api.tronzap.parameters import bad_amount
from orders.forms import BundleForm
from orders.models import Merchant
from orders.pricing import NoRate, Part, Rate
from orders.services.placing import rates_for
from providers.tronzap.wire import Code, PriceList, Tier

# Hours the dialect ever knew. A rate for any duration (0) is offered for one hour.
DURATIONS = {Part.ENERGY: (0, 1, 24), Part.BANDWIDTH: (0, 1)}


def price_list(merchant: Merchant) -> PriceList:
    rates = rates_for(merchant, "tronzap")
    return PriceList(
        energy=_tiers(rates, Part.ENERGY),
        bandwidth=_tiers(rates, Part.BANDWIDTH),
        activation_sun=_activation_sun(rates),
    )


def _tiers(rates: Sequence[Rate], part: Part) -> tuple[Tier, ...]:
    # What the order form takes at all bounds every tier, so that nothing is listed which would be refused.
    limits = cast(IntegerField, BundleForm.base_fields[part.value])
    least, most = cast(int, limits.min_value), cast(int, limits.max_value)
    tiers = [
        Tier(
            duration_hours=rate.duration_hours or 1,
            min_amount=max(rate.min_amount, least),
            max_amount=min(rate.max_amount or most, most),
            price_sun=rate.price_sun,
        )
        for rate in rates
        if rate.part is part and rate.duration_hours in DURATIONS[part]
    ]
    kept = [tier for tier in tiers if tier.min_amount <= tier.max_amount]
    return tuple(sorted(kept, key=lambda tier: (tier.duration_hours, tier.min_amount)))


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
