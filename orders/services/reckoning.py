"""sum(received) = matched + unmatched + dismissed (+ credited): of the payments, and in the books."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from orders.models import AccountKind, Asset, Payment, PaymentStatus, Transfer, TransferCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """In the asset's smallest unit. `received` is summed apart from the rest."""

    asset: str
    received: int
    matched: int
    unmatched: int
    dismissed: int
    credited: int

    @property
    def holds(self) -> bool:
        return self.received == self.matched + self.unmatched + self.dismissed + self.credited


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """Of what arrived at addresses that we hold: by the payments, and by the transfers of the ledger."""

    asset: str
    name: str
    told: int
    booked: int

    @property
    def holds(self) -> bool:
        return self.told == self.booked


HELD = Q(account=None, merchant__isnull=False)


def arrived(rows: Q | None = None) -> list[Sums]:
    """Each asset of the payments that fit `rows`."""
    sums = {str(status): Sum("amount_micro", filter=Q(status=status), default=0) for status in PaymentStatus}
    found = Payment.objects.filter(rows or Q()).order_by("asset").values("asset")
    return [Sums(**row) for row in found.annotate(received=Sum("amount_micro"), **sums)]


def in_books() -> list[Booked]:
    """What each part must equal. Suspense holds what settled nothing; an attached payment has left it."""
    told = {row.asset: row for row in arrived(HELD)}
    rows = []
    for asset in Asset.values:
        sums = told.get(asset) or Sums(
            asset=asset, received=0, matched=0, unmatched=0, dismissed=0, credited=0
        )
        suspense, attached = _into(asset, TransferCode.SUSPENSE), _attached(asset)
        pairs = [
            (_("received"), sums.received, _into(asset)),
            (_("matched"), sums.matched, _into(asset, TransferCode.DEPOSIT) + attached),
            (_("unmatched or dismissed"), sums.unmatched + sums.dismissed, suspense - attached),
            (_("credited"), sums.credited, _into(asset, TransferCode.TOP_UP)),
        ]
        rows += [
            Booked(asset=asset, name=name, told=mine, booked=booked)
            for name, mine, booked in pairs
            if mine or booked
        ]
    return rows


def _into(asset: str, *codes: TransferCode) -> int:
    """What the books say came into our wallets, by all codes or by these."""
    rows = Transfer.objects.filter(debit__kind=AccountKind.WALLETS, debit__asset=asset)
    return _sum(rows.filter(code__in=codes) if codes else rows)


def _attached(asset: str) -> int:
    """Of our wallets; what an upstream holds has a suspense of its own custody. What was taken back since counts no
    more, whatever its order was paid with afterwards."""
    taken_back = Transfer.objects.filter(
        code=TransferCode.DETACH, order=OuterRef("order"), pk__gt=OuterRef("pk")
    )
    held = Q(order__payment__account=None, order__payment__merchant__isnull=False)
    rows = Transfer.objects.filter(held, code=TransferCode.ATTACH, debit__asset=asset)
    return _sum(rows.filter(~Exists(taken_back)))


def _sum(rows: QuerySet[Transfer]) -> int:
    return int(rows.aggregate(total=Sum("amount", default=0))["total"])
