"""Moving deposits to the merchant's cold wallet: the sweep, the bytes signed for it, its rules and its targets."""

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.models.audit import Approval
from orders.models.merchants import Merchant
from orders.models.orders import Order
from orders.models.payments import Wallet
from orders.models.scope import ScopedQuerySet
from orders.sweeps import ACTIVE_SWEEP, MOST_ORDERS, Payer, SweepStatus, TransactionStatus


class ColdWallet(models.Model):
    """Where a merchant's sweeps go. Exists only by an approval that a second person has granted; the one that is not
    retired is the target."""

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="cold_wallets")
    address = models.CharField(max_length=34)
    label = models.CharField(max_length=64, blank=True)
    approval = models.OneToOneField(Approval, on_delete=models.PROTECT, related_name="cold_wallet")
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        permissions = [("propose_coldwallet", _("Can ask for a cold wallet of a merchant"))]
        constraints = [
            models.UniqueConstraint(
                fields=["merchant"], condition=Q(retired_at=None), name="cold_wallet_one_target"
            ),
        ]

    def __str__(self) -> str:
        return self.address


class SweepPolicy(models.Model):
    """Rules of sweeps: one general row, and one for each merchant that differs. Empty: as the general row says.
    A pause of either stops the merchant."""

    merchant = models.OneToOneField(
        Merchant, null=True, blank=True, on_delete=models.PROTECT, related_name="sweep_policy"
    )
    paused = models.BooleanField(default=False)
    minimum_micro = models.BigIntegerField(null=True, blank=True)
    most_price_sun = models.BigIntegerField(
        null=True, blank=True, help_text=_("what energy and bandwidth of one sweep may cost")
    )
    payer = models.CharField(max_length=16, choices=Payer, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("sweep rules")
        verbose_name_plural = _("sweep rules")
        constraints = [
            models.UniqueConstraint(Coalesce("merchant", Value(0)), name="sweep_policy_once"),
            models.CheckConstraint(
                condition=(Q(minimum_micro=None) | Q(minimum_micro__gte=0))
                & (Q(most_price_sun=None) | Q(most_price_sun__gte=0)),
                name="sweep_policy_signs",
            ),
        ]

    def __str__(self) -> str:
        return (
            gettext("Rules of %(merchant)s") % {"merchant": self.merchant}
            if self.merchant
            else gettext("General rules")
        )


class Sweep(models.Model):
    """One at a time for a wallet. `order` buys what the transfer needs; `amount_micro` is what has left the wallet,
    `booked_micro` the part of it that settled deposits in the books. `next_action_at`: when the signer looks again."""

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="sweeps")
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="sweeps")
    cold_wallet = models.ForeignKey(ColdWallet, null=True, on_delete=models.PROTECT, related_name="sweeps")
    status = models.CharField(max_length=16, choices=SweepStatus, default=SweepStatus.DETECTED)
    reason = models.CharField(max_length=255, blank=True, help_text=_("what it waits for"))
    payer = models.CharField(max_length=16, choices=Payer, help_text=_("of energy and bandwidth"))
    order = models.OneToOneField(Order, null=True, on_delete=models.PROTECT, related_name="sweep")
    orders_made = models.PositiveSmallIntegerField(default=0)
    orders_allowed = models.PositiveSmallIntegerField(default=MOST_ORDERS)
    amount_micro = models.BigIntegerField(null=True)
    booked_micro = models.BigIntegerField(default=0)
    fee_sun = models.BigIntegerField(default=0, help_text=_("TRX burnt from the wallet"))
    created_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    next_action_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["next_action_at"], name="sweep_due", condition=~Q(next_action_at=None)),
            models.Index(fields=["status", "-id"], name="sweep_status"),
        ]
        permissions = [("decide_sweep", _("Can send a sweep on again or cancel it"))]
        constraints = [
            models.UniqueConstraint(
                fields=["wallet"], condition=Q(status__in=sorted(ACTIVE_SWEEP)), name="sweep_one_active"
            ),
            models.CheckConstraint(condition=Q(status__in=SweepStatus.values), name="sweep_status_known"),
            models.CheckConstraint(
                condition=Q(status__in=sorted(ACTIVE_SWEEP), finished_at=None)
                | (~Q(status__in=sorted(ACTIVE_SWEEP)) & Q(finished_at__isnull=False, next_action_at=None)),
                name="sweep_finished_at",
            ),
            models.CheckConstraint(
                condition=~Q(status="done") | Q(amount_micro__gt=0, cold_wallet__isnull=False),
                name="sweep_done_amount",
            ),
            models.CheckConstraint(
                condition=Q(booked_micro=0) | Q(booked_micro__gt=0, status="done"), name="sweep_booked_sign"
            ),
        ]

    def __str__(self) -> str:
        return gettext("sweep #%(number)s") % {"number": self.pk}


class SweepTransaction(models.Model):
    """Signed bytes, stored before they are sent. `in_doubt`: some node may have them although none is known to.
    Of a sweep at most one is live: no other is signed before this one is known to have ended."""

    sweep = models.ForeignKey(Sweep, on_delete=models.PROTECT, related_name="transactions")
    txid = models.CharField(max_length=64, unique=True)
    raw_hex = models.TextField(editable=False)
    signature_hex = models.CharField(max_length=130, editable=False)
    to_address = models.CharField(max_length=34)
    amount_micro = models.BigIntegerField()
    fee_limit_sun = models.BigIntegerField()
    expires_at = models.DateTimeField(help_text=_("by the clock of the chain"))
    status = models.CharField(max_length=16, choices=TransactionStatus, default=TransactionStatus.LIVE)
    in_doubt = models.BooleanField(default=False)
    broadcasts = models.PositiveSmallIntegerField(default=0)
    broadcast_at = models.DateTimeField(null=True)
    first_missing_at = models.DateTimeField(null=True)
    block_number = models.BigIntegerField(null=True)
    result = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sweep"], condition=Q(status="live"), name="sweep_transaction_one_live"
            ),
            models.CheckConstraint(
                condition=Q(status__in=TransactionStatus.values), name="sweep_transaction_status_known"
            ),
            models.CheckConstraint(condition=Q(amount_micro__gt=0), name="sweep_transaction_amount"),
        ]

    def __str__(self) -> str:
        return self.txid


class SweepEvent(models.Model):
    """Append-only timeline of a sweep. Never a secret in `data`."""

    sweep = models.ForeignKey(Sweep, on_delete=models.PROTECT, related_name="events")
    text = models.CharField(max_length=512)
    old_status = models.CharField(max_length=16, blank=True)
    new_status = models.CharField(max_length=16, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    is_alarm = models.BooleanField(default=False)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text
