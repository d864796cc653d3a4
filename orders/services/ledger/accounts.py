"""Ledger accounts, each found by its key `kind:asset:owner` and opened with its first use."""

from orders.models import AccountKind, Asset, LedgerAccount, Merchant
from providers.models import ProviderAccount


def merchant_account(merchant: Merchant, kind: AccountKind, asset: Asset = Asset.TRX) -> LedgerAccount:
    return _account(
        merchant_key(merchant.pk, kind, asset), kind=kind, asset=asset, merchant=merchant, balance=0
    )


def provider_ledger(
    account: ProviderAccount, kind: AccountKind = AccountKind.PREPAID, asset: Asset = Asset.TRX
) -> LedgerAccount:
    return _account(f"{kind}:{asset}:p{account.pk}", kind=kind, asset=asset, provider_account=account)


def house(kind: AccountKind, asset: Asset = Asset.TRX) -> LedgerAccount:
    return _account(f"{kind}:{asset}:house", kind=kind, asset=asset)


def merchant_key(merchant_id: int, kind: AccountKind, asset: Asset = Asset.TRX) -> str:
    return f"{kind}:{asset}:m{merchant_id}"


def _account(key: str, **fields: object) -> LedgerAccount:
    account, _ = LedgerAccount.objects.get_or_create(key=key, defaults=fields)
    return account


def open_merchant_accounts(merchant: Merchant) -> None:
    """Made with the merchant, so that no order pays for it."""
    merchant_account(merchant, AccountKind.AVAILABLE)
    merchant_account(merchant, AccountKind.HELD)
