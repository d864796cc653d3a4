"""Reading balances."""

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from orders.models import AccountKind, LedgerAccount, Merchant, Transfer
from orders.models.ledger import MERCHANT_KINDS
from orders.services.ledger.accounts import merchant_account


def available_sun(merchant: Merchant) -> int:
    return merchant_account(merchant, AccountKind.AVAILABLE).balance or 0


def held_sun(merchant: Merchant) -> int:
    return merchant_account(merchant, AccountKind.HELD).balance or 0


def balance_of(account: LedgerAccount) -> int:
    """Credits minus debits; from the cache for merchant accounts, from the transfers for all others."""
    if account.balance is not None:
        return account.balance
    return sum_of_transfers(account)


def sum_of_transfers(account: LedgerAccount) -> int:
    sums = Transfer.objects.filter(Q(debit=account) | Q(credit=account)).aggregate(
        credits=Sum("amount", filter=Q(credit=account), default=0),
        debits=Sum("amount", filter=Q(debit=account), default=0),
    )
    return int(sums["credits"] - sums["debits"])


def with_balances(accounts: QuerySet[LedgerAccount]) -> QuerySet[LedgerAccount]:
    """Adds `computed`, what `balance_of` says, row by row in the database."""
    received = Transfer.objects.filter(credit=OuterRef("pk")).order_by().values("credit")
    paid_out = Transfer.objects.filter(debit=OuterRef("pk")).order_by().values("debit")
    total = Sum("amount")
    computed = Coalesce(Subquery(received.annotate(total=total).values("total")), 0) - Coalesce(
        Subquery(paid_out.annotate(total=total).values("total")), 0
    )
    return accounts.annotate(computed=Coalesce(F("balance"), computed))


def merchant_totals() -> dict[str, int]:
    """Per asset, what all merchants have together."""
    rows = LedgerAccount.objects.filter(kind__in=MERCHANT_KINDS).order_by().values_list("asset")
    return dict(rows.annotate(total=Sum("balance")))
