"""Wallets of merchants, and transfers that arrived."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from orders.models.merchants import Merchant
from orders.models.orders import Order
from orders.models.scope import ScopedQuerySet


class Custody(models.TextChoices):
    OURS = "ours", "ours"
    UPSTREAM = "upstream", "an upstream's"


class Wallet(models.Model):
    """An address of a merchant. In an upstream's custody it is held and swept there, never by us."""

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="wallets")
    address = models.CharField(max_length=34, unique=True)
    custody = models.CharField(max_length=16, choices=Custody, default=Custody.UPSTREAM)
    label = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.address


class PaymentStatus(models.TextChoices):
    MATCHED = "matched", "settled an order"
    UNMATCHED = "unmatched", "unmatched"
    DISMISSED = "dismissed", "dismissed"


class Payment(models.Model):
    """One transfer, told by an upstream (`account` set, unique by account and txid) or read from the chain (unique by
    txid and log index). `hinted_order`: the order whose own callback URL reported it, settled or not."""

    account = models.ForeignKey(
        "providers.ProviderAccount", null=True, on_delete=models.PROTECT, related_name="payments"
    )
    txid = models.CharField(max_length=64)
    log_index = models.IntegerField(null=True, help_text="-1 for TRX; empty when an upstream told us")
    asset = models.CharField(max_length=8, default="USDT")
    address = models.CharField(max_length=34, db_index=True)
    amount_micro = models.BigIntegerField()
    paid_at = models.DateTimeField(help_text="block time")
    received_at = models.DateTimeField()
    status = models.CharField(max_length=16, choices=PaymentStatus, default=PaymentStatus.UNMATCHED)
    order = models.OneToOneField(Order, null=True, on_delete=models.PROTECT, related_name="payment")
    hinted_order = models.ForeignKey(
        Order, null=True, on_delete=models.PROTECT, related_name="reported_payments"
    )
    reason = models.CharField(
        max_length=255, blank=True, help_text="why it settled nothing, or was dismissed"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        permissions = [("dismiss_payment", "Can dismiss an unmatched payment")]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "txid"],
                condition=Q(account__isnull=False),
                name="payment_once_per_account",
            ),
            models.UniqueConstraint(
                fields=["txid", "log_index"], condition=Q(account=None), name="payment_once_on_chain"
            ),
            models.CheckConstraint(
                condition=Q(status="matched", order__isnull=False) | (~Q(status="matched") & Q(order=None)),
                name="payment_matched_has_order",
            ),
            models.CheckConstraint(condition=Q(amount_micro__gt=0), name="payment_amount_positive"),
        ]

    def __str__(self) -> str:
        return self.txid
