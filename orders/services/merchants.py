"""Creating merchants and topping them up."""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.models import Asset, Merchant, Wallet
from orders.services import audit, ledger, watchers
from providers.tron.addresses import check_wallet

CALLBACK_SWITCHES = frozenset({"crossingpay_format", "tell_failures", "automatic_retry", "native_events"})


def create_merchant(
    *,
    name: str,
    time_zone: str,
    now: datetime,
    default_callback_url: str = "",
    note: str = "",
    enabled: bool = True,
    unique_external_id: bool = False,
    watcher: str = "",
    deposit_step_micro: int = 0,
    low_balance_sun: int = 0,
    user: User | None = None,
) -> Merchant:
    """Raises ValidationError for a taken name or a time zone that is none."""
    merchant = Merchant(
        name=name,
        time_zone=time_zone,
        default_callback_url=default_callback_url,
        note=note,
        enabled=enabled,
        unique_external_id=unique_external_id,
        watcher=watcher,
        deposit_step_micro=deposit_step_micro,
        low_balance_sun=low_balance_sun,
    )
    merchant.full_clean()
    with transaction.atomic():
        merchant.save()
        ledger.open_merchant_accounts(merchant)
        after = {"time_zone": time_zone, "unique_external_id": unique_external_id}
        audit.record("merchant.create", user=user, now=now, target=merchant, after=after)
    return merchant


def set_callbacks(
    merchant: Merchant, switches: Mapping[str, object], *, now: datetime, user: User | None = None
) -> bool:
    """Change how the merchant is told, by the names of CALLBACK_SWITCHES; orders placed before keep their format.

    False when nothing was different. Raises ValidationError.
    """
    if unknown := switches.keys() - CALLBACK_SWITCHES:
        raise ValueError(f"no switches: {', '.join(sorted(unknown))}")
    with transaction.atomic():
        row = Merchant.objects.select_for_update(of=("self",)).get(pk=merchant.pk)
        before = {name: getattr(row, name) for name in switches if getattr(row, name) != switches[name]}
        if not before:
            return False
        after = {name: switches[name] for name in before}
        for name, value in after.items():
            setattr(row, name, value)
        row.full_clean()
        row.save(update_fields=list(after))
        audit.record("merchant.callbacks", user=user, now=now, target=row, before=before, after=after)
    return True


def top_up(
    merchant: Merchant, *, amount_sun: int, reason: str, now: datetime, user: User | None = None
) -> None:
    """Book a payment of the merchant. Raises ValueError for an amount that is none."""
    with transaction.atomic():
        ledger.top_up(merchant, amount_sun, note=reason, now=now)
        audit.record(
            "merchant.top_up",
            user=user,
            now=now,
            target=merchant,
            after={"amount_sun": amount_sun, "reason": reason},
        )


def adjust(
    merchant: Merchant, *, asset: Asset, amount: int, reason: str, now: datetime, user: User | None = None
) -> None:
    """Correct its available TRX or its USDT deposits. Raises ValueError, InsufficientFunds."""
    with transaction.atomic():
        ledger.adjust(merchant, asset, amount, note=reason, now=now)
        after = {"asset": asset, "amount": amount, "reason": reason}
        audit.record("merchant.adjust", user=user, now=now, target=merchant, after=after)


def set_top_up_address(merchant: Merchant, address: str, *, user: User | None, now: datetime) -> None:
    """TRX sent there is credited to this merchant from now on; "" takes it away. The operator holds its key.
    Raises ValueError for an address that is none, ValidationError for one in use."""
    before = merchant.top_up_address
    merchant.top_up_address = check_wallet(address) if address else None
    merchant.full_clean(exclude=["name"])
    if address and Wallet.objects.filter(address=address).exists():
        raise ValidationError({"top_up_address": _("This is a deposit wallet.")})
    with transaction.atomic():
        merchant.save(update_fields=["top_up_address"])
        if address:
            watchers.watch(address, is_ours=True)
        told = {"top_up_address": address}
        audit.record(
            "merchant.top_up_address",
            user=user,
            now=now,
            target=merchant,
            before={"top_up_address": before},
            after=told,
        )
