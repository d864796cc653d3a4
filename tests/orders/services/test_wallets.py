from datetime import datetime

import pytest
from django.core.exceptions import ValidationError

from orders.models import AuditEntry, Custody, Merchant, Wallet
from orders.services import merchants, wallets
from tests.orders.conftest import ADDRESS


def test_a_wallet_is_the_merchants_and_on_the_trail(merchant: Merchant, now: datetime) -> None:
    wallet = wallets.add_wallet(merchant, address=ADDRESS, label="till", now=now)
    assert (wallet.merchant, wallet.custody) == (merchant, Custody.UPSTREAM)
    assert AuditEntry.objects.get(act="wallet.add").label == ADDRESS


def test_an_address_has_one_owner(merchant: Merchant, now: datetime) -> None:
    other = merchants.create_merchant(name="Another sample", time_zone="UTC", now=now)
    wallets.add_wallet(merchant, address=ADDRESS, label="", now=now)
    for owner in (merchant, other):
        with pytest.raises(ValidationError, match="already exists"):
            wallets.add_wallet(owner, address=ADDRESS, label="", now=now)
    assert Wallet.objects.get().merchant == merchant


@pytest.mark.parametrize(
    "address",
    [
        "",
        ADDRESS.lower(),
        ADDRESS[:-1] + "x",
        "TEX5nLeFJ1dyazhJC3P9eYJs7hxgk7knJF",
        "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
    ],
)
def test_an_address_that_is_no_wallet_is_refused(address: str, merchant: Merchant, now: datetime) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        wallets.add_wallet(merchant, address=address, label="", now=now)
    assert not Wallet.objects.exists()


def test_a_label_is_short(merchant: Merchant, now: datetime) -> None:
    with pytest.raises(ValidationError):
        wallets.add_wallet(merchant, address=ADDRESS, label="x" * 65, now=now)
    assert not Wallet.objects.exists()
