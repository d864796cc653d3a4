"""The targets of sweeps. Only an approval makes one: orders.services.approvals calls `set_target` with the grant."""

from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from orders.models import Approval, ColdWallet, Merchant, Wallet
from orders.services import audit
from providers.tron.addresses import check_wallet


def check(merchant: Merchant, address: str) -> None:
    """Raises ValueError: no address, the target already, or a deposit wallet."""
    check_wallet(address)
    if Wallet.objects.filter(address=address).exists():
        raise ValueError(_("this is a deposit wallet: sweeps would go round in circles"))
    current = target(merchant)
    if current is not None and current.address == address:
        raise ValueError(_("this is the merchant's cold wallet already"))


def target(merchant: Merchant) -> ColdWallet | None:
    return ColdWallet.objects.filter(merchant=merchant, retired_at=None).first()


def set_target(approval: Approval, merchant: Merchant, *, user: User, now: datetime) -> ColdWallet:
    """In the transaction of the grant, with the values it was bound to. Raises ValueError as `check`."""
    address, label = approval.data["address"], approval.data["label"]
    check(merchant, address)
    ColdWallet.objects.filter(merchant=merchant, retired_at=None).update(retired_at=now)
    cold = ColdWallet.objects.create(
        merchant=merchant, address=address, label=label, approval=approval, created_at=now
    )
    audit.record("cold_wallet.add", user=user, now=now, target=cold, after=approval.data)
    return cold
