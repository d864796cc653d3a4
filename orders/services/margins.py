"""Price minus provider cost, by kind of order, merchant and provider, as booked within a span."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import BigIntegerField, Case, Count, F, OuterRef, QuerySet, Subquery, Sum, When

from orders.models import Attempt, Transfer, TransferCode
from orders.services.spans import Span
from orders.states import AttemptStatus

EARNED = (TransferCode.CAPTURE, TransferCode.FEE)
SPENT = (TransferCode.PROVIDER_COST, TransferCode.LOSS)
BY = ("kind", "merchant", "provider")
Key = tuple[str, int | None, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """`kind` of order, "sweep" for TRX burnt at the house's cost; ids of merchant and provider account, None where
    summed up or not known. Amounts in sun."""

    kind: str = ""
    merchant: int | None = None
    provider: int | None = None
    orders: int = 0
    earned_sun: int = 0
    cost_sun: int = 0

    @property
    def margin_sun(self) -> int:
        return self.earned_sun - self.cost_sun

    @property
    def percent(self) -> int | None:
        return round(100 * self.margin_sun / self.earned_sun) if self.earned_sun else None


def margins(span: Span, by: Iterable[str] = BY) -> list[Margin]:
    """Rows summed up over what is not in `by`, the largest margin first."""
    wanted = set(by)
    sums: dict[Key, list[int]] = {}
    for (kind, merchant, provider), values in [*_earned(span), *_spent(span), *_burnt(span)]:
        key = (
            kind if "kind" in wanted else "",
            merchant if "merchant" in wanted else None,
            provider if "provider" in wanted else None,
        )
        row = sums.setdefault(key, [0, 0, 0])
        for place, value in enumerate(values):
            row[place] += value
    rows = [
        Margin(
            kind=kind, merchant=merchant, provider=provider, orders=count, earned_sun=earned, cost_sun=cost
        )
        for (kind, merchant, provider), (count, earned, cost) in sums.items()
    ]
    return sorted(rows, key=lambda row: (-row.margin_sun, row.kind, row.merchant or 0, row.provider or 0))


def _earned(span: Span) -> list[tuple[Key, tuple[int, int, int]]]:
    """By the provider whose attempt succeeded; none for what our own node watched."""
    winner = Attempt.objects.filter(order=OuterRef("order"), status=AttemptStatus.SUCCEEDED)
    rows = (
        _within(span)
        .filter(code__in=(*EARNED, TransferCode.FEE_REFUND))
        .annotate(provider=Subquery(winner.values("account")[:1]))
        .values_list("order__kind", "order__merchant", "provider")
        .annotate(count=Count("order", distinct=True), total=_less(TransferCode.FEE_REFUND))
    )
    return [
        ((kind, merchant, provider), (count, int(total), 0))
        for kind, merchant, provider, count, total in rows
    ]


def _spent(span: Span) -> list[tuple[Key, tuple[int, int, int]]]:
    rows = (
        _within(span)
        .filter(code__in=(*SPENT, TransferCode.PROVIDER_REFUND))
        .values_list("order__kind", "order__merchant", "attempt__account")
        .annotate(total=_less(TransferCode.PROVIDER_REFUND))
    )
    return [((kind, merchant, provider), (0, 0, int(total))) for kind, merchant, provider, total in rows]


def _less(refund: TransferCode) -> Sum:
    back = When(code=refund, then=-F("amount"))
    return Sum(Case(back, default=F("amount"), output_field=BigIntegerField()))


def _burnt(span: Span) -> list[tuple[Key, tuple[int, int, int]]]:
    rows = (
        _within(span)
        .filter(code=TransferCode.SWEEP_FEE, debit__merchant=None)
        .values_list("sweep__merchant")
        .annotate(total=Sum("amount"))
    )
    return [(("sweep", merchant, None), (0, 0, int(total))) for merchant, total in rows]


def _within(span: Span) -> QuerySet[Transfer]:
    return Transfer.objects.filter(created_at__gte=span.since, created_at__lt=span.until).order_by()
