"""What may have moved at an upstream or on the chain at a moment, and was not in our books yet: orders in flight."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Sum

from orders.models import Asset, Attempt, Payment, Sweep, Transfer, TransferCode
from orders.models.payments import Wallet
from orders.states import LIVE_ATTEMPT
from orders.sweeps import ACTIVE_SWEEP
from providers.models import ProviderAccount

SETTLED_WITHIN = timedelta(days=2)
MOST_TOLD = 50
COSTS = (TransferCode.PROVIDER_COST, TransferCode.LOSS)


@dataclass(frozen=True, slots=True)
class InFlight:
    """A difference (told minus booked) from `-taken` to `added` is no surprise. `orders`: some of those in flight."""

    taken: int
    added: int
    orders: list[int]

    def explains(self, difference: int) -> bool:
        return -self.taken <= difference <= self.added


def at_provider(account: ProviderAccount, at: datetime) -> InFlight:
    """Purchases sent before, whose cost or refund was booked later, or of which nothing is booked yet."""
    late = Transfer.objects.filter(
        attempt__account=account,
        attempt__sent_at__lte=at,
        created_at__gt=at,
        created_at__lte=at + SETTLED_WITHIN,
    )
    cost = Transfer.objects.filter(attempt=OuterRef("pk"), code__in=COSTS)
    open_rows = Attempt.objects.filter(
        ~Exists(cost), account=account, sent_at__lte=at, status__in=LIVE_ATTEMPT
    )
    taken = _sum(late.filter(code__in=COSTS)) + int(
        open_rows.aggregate(total=Sum("order__price_sun", default=0))["total"]
    )
    orders = {*late.values_list("order", flat=True)[:MOST_TOLD]}
    orders |= {*open_rows.values_list("order", flat=True)[:MOST_TOLD]}
    added = _sum(late.filter(code=TransferCode.PROVIDER_REFUND))
    return InFlight(taken, added, sorted(pk for pk in orders if pk)[:MOST_TOLD])


def at_wallet(wallet: Wallet, asset: Asset, at: datetime) -> InFlight:
    """Transfers in a block before, which we read later; and a sweep under way, which may have left already."""
    late = Payment.objects.filter(
        account=None,
        address=wallet.address,
        asset=asset,
        received_at__gt=at,
        received_at__lte=at + SETTLED_WITHIN,
    )
    added = int(late.aggregate(total=Sum("amount_micro", default=0))["total"])
    sweeps = Sweep.objects.filter(wallet=wallet, created_at__lte=at)
    under_way = sweeps.filter(status__in=ACTIVE_SWEEP) | sweeps.filter(finished_at__gt=at)
    sums = under_way.aggregate(
        usdt=Sum("transactions__amount_micro", default=0), trx=Sum("transactions__fee_limit_sun", default=0)
    )
    orders = late.filter(order__isnull=False).values_list("order", flat=True)[:MOST_TOLD]
    return InFlight(int(sums["usdt" if asset == Asset.USDT else "trx"]), added, sorted(orders))


def _sum(rows: object) -> int:
    return int(rows.aggregate(total=Sum("amount", default=0))["total"])  # type: ignore[attr-defined]
