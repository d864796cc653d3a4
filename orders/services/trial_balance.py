"""Opening, debits, credits and closing of each ledger account over a span. Per asset the openings sum to zero, so do
the closings, and debits equal credits: each transfer is one of both.

Sums begin at the last subtotals, so that a year of transfers is not read again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from orders.models import LedgerAccount
from orders.services.ledger import subtotals
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
    """Of all accounts, or of those given."""
    wanted = LedgerAccount.objects.all() if accounts is None else accounts
    opened = subtotals.before(span.since, accounts)
    moved = subtotals.within(span.since, span.until, accounts)
    return [
        Line(
            account=account,
            opening=opened.balance(account.pk),
            debits=moved.debits[account.pk],
            credits=moved.credits[account.pk],
        )
        for account in wanted.select_related("merchant", "provider_account").order_by("asset", "kind", "id")
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
    found = subtotals.before(at, accounts)
    return {account: found.balance(account) for account in accounts.order_by().values_list("pk", flat=True)}
