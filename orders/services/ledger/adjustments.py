"""What a person corrects on a merchant's account, against the house's adjustments."""

from datetime import datetime

from orders.models import AccountKind, Asset, LedgerAccount, Merchant, TransferCode
from orders.services.ledger.accounts import house, merchant_account
from orders.services.ledger.posting import Posting, post

KINDS = {Asset.TRX: AccountKind.AVAILABLE, Asset.USDT: AccountKind.DEPOSITS}
MOST_ADJUSTMENT = 10**15  # in smallest units, as of top-ups


def adjusted_account(merchant: Merchant, asset: Asset) -> LedgerAccount:
    return merchant_account(merchant, KINDS[asset], asset)


def check_adjustment(amount: int) -> None:
    """Raises ValueError."""
    if not 0 < abs(amount) <= MOST_ADJUSTMENT:
        raise ValueError("an adjustment must not be zero, and at most a billion")


def adjust(merchant: Merchant, asset: Asset, amount: int, *, note: str, now: datetime) -> None:
    """Above zero: credited to the merchant; below: debited. Raises ValueError, InsufficientFunds."""
    check_adjustment(amount)
    own, other = adjusted_account(merchant, asset), house(AccountKind.ADJUSTMENTS, asset)
    debit, credit = (other, own) if amount > 0 else (own, other)
    row = Posting(code=TransferCode.ADJUSTMENT, debit=debit, credit=credit, amount=abs(amount), note=note)
    post([row], now=now)
