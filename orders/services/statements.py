"""A merchant's month, in its own time zone: opening, movements, closing of each of its ledger accounts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet, Sum

from orders.models import LedgerAccount, Merchant, Transfer
from orders.services import spans, trial_balance
from orders.services.spans import Span
from orders.services.trial_balance import Line

SHOWN = (
    *("debit", "credit", "amount", "code", "note", "created_at"),
    *("order__created_at", "order__external_id"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    merchant: Merchant
    month: date
    span: Span
    lines: list[Line]

    @property
    def count(self) -> int:
        """Of movements; a transfer between two of its accounts moves both."""
        return sum(_of_account(line.account, self.span).count() for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """`change` and `balance` (after it) in the account's smallest unit."""

    account: LedgerAccount
    transfer: Transfer
    change: int
    balance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSum:
    account: LedgerAccount
    code: str
    count: int
    change: int

    @property
    def label(self) -> str:
        return Transfer(code=self.code).get_code_display()


def statement(merchant: Merchant, month: date) -> Statement:
    span = spans.month(month, merchant.time_zone)
    accounts = LedgerAccount.objects.filter(merchant=merchant)
    return Statement(merchant=merchant, month=month, span=span, lines=trial_balance.lines(span, accounts))


def movements(of: Statement) -> Iterator[Movement]:
    """Account by account, in the order of time."""
    for line in of.lines:
        balance = line.opening
        rows = _of_account(line.account, of.span).select_related("order").only(*SHOWN)
        rows = rows.order_by("created_at", "id")
        for transfer in rows.iterator(chunk_size=2000):
            change = transfer.amount if transfer.credit_id == line.account.pk else -transfer.amount
            balance += change
            yield Movement(account=line.account, transfer=transfer, change=change, balance=balance)


def by_code(of: Statement) -> list[CodeSum]:
    """What moved each account, and how often."""
    found = []
    for line in of.lines:
        rows = _of_account(line.account, of.span).order_by("code").values_list("code")
        into = Sum("amount", filter=Q(credit=line.account), default=0)
        out_of = Sum("amount", filter=Q(debit=line.account), default=0)
        for code, count, added, taken in rows.annotate(count=Count("pk"), into=into, out_of=out_of):
            found.append(CodeSum(account=line.account, code=code, count=count, change=added - taken))
    return found


def _of_account(account: LedgerAccount, span: Span) -> QuerySet[Transfer]:
    rows = Transfer.objects.filter(created_at__gte=span.since, created_at__lt=span.until)
    return rows.filter(Q(debit=account) | Q(credit=account))
