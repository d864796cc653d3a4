"""Every movement of money. The posting table; asset TRX in sun unless said:

    event                                   debit                 credit
    top_up           merchant pays us       house cash            merchant available
    hold             order placed           merchant available    merchant held
    capture          resource order done    merchant held         house revenue
    fee              payment order done     merchant held         house payment fees
    release          rest of the hold       merchant held         merchant available
    provider_top_up  we pay an upstream     provider prepaid      house cash
    provider_cost    an upstream charged    house provider cost   provider prepaid
    provider_refund  an upstream paid back  provider prepaid      house provider cost
    loss             written off, executed  house losses          provider prepaid
    deposit (USDT)   deposit order paid     provider custody      merchant deposits
    suspense (USDT)  unmatched deposit      provider custody      house suspense
    attach (USDT)    a person matched it    house suspense        merchant deposits

A transfer leaves its debit account and enters its credit account. A merchant account's balance is what we owe the
merchant: credits minus debits. House and provider accounts are read as debits minus credits for assets and cost, so
that per asset all balances sum to zero by construction. Every function here runs inside the caller's transaction.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from orders.models import AccountKind, Asset, Attempt, LedgerAccount, Merchant, Order, Transfer, TransferCode
from orders.models.ledger import MERCHANT_KINDS
from providers.models import ProviderAccount

A, C = AccountKind, TransferCode
MOST_TOP_UP_SUN = 10**15  # a billion TRX: no balance comes near what 64 bits hold


class InsufficientFunds(Exception):
    """The debit would take a merchant account below minus its credit limit. Amounts in smallest units."""

    def __init__(self, available: int, needed: int) -> None:
        super().__init__(f"available {available}, needed {needed}")
        self.available = available
        self.needed = needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    code: TransferCode
    debit: LedgerAccount
    credit: LedgerAccount
    amount: int
    order: Order | None = None
    attempt: Attempt | None = None
    note: str = ""


def post(postings: Iterable[Posting], *, now: datetime) -> None:
    """Write transfers and move cached balances. Raises InsufficientFunds; zero amounts are left out."""
    rows = [posting for posting in postings if posting.amount]
    with transaction.atomic():
        _move_balances(rows)
        Transfer.objects.bulk_create(
            Transfer(
                code=row.code,
                debit=row.debit,
                credit=row.credit,
                amount=row.amount,
                order=row.order,
                attempt=row.attempt,
                note=row.note[:255],
                created_at=now,
            )
            for row in rows
        )


def _move_balances(rows: Sequence[Posting]) -> None:
    """Always in the same order: a hold and a release of one merchant would else each wait for the other's row."""
    changes: Counter[int] = Counter()
    for row in rows:
        for account, change in ((row.debit, -row.amount), (row.credit, row.amount)):
            if account.kind in MERCHANT_KINDS:
                changes[account.pk] += change
    for pk, change in sorted(changes.items()):
        within_limit = LedgerAccount.objects.filter(pk=pk, balance__gte=-change - F("credit_limit"))
        if not within_limit.update(balance=F("balance") + change):
            balance = LedgerAccount.objects.values_list("balance", flat=True).get(pk=pk)
            raise InsufficientFunds(balance or 0, -change)


def merchant_account(merchant: Merchant, kind: AccountKind, asset: Asset = Asset.TRX) -> LedgerAccount:
    return _account(f"{kind}:{asset}:m{merchant.pk}", kind=kind, asset=asset, merchant=merchant, balance=0)


def provider_ledger(
    account: ProviderAccount, kind: AccountKind = A.PREPAID, asset: Asset = Asset.TRX
) -> LedgerAccount:
    return _account(f"{kind}:{asset}:p{account.pk}", kind=kind, asset=asset, provider_account=account)


def house(kind: AccountKind, asset: Asset = Asset.TRX) -> LedgerAccount:
    return _account(f"{kind}:{asset}:house", kind=kind, asset=asset)


def _account(key: str, **fields: object) -> LedgerAccount:
    account, _ = LedgerAccount.objects.get_or_create(key=key, defaults=fields)
    return account


def open_merchant_accounts(merchant: Merchant) -> None:
    """Made with the merchant, so that no order pays for it."""
    merchant_account(merchant, A.AVAILABLE)
    merchant_account(merchant, A.HELD)


def available_sun(merchant: Merchant) -> int:
    return merchant_account(merchant, A.AVAILABLE).balance or 0


def held_sun(merchant: Merchant) -> int:
    return merchant_account(merchant, A.HELD).balance or 0


def check_top_up(amount_sun: int) -> None:
    """Raises ValueError."""
    if not 0 < amount_sun <= MOST_TOP_UP_SUN:
        raise ValueError("a top-up must be positive and at most a billion TRX")


