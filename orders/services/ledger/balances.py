"""Reading balances."""

from datetime import datetime

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from orders.models import AccountKind, Asset, LedgerAccount, Merchant, Subtotal, Transfer
from orders.models.ledger import MERCHANT_KINDS
from orders.services.ledger.accounts import merchant_account
from orders.services.ledger.subtotals import last_cut


def available_sun(merchant: Merchant) -> int:
    return merchant_account(merchant, AccountKind.AVAILABLE).balance or 0


def held_sun(merchant: Merchant) -> int:
    return merchant_account(merchant, AccountKind.HELD).balance or 0


def deposits_micro(merchant: Merchant) -> int:
    return merchant_account(merchant, AccountKind.DEPOSITS, Asset.USDT).balance or 0


def balance_of(account: LedgerAccount) -> int:
    """Credits minus debits; from the cache for merchant accounts, from subtotals and transfers for all others."""
    if account.balance is not None:
        return account.balance
    found = with_balances(LedgerAccount.objects.filter(pk=account.pk)).get()
    return int(found.computed)  # type: ignore[attr-defined]  # annotated


def sum_of_transfers(account: LedgerAccount) -> int:
    sums = Transfer.objects.filter(Q(debit=account) | Q(credit=account)).aggregate(
        credits=Sum("amount", filter=Q(credit=account), default=0),
        debits=Sum("amount", filter=Q(debit=account), default=0),
    )
    return int(sums["credits"] - sums["debits"])


def with_balances(accounts: QuerySet[LedgerAccount]) -> QuerySet[LedgerAccount]:
    """Adds `computed`, what `balance_of` says, row by row in the database: the last subtotal and what moved since."""
    cut = last_cut()
    later = Transfer.objects.order_by()
    computed = _sum(later, "credit", cut) - _sum(later, "debit", cut)
    if cut is not None:
        until_cut = Subtotal.objects.filter(account=OuterRef("pk"), until__lte=cut).order_by("-until")
        total = F("credits") - F("debits")
        computed += Coalesce(Subquery(until_cut.annotate(total=total).values("total")[:1]), 0)
    return accounts.annotate(computed=Coalesce(F("balance"), computed))


def _sum(transfers: QuerySet[Transfer], side: str, cut: datetime | None) -> Combinable:
    rows = transfers.filter(**{side: OuterRef("pk")})
    if cut is not None:
        rows = rows.filter(created_at__gte=cut)
    return Coalesce(Subquery(rows.values(side).annotate(total=Sum("amount")).values("total")), 0)


def merchant_totals() -> dict[str, int]:
    """Per asset, what all merchants have together."""
    rows = LedgerAccount.objects.filter(kind__in=MERCHANT_KINDS).order_by().values_list("asset")
    return dict(rows.annotate(total=Sum("balance")))
