"""What staff have set for sweeps: the general row, and a merchant's own where it differs."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from orders.models import Merchant, SweepPolicy
from orders.services import audit
from orders.sweeps import Payer, Rules

FIELDS = ("paused", "minimum_micro", "most_price_sun", "payer")


def rules_for(merchant: Merchant) -> Rules:
    """A missing general row lets nothing be bought: a highest price of zero."""
    rows = {
        row.merchant_id: row for row in SweepPolicy.objects.filter(Q(merchant=None) | Q(merchant=merchant))
    }
    general, own = rows.get(None, SweepPolicy()), rows.get(merchant.pk, SweepPolicy())
    paused = [
        text for row, text in ((general, "for all merchants"), (own, "for this merchant")) if row.paused
    ]
    minimum = general.minimum_micro if own.minimum_micro is None else own.minimum_micro
    price = general.most_price_sun if own.most_price_sun is None else own.most_price_sun
    return Rules(
        paused=", ".join(paused),
        minimum_micro=minimum or 0,
        most_price_sun=price or 0,
        payer=Payer(own.payer or general.payer or Payer.MERCHANT),
    )


def save(policy: SweepPolicy, *, user: User, now: datetime) -> None:
    """Raises ValidationError."""
    policy.full_clean()
    with transaction.atomic():
        old = SweepPolicy.objects.filter(pk=policy.pk).first()
        policy.save()
        audit.record(
            "sweep_rules.change" if old else "sweep_rules.add",
            user=user,
            now=now,
            target=policy,
            before={name: getattr(old, name) for name in FIELDS} if old else {},
            after={name: getattr(policy, name) for name in FIELDS},
        )


def set_pause(merchant: Merchant | None, *, paused: bool, user: User, now: datetime) -> None:
    """Of one merchant, or of all with None."""
    with transaction.atomic():
        policy, _ = SweepPolicy.objects.select_for_update().get_or_create(merchant=merchant)
        if policy.paused != paused:
            policy.paused = paused
            policy.save(update_fields=["paused"])
            act = "sweep_rules.pause" if paused else "sweep_rules.resume"
            audit.record(act, user=user, now=now, target=policy)
