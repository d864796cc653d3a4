"""Opening, debits, credits and closing of each ledger account over a span. Per asset the openings sum to zero, so do
the closings, and debits equal credits: each transfer is one of both.

Sums begin at the last closed month before the span, so that a year of transfers is not read again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet, Sum

from orders.models import LedgerAccount, Period, PeriodBalance, Transfer
from orders.services.spans import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Amounts in the account's smallest unit; balances are credits minus debits, as everywhere in the ledger."""

    account: LedgerAccount
    opening: int
    debits: int
    credits: int

    @property
    def closing(self) -> int:
        return self.opening + self.credits - self.debits

    @property
    def is_still(self) -> bool:
        return not (self.opening or self.debits or self.credits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    asset: str
    opening: int
    debits: int
    credits: int
    closing: int

    @property
    def is_balanced(self) -> bool:
        return self.opening == 0 and self.closing == 0 and self.debits == self.credits


def lines(span: Span, accounts: QuerySet[LedgerAccount] | None = None) -> list[Line]:
    """Of all accounts, or of those given, which some span has moved."""
    wanted = LedgerAccount.objects.all() if accounts is None else accounts
    base = Period.objects.filter(reopened_at=None, sealed_at__isnull=False, until__lte=span.since).first()
    opened = _frozen(base, accounts)
    taken = _sums("debit", base, span, accounts)
    added = _sums("credit", base, span, accounts)
    none = (0, 0)
    rows = wanted.select_related("merchant", "provider_account").order_by("asset", "kind", "id")
    return [
        Line(
            account=account,
            opening=opened.get(account.pk, 0)
            + added.get(account.pk, none)[0]
            - taken.get(account.pk, none)[0],
            debits=taken.get(account.pk, none)[1],
            credits=added.get(account.pk, none)[1],
        )
        for account in rows
    ]


def totals(rows: Iterable[Line]) -> list[Total]:
    """Per asset."""
    by_asset: dict[str, list[Line]] = {}
    for row in rows:
        by_asset.setdefault(row.account.asset, []).append(row)
    return [_total(asset, each) for asset, each in sorted(by_asset.items())]


def _total(asset: str, rows: Sequence[Line]) -> Total:
    return Total(
        asset=asset,
        opening=sum(row.opening for row in rows),
        debits=sum(row.debits for row in rows),
        credits=sum(row.credits for row in rows),
        closing=sum(row.closing for row in rows),
    )


def balances(accounts: QuerySet[LedgerAccount], at: datetime) -> dict[int, int]:
    """By account id, just before that moment."""
    return {row.account.pk: row.closing for row in lines(Span(at, at), accounts)}


def _frozen(base: Period | None, accounts: QuerySet[LedgerAccount] | None) -> dict[int, int]:
    if base is None:
        return {}
    rows = PeriodBalance.objects.filter(period=base)
    if accounts is not None:
        rows = rows.filter(account__in=accounts.order_by().values("pk"))
    return dict(rows.values_list("account", "closing"))


def _sums(
    side: str, base: Period | None, span: Span, accounts: QuerySet[LedgerAccount] | None
) -> dict[int, tuple[int, int]]:
    """By account id: what moved since the base before the span, and within it."""
    rows = Transfer.objects.filter(created_at__lt=span.until).order_by()
    if base is not None:
        rows = rows.filter(created_at__gte=base.until)
    if accounts is not None:
        rows = rows.filter(**{f"{side}__in": accounts.order_by().values("pk")})
    before, within = Q(created_at__lt=span.since), Q(created_at__gte=span.since)
    summed = rows.values_list(side).annotate(
        before=Sum("amount", filter=before, default=0), within=Sum("amount", filter=within, default=0)
    )
    return {account: (int(earlier), int(inside)) for account, earlier, inside in summed}
