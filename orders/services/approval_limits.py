"""Above what amounts one person is not enough. Each asset has a limit of its own, in its smallest unit."""

from django.conf import settings

from orders.models import Asset


def limit_of(asset: Asset) -> int:
    limits = {Asset.TRX: settings.APPROVAL_LIMIT_SUN, Asset.USDT: settings.APPROVAL_LIMIT_MICRO_USDT}
    return int(limits[asset])


def is_above(asset: Asset, amount: int) -> bool:
    """A debit counts as a credit does."""
    return abs(amount) > limit_of(asset)
