"""Registering the addresses on which merchants take deposits."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from orders.models import Custody, Merchant, Wallet
from orders.services import audit
from providers.tron.addresses import check_wallet


def add_wallet(
    merchant: Merchant,
    *,
    address: str,
    label: str,
    now: datetime,
    custody: Custody = Custody.UPSTREAM,
    user: User | None = None,
) -> Wallet:
    """Raises ValueError for an address that is none, ValidationError for one that is registered already."""
    wallet = Wallet(merchant=merchant, address=check_wallet(address), label=label, custody=custody)
    wallet.full_clean()
    with transaction.atomic():
        wallet.save()
        audit.record("wallet.add", user=user, now=now, target=wallet, after={"merchant": merchant.name})
    return wallet
