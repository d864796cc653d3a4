"""What leaves our wallets by a sweep (orders.services.sweep_books decides how much of it deposits explain)."""

from datetime import datetime

from orders.models import AccountKind, Asset, LedgerAccount, Sweep, TransferCode
from orders.services.ledger.accounts import house, merchant_account
from orders.services.ledger.posting import Posting, post


def sweep(swept: Sweep, amount_micro: int, *, explained_micro: int, now: datetime) -> None:
    """USDT that has left our wallet. Raises InsufficientFunds for more than the merchant's deposits."""
    deposits, suspense_account = _deposits(swept), house(AccountKind.SUSPENSE, Asset.USDT)
    parts = (
        (TransferCode.SWEEP, deposits, explained_micro),
        (TransferCode.SWEEP_EXCESS, suspense_account, amount_micro - explained_micro),
    )
    credit = house(AccountKind.WALLETS, Asset.USDT)
    post(
        [
            Posting(code=code, debit=debit, credit=credit, amount=amount, sweep=swept)
            for code, debit, amount in parts
        ],
        now=now,
    )


def sweep_explained(swept: Sweep, amount_micro: int, *, now: datetime) -> None:
    row = Posting(
        code=TransferCode.SWEEP_EXPLAINED,
        debit=_deposits(swept),
        credit=house(AccountKind.SUSPENSE, Asset.USDT),
        amount=amount_micro,
        sweep=swept,
    )
    post([row], now=now)


def sweep_reopened(swept: Sweep, amount_micro: int, *, now: datetime) -> None:
    """The deposit that explained it is none any more."""
    row = Posting(
        code=TransferCode.SWEEP_REOPENED,
        debit=house(AccountKind.SUSPENSE, Asset.USDT),
        credit=_deposits(swept),
        amount=amount_micro,
        sweep=swept,
    )
    post([row], now=now)


def sweep_fee(swept: Sweep, fee_sun: int, *, is_merchants: bool, now: datetime) -> None:
    """Raises InsufficientFunds when the merchant pays and has less."""
    debit = (
        merchant_account(swept.merchant, AccountKind.AVAILABLE) if is_merchants else house(AccountKind.COST)
    )
    row = Posting(
        code=TransferCode.SWEEP_FEE,
        debit=debit,
        credit=house(AccountKind.WALLETS),
        amount=fee_sun,
        sweep=swept,
    )
    post([row], now=now)


def _deposits(swept: Sweep) -> LedgerAccount:
    return merchant_account(swept.merchant, AccountKind.DEPOSITS, Asset.USDT)
