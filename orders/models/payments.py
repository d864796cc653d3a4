"""Wallets of merchants, and transfers that arrived."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.merchants import Merchant
from orders.models.orders import Order
from orders.models.scope import ScopedQuerySet


class Custody(models.TextChoices):
    OURS = "ours", _("ours")
    WATCH_ONLY = "watch_only", _("watch-only")
    UPSTREAM = "upstream", _("an upstream's")


class KeyTree(models.Model):
    """A seed that wallets are derived from, sealed to the signer. Everybody else has its public half: the account's
    xpub, which gives addresses and no keys."""

    label = models.CharField(max_length=64, unique=True)
    xpub = models.CharField(max_length=128, unique=True)
    sealed_seed = models.TextField(editable=False)
    next_index = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.label


class Wallet(models.Model):
    """An address of a merchant. In an upstream's custody it is held and swept there, never by us; of a watch-only one
    the merchant has the key, and we buy the energy. Of ours the key is sealed to the signer, or follows from a tree."""

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="wallets")
    address = models.CharField(max_length=34, unique=True)
    custody = models.CharField(max_length=16, choices=Custody, default=Custody.UPSTREAM)
    label = models.CharField(max_length=64, blank=True)
    sealed_key = models.TextField(blank=True, editable=False)
    tree = models.ForeignKey(
        KeyTree, null=True, editable=False, on_delete=models.PROTECT, related_name="wallets"
    )
    tree_index = models.PositiveIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        permissions = [("refresh_wallet", _("Can have wallets read on the chain now"))]
        constraints = [
            models.UniqueConstraint(fields=["tree", "tree_index"], name="wallet_once_in_its_tree"),
            models.CheckConstraint(
                condition=Q(sealed_key="", tree=None, tree_index=None)
                | Q(~Q(sealed_key=""), custody="ours", tree=None, tree_index=None)
                | Q(sealed_key="", custody="ours", tree__isnull=False, tree_index__isnull=False),
                name="wallet_one_key",
            ),
        ]

    def __str__(self) -> str:
        return self.address


class PaymentStatus(models.TextChoices):
    MATCHED = "matched", _("settled an order")
    UNMATCHED = "unmatched", _("unmatched")
    DISMISSED = "dismissed", _("dismissed")
    CREDITED = "credited", _("credited to the merchant's balance")


class Payment(models.Model):
    """One transfer, told by an upstream (`account` set, unique by account and txid) or read from the chain (unique by
    txid and log index; `block_number` set). `hinted_order`: the order whose own callback URL reported it, settled or
    not. `merchant`: whose wallet or top-up address received it, where it is one."""

    account = models.ForeignKey(
        "providers.ProviderAccount", null=True, on_delete=models.PROTECT, related_name="payments"
    )
    txid = models.CharField(max_length=64)
    log_index = models.IntegerField(
        null=True, help_text=_("-1 for TRX, less for TRX from a contract; empty when an upstream told us")
    )
    asset = models.CharField(max_length=8, default="USDT")
    address = models.CharField(max_length=34, db_index=True)
    from_address = models.CharField(max_length=34, blank=True)
    amount_micro = models.BigIntegerField(help_text=_("in the asset's smallest unit"))
    block_number = models.BigIntegerField(null=True)
    merchant = models.ForeignKey(Merchant, null=True, on_delete=models.PROTECT, related_name="payments")
    paid_at = models.DateTimeField(help_text=_("block time"))
    received_at = models.DateTimeField()
    status = models.CharField(max_length=16, choices=PaymentStatus, default=PaymentStatus.UNMATCHED)
    order = models.OneToOneField(Order, null=True, on_delete=models.PROTECT, related_name="payment")
    hinted_order = models.ForeignKey(
        Order, null=True, on_delete=models.PROTECT, related_name="reported_payments"
    )
    sweep = models.ForeignKey("orders.Sweep", null=True, on_delete=models.PROTECT, related_name="payments")
    reason = models.CharField(
        max_length=255, blank=True, help_text=_("why it settled nothing, or was dismissed")
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        permissions = [
            ("dismiss_payment", _("Can dismiss an unmatched payment")),
            ("attach_payment", _("Can attach an unmatched payment to an order")),
        ]
        indexes = [
            models.Index(fields=["status", "-id"], name="payment_status"),
            models.Index(fields=["paid_at"], name="payment_paid_at"),
            models.Index(fields=["amount_micro", "-id"], name="payment_amount"),
            models.Index(
                fields=["from_address", "-id"], name="payment_from_address", condition=~Q(from_address="")
            ),
            models.Index(fields=["paid_at", "id"], name="payment_queue", condition=Q(status="unmatched")),
        ]
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
            models.CheckConstraint(
                condition=~Q(status="credited") | Q(merchant__isnull=False, asset="TRX"),
                name="payment_credited_has_merchant",
            ),
        ]

    def __str__(self) -> str:
        return self.txid
