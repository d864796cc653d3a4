"""Creating merchants and topping them up."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from orders.models import Merchant
from orders.services import audit, ledger


def create_merchant(
    *,
    name: str,
    time_zone: str,
    now: datetime,
    default_callback_url: str = "",
    note: str = "",
    enabled: bool = True,
    unique_external_id: bool = False,
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
    )
    merchant.full_clean()
    with transaction.atomic():
        merchant.save()
        ledger.open_merchant_accounts(merchant)
        after = {"time_zone": time_zone, "unique_external_id": unique_external_id}
        audit.record("merchant.create", user=user, now=now, target=merchant, after=after)
    return merchant


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
