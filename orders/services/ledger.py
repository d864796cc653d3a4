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

Of a wallet or top-up address that we hold, the debit account is `house wallets` of the asset:

    top_up           TRX at its address     house wallets         merchant available
    deposit (USDT)   it settled an order    house wallets         merchant deposits
    suspense         it settled none        house wallets         house suspense

Of a sweep from our wallet to the merchant's cold wallet (orders.services.sweep_books):

    sweep (USDT)     deposits explain it    merchant deposits     house wallets
    sweep_excess     no deposit does (yet)  house suspense        house wallets
    sweep_explained  one was matched later  merchant deposits     house suspense
    sweep_fee (TRX)  burnt on chain         merchant available    house wallets
                     the house pays         house provider cost   house wallets

Energy and bandwidth for a sweep are an order: `hold` and `capture` when the merchant pays. When the house does, its
price is zero and the provider's cost is all there is.

A transfer leaves its debit account and enters its credit account. A merchant account's balance is what we owe the
merchant: credits minus debits. House and provider accounts are read as debits minus credits for assets and cost, so
that per asset all balances sum to zero by construction. Every function here runs inside the caller's transaction.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from orders.models import (
    AccountKind,
    Asset,
    Attempt,
    LedgerAccount,
    Merchant,
    Order,
    Sweep,
    Transfer,
    TransferCode,
)
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
    sweep: Sweep | None = None
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
                sweep=row.sweep,
                note=row.note[:255],
                created_at=now,
            )
            for row in rows
        )


def _move_balances(rows: Sequence[Posting]) -> None:
    """Always by key: a hold and a release of one merchant would else each wait for the other's row."""
    changes: Counter[str] = Counter()
    for row in rows:
        for account, change in ((row.debit, -row.amount), (row.credit, row.amount)):
            if account.kind in MERCHANT_KINDS:
                changes[account.key] += change
    for key, change in sorted(changes.items()):
        _move(key, change)


# By hand: the ORM can't tell what an UPDATE left, and every order would pay for asking.
_MOVE = """UPDATE orders_ledgeraccount SET balance = balance + %s
    WHERE key = %s AND balance + %s >= -credit_limit RETURNING id, balance"""


def _move(key: str, change: int) -> tuple[int, int]:
    """Id and new balance of a merchant account that exists. Raises InsufficientFunds."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [change, key, change])
        moved = cursor.fetchone()
    if moved is None:
        balance = LedgerAccount.objects.values_list("balance", flat=True).get(key=key)
        raise InsufficientFunds(balance or 0, -change)
    return moved[0], moved[1]


def merchant_account(merchant: Merchant, kind: AccountKind, asset: Asset = Asset.TRX) -> LedgerAccount:
    return _account(
        _merchant_key(merchant.pk, kind, asset), kind=kind, asset=asset, merchant=merchant, balance=0
    )


def provider_ledger(
    account: ProviderAccount, kind: AccountKind = A.PREPAID, asset: Asset = Asset.TRX
) -> LedgerAccount:
    return _account(f"{kind}:{asset}:p{account.pk}", kind=kind, asset=asset, provider_account=account)


def house(kind: AccountKind, asset: Asset = Asset.TRX) -> LedgerAccount:
    return _account(f"{kind}:{asset}:house", kind=kind, asset=asset)


def _merchant_key(merchant_id: int, kind: AccountKind, asset: Asset = Asset.TRX) -> str:
    return f"{kind}:{asset}:m{merchant_id}"


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


def hold(order: Order, *, now: datetime) -> int:
    """Of a price above zero. Returns what is available after it, in sun. Raises InsufficientFunds.

    All orders of a merchant wait for these rows, so it knows the accounts by their keys and asks for nothing.
    """
    available, left = _move(_merchant_key(order.merchant_id, A.AVAILABLE), -order.price_sun)
    held, _ = _move(_merchant_key(order.merchant_id, A.HELD), order.price_sun)
    Transfer.objects.create(
        code=C.HOLD,
        debit_id=available,
        credit_id=held,
        amount=order.price_sun,
        order=order,
        created_at=now,
    )
    return left


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


def chain_top_up(merchant: Merchant, amount_sun: int, *, note: str, now: datetime) -> None:
    """TRX that arrived at the merchant's top-up address. Of any amount: it is there."""
    credit = merchant_account(merchant, A.AVAILABLE)
    row = Posting(code=C.TOP_UP, debit=house(A.WALLETS), credit=credit, amount=amount_sun, note=note)
    post([row], now=now)


def wallet_deposit(merchant: Merchant, order: Order, amount_micro: int, *, now: datetime) -> None:
    """USDT that settled an order in a wallet of `merchant` that we hold."""
    row = Posting(
        code=C.DEPOSIT,
        debit=house(A.WALLETS, Asset.USDT),
        credit=merchant_account(merchant, A.DEPOSITS, Asset.USDT),
        amount=amount_micro,
        order=order,
    )
    post([row], now=now)


def wallet_suspense(asset: Asset, amount: int, *, note: str, now: datetime) -> None:
    """What arrived at an address that we hold and is nobody's yet."""
    row = Posting(
        code=C.SUSPENSE,
        debit=house(A.WALLETS, asset),
        credit=house(A.SUSPENSE, asset),
        amount=amount,
        note=note,
    )
    post([row], now=now)


def wallet_attach(merchant: Merchant, order: Order, amount_micro: int, *, now: datetime) -> None:
    """A person found the order of USDT in suspense; `merchant` is the wallet's."""
    row = Posting(
        code=C.ATTACH,
        debit=house(A.SUSPENSE, Asset.USDT),
        credit=merchant_account(merchant, A.DEPOSITS, Asset.USDT),
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


def sweep(swept: Sweep, amount_micro: int, *, explained_micro: int, now: datetime) -> None:
    """USDT that has left our wallet. Raises InsufficientFunds for more than the merchant's deposits."""
    deposits, suspense_account = _deposits(swept), house(A.SUSPENSE, Asset.USDT)
    parts = (
        (C.SWEEP, deposits, explained_micro),
        (C.SWEEP_EXCESS, suspense_account, amount_micro - explained_micro),
    )
    credit = house(A.WALLETS, Asset.USDT)
    post(
        [
            Posting(code=code, debit=debit, credit=credit, amount=amount, sweep=swept)
            for code, debit, amount in parts
        ],
        now=now,
    )


def sweep_explained(swept: Sweep, amount_micro: int, *, now: datetime) -> None:
    row = Posting(
        code=C.SWEEP_EXPLAINED,
        debit=_deposits(swept),
        credit=house(A.SUSPENSE, Asset.USDT),
        amount=amount_micro,
        sweep=swept,
    )
    post([row], now=now)


def sweep_fee(swept: Sweep, fee_sun: int, *, is_merchants: bool, now: datetime) -> None:
    """Raises InsufficientFunds when the merchant pays and has less."""
    debit = merchant_account(swept.merchant, A.AVAILABLE) if is_merchants else house(A.COST)
    row = Posting(code=C.SWEEP_FEE, debit=debit, credit=house(A.WALLETS), amount=fee_sun, sweep=swept)
    post([row], now=now)


def _deposits(swept: Sweep) -> LedgerAccount:
    return merchant_account(swept.merchant, A.DEPOSITS, Asset.USDT)


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