def top_up(merchant: Merchant, amount_sun: int, *, note: str, now: datetime) -> None:
    """Raises ValueError, as the next one."""
    check_top_up(amount_sun)
    credit = merchant_account(merchant, A.AVAILABLE)
    post([Posting(code=C.TOP_UP, debit=house(A.CASH), credit=credit, amount=amount_sun, note=note)], now=now)


def provider_top_up(account: ProviderAccount, amount_sun: int, *, note: str, now: datetime) -> None:
    check_top_up(amount_sun)
    debit = provider_ledger(account)
    post(
        [Posting(code=C.PROVIDER_TOP_UP, debit=debit, credit=house(A.CASH), amount=amount_sun, note=note)],
        now=now,
    )


def hold(order: Order, *, now: datetime) -> None:
    available, held = _pair(order.merchant)
    post([Posting(code=C.HOLD, debit=available, credit=held, amount=order.price_sun, order=order)], now=now)


def settle(order: Order, *, capture_sun: int, now: datetime) -> None:
    """Capture part of the hold and release the rest: exactly once per order (a database constraint)."""
    if not 0 <= capture_sun <= order.price_sun:
        raise ValueError("a capture is at most the hold")
    available, held = _pair(order.merchant)
    earned, code = (house(A.FEES), C.FEE) if order.is_payment else (house(A.REVENUE), C.CAPTURE)
    post(
        [
            Posting(code=code, debit=held, credit=earned, amount=capture_sun, order=order),
            Posting(
                code=C.RELEASE,
                debit=held,
                credit=available,
                amount=order.price_sun - capture_sun,
                order=order,
            ),
        ],
        now=now,
    )


def _pair(merchant: Merchant) -> tuple[LedgerAccount, LedgerAccount]:
    """Available and held, as a rule with one query: every order needs them."""
    kinds = (A.AVAILABLE, A.HELD)
    found = {
        row.kind: row
        for row in LedgerAccount.objects.filter(merchant=merchant, kind__in=kinds, asset=Asset.TRX)
    }
    available, held = (found.get(kind) or merchant_account(merchant, kind) for kind in kinds)
    return available, held


def provider_cost(attempt: Attempt, amount_sun: int, *, now: datetime) -> None:
    _provider_row(attempt, C.PROVIDER_COST, house(A.COST), provider_ledger(attempt.account), amount_sun, now)


def provider_refund(attempt: Attempt, amount_sun: int, *, now: datetime) -> None:
    _provider_row(
        attempt, C.PROVIDER_REFUND, provider_ledger(attempt.account), house(A.COST), amount_sun, now
    )


def loss(attempt: Attempt, amount_sun: int, *, now: datetime) -> None:
    _provider_row(attempt, C.LOSS, house(A.LOSS), provider_ledger(attempt.account), amount_sun, now)


def _provider_row(
    attempt: Attempt,
    code: TransferCode,
    debit: LedgerAccount,
    credit: LedgerAccount,
    amount_sun: int,
    now: datetime,
) -> None:
    """Once per attempt and code: a poll and a callback may both bring the figure."""
    if Transfer.objects.filter(attempt=attempt, code=code).exists():
        return
    row = Posting(
        code=code, debit=debit, credit=credit, amount=amount_sun, order=attempt.order, attempt=attempt
    )
    post([row], now=now)


def deposit(order: Order, account: ProviderAccount, amount_micro: int, *, now: datetime) -> None:
    """USDT that arrived in an upstream's custody for a deposit order."""
    row = Posting(
        code=C.DEPOSIT,
        debit=provider_ledger(account, A.CUSTODY, Asset.USDT),
        credit=merchant_account(order.merchant, A.DEPOSITS, Asset.USDT),
        amount=amount_micro,
        order=order,
    )
    post([row], now=now)


def suspense(account: ProviderAccount, order: Order, amount_micro: int, *, now: datetime) -> None:
    """USDT that arrived in an upstream's custody and settled nothing."""
    row = Posting(
        code=C.SUSPENSE,
        debit=provider_ledger(account, A.CUSTODY, Asset.USDT),
        credit=house(A.SUSPENSE, Asset.USDT),
        amount=amount_micro,
        order=order,
    )
    post([row], now=now)


def attach(order: Order, amount_micro: int, *, now: datetime) -> None:
    """A person found the order that USDT in suspense belongs to."""
    row = Posting(
        code=C.ATTACH,
        debit=house(A.SUSPENSE, Asset.USDT),
        credit=merchant_account(order.merchant, A.DEPOSITS, Asset.USDT),
        amount=amount_micro,
        order=order,
    )
    post([row], now=now)


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
