"""Money that merchants give us, and that we give upstreams."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from orders.models import AccountKind, Merchant, TransferCode
from orders.services.ledger.accounts import house, merchant_account, provider_ledger
from orders.services.ledger.posting import Posting, post
from providers.models import ProviderAccount

MOST_TOP_UP_SUN = 10**15  # a billion TRX: no balance comes near what 64 bits hold


def check_top_up(amount_sun: int) -> None:
    """Raises ValueError."""
    if not 0 < amount_sun <= MOST_TOP_UP_SUN:
        raise ValueError(_("a top-up must be positive and at most a billion TRX"))


def top_up(merchant: Merchant, amount_sun: int, *, note: str, now: datetime) -> None:
    """Raises ValueError, as the next one."""
    check_top_up(amount_sun)
    credit = merchant_account(merchant, AccountKind.AVAILABLE)
    row = Posting(
        code=TransferCode.TOP_UP,
        debit=house(AccountKind.CASH),
        credit=credit,
        amount=amount_sun,
        note=note,
    )
    post([row], now=now)


def provider_top_up(account: ProviderAccount, amount_sun: int, *, note: str, now: datetime) -> None:
    check_top_up(amount_sun)
    debit = provider_ledger(account)
    row = Posting(
        code=TransferCode.PROVIDER_TOP_UP,
        debit=debit,
        credit=house(AccountKind.CASH),
        amount=amount_sun,
        note=note,
    )
    post([row], now=now)


def chain_top_up(merchant: Merchant, amount_sun: int, *, note: str, now: datetime) -> None:
    """TRX that arrived at the merchant's top-up address. Of any amount: it is there."""
    credit = merchant_account(merchant, AccountKind.AVAILABLE)
    row = Posting(
        code=TransferCode.TOP_UP,
        debit=house(AccountKind.WALLETS),
        credit=credit,
        amount=amount_sun,
        note=note,
    )
    post([row], now=now)
