"""What arrives on chain, in an upstream's custody or in a wallet of ours: deposits, and what is nobody's yet."""

from datetime import datetime

from django.db.models import Case, F, Sum, When

from orders.models import AccountKind, Asset, Merchant, Order, Transfer, TransferCode
from orders.services.ledger.accounts import house, merchant_account, provider_ledger
from orders.services.ledger.posting import Posting, post
from providers.models import ProviderAccount


def deposit(order: Order, account: ProviderAccount, amount_micro: int, *, now: datetime) -> None:
    """USDT that arrived in an upstream's custody for a deposit order."""
    row = Posting(
        code=TransferCode.DEPOSIT,
        debit=provider_ledger(account, AccountKind.CUSTODY, Asset.USDT),
        credit=merchant_account(order.merchant, AccountKind.DEPOSITS, Asset.USDT),
        amount=amount_micro,
        order=order,
    )
    post([row], now=now)


def suspense(account: ProviderAccount, order: Order, amount_micro: int, *, now: datetime) -> None:
    """USDT that arrived in an upstream's custody and settled nothing."""
    row = Posting(
        code=TransferCode.SUSPENSE,
        debit=provider_ledger(account, AccountKind.CUSTODY, Asset.USDT),
        credit=house(AccountKind.SUSPENSE, Asset.USDT),
        amount=amount_micro,
        order=order,
    )
    post([row], now=now)


def attach(order: Order, amount_micro: int, *, now: datetime) -> None:
    """A person found the order that USDT in suspense belongs to."""
    row = Posting(
        code=TransferCode.ATTACH,
        debit=house(AccountKind.SUSPENSE, Asset.USDT),
        credit=merchant_account(order.merchant, AccountKind.DEPOSITS, Asset.USDT),
        amount=amount_micro,
        order=order,
    )
    post([row], now=now)


def detach(order: Order, *, now: datetime) -> None:
    """What of its payment is booked as the merchant's returns to suspense. Raises InsufficientFunds."""
    deposits = merchant_account(order.merchant, AccountKind.DEPOSITS, Asset.USDT)
    signed = Case(When(credit=deposits, then=F("amount")), When(debit=deposits, then=-F("amount")), default=0)
    booked = Transfer.objects.filter(order=order).aggregate(total=Sum(signed, default=0))["total"]
    row = Posting(
        code=TransferCode.DETACH,
        debit=deposits,
        credit=house(AccountKind.SUSPENSE, Asset.USDT),
        amount=int(booked),
        order=order,
    )
    post([row], now=now)


def wallet_deposit(merchant: Merchant, order: Order, amount_micro: int, *, now: datetime) -> None:
    """USDT that settled an order in a wallet of `merchant` that we hold."""
    row = Posting(
        code=TransferCode.DEPOSIT,
        debit=house(AccountKind.WALLETS, Asset.USDT),
        credit=merchant_account(merchant, AccountKind.DEPOSITS, Asset.USDT),
        amount=amount_micro,
        order=order,
    )
    post([row], now=now)


def wallet_suspense(asset: Asset, amount: int, *, note: str, now: datetime) -> None:
    """What arrived at an address that we hold and is nobody's yet."""
    row = Posting(
        code=TransferCode.SUSPENSE,
        debit=house(AccountKind.WALLETS, asset),
        credit=house(AccountKind.SUSPENSE, asset),
        amount=amount,
        note=note,
    )
    post([row], now=now)


def wallet_attach(merchant: Merchant, order: Order, amount_micro: int, *, now: datetime) -> None:
    """A person found the order of USDT in suspense; `merchant` is the wallet's."""
    row = Posting(
        code=TransferCode.ATTACH,
        debit=house(AccountKind.SUSPENSE, Asset.USDT),
        credit=merchant_account(merchant, AccountKind.DEPOSITS, Asset.USDT),
        amount=amount_micro,
        order=order,
    )
    post([row], now=now)
