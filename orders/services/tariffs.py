"""The rates a price is made from, and what is wrong with one."""

from collections.abc import Iterator

from django.conf import settings
from django.db.models import Q

from orders import period_tariff, pricing
from orders.models import Dialect, Merchant, TariffRate
from orders.pricing import Part, Rate

RATE_FIELDS = ("part", "price_sun", "duration_hours", "min_amount", "max_amount")


def rates_for(merchant: Merchant | None, dialect: str) -> list[Rate]:
    """General rates, each part replaced wholly by the merchant's own where it has any. None: the general ones.
    Those of iTRX as its public figures tell them."""
    rows = TariffRate.objects.filter(Q(merchant=None) | Q(merchant=merchant), dialect=dialect)
    found = list(rows.values_list("merchant_id", *RATE_FIELDS))
    own_parts = {part for owner, part, *_ in found if owner}
    rates = [_rate(part, *figures) for owner, part, *figures in found if owner or part not in own_parts]
    return period_tariff.tellable(rates) if dialect == Dialect.ITRX else rates


def fault(row: TariffRate) -> str:
    """Why this rate, saved or not, must not stand beside the others of its part and owner; "" when it may."""
    if row.dialect != Dialect.ITRX:
        return ""
    same = TariffRate.objects.filter(dialect=row.dialect, merchant=row.merchant_id, part=row.part)
    others = [_rate(*figures) for figures in same.exclude(pk=row.pk).values_list(*RATE_FIELDS)]
    return period_tariff.fault(_rate(*(getattr(row, name) for name in RATE_FIELDS)), others)


def faults() -> Iterator[tuple[TariffRate, str]]:
    for row in TariffRate.objects.select_related("merchant"):
        if text := fault(row):
            yield row, text


def transfer_energy(*, to_address: str, holds_usdt: bool | None) -> int:
    """Of one USDT transfer to that address, by the settings."""
    return pricing.collect_energy(
        to_address=to_address,
        holds_usdt=holds_usdt,
        holder=settings.COLLECT_ENERGY_HOLDER,
        new=settings.COLLECT_ENERGY_NEW,
    )


def _rate(part: str, *figures: int) -> Rate:
    return Rate(part=Part(part), **dict(zip(RATE_FIELDS[1:], figures, strict=True)))
