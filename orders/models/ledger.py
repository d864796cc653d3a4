"""Double entry: accounts and transfers. The posting table is in orders/services/ledger/__init__.py."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orders.models.merchants import Merchant
from orders.models.scope import ScopedQuerySet
from providers.money import format_units


class Asset(models.TextChoices):
    TRX = "TRX", "TRX"
    USDT = "USDT", "USDT"


class AccountKind(models.TextChoices):
    AVAILABLE = "available", _("merchant: available")
    HELD = "held", _("merchant: held")
    DEPOSITS = "deposits", _("merchant: deposits")
    CASH = "cash", _("house: cash")
    REVENUE = "revenue", _("house: revenue")
    FEES = "fees", _("house: payment fees")
    COST = "cost", _("house: provider cost")
    LOSS = "loss", _("house: losses")
    SUSPENSE = "suspense", _("house: suspense")
    WALLETS = "wallets", _("house: wallets on chain")
    ADJUSTMENTS = "adjustments", _("house: adjustments")
    PREPAID = "prepaid", _("provider: prepaid")
    CUSTODY = "custody", _("provider: custody")


MERCHANT_KINDS = (AccountKind.AVAILABLE, AccountKind.HELD, AccountKind.DEPOSITS)
PROVIDER_KINDS = (AccountKind.PREPAID, AccountKind.CUSTODY)


class LedgerAccount(models.Model):
    """One asset each. `balance` is credits minus debits and is cached for merchant accounts only: a cached house
    balance would be a row that every order updates."""

    key = models.CharField(max_length=64, unique=True, editable=False, help_text=_("kind:asset:owner"))
    kind = models.CharField(max_length=16, choices=AccountKind)
    asset = models.CharField(max_length=8, choices=Asset)
    merchant = models.ForeignKey(Merchant, null=True, on_delete=models.PROTECT, related_name="accounts")
    provider_account = models.ForeignKey(
        "providers.ProviderAccount", null=True, on_delete=models.PROTECT, related_name="ledger_accounts"
    )
    balance = models.BigIntegerField(null=True)
    credit_limit = models.BigIntegerField(default=0)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=MERCHANT_KINDS, merchant__isnull=False, balance__isnull=False)
                | Q(kind__in=PROVIDER_KINDS, provider_account__isnull=False, balance=None)
                | Q(merchant=None, provider_account=None, balance=None),
                name="ledger_account_owner",
            ),
            models.CheckConstraint(
                condition=Q(balance=None) | Q(balance__gte=-F("credit_limit")), name="ledger_account_limit"
            ),
            models.CheckConstraint(condition=Q(credit_limit__gte=0), name="ledger_credit_limit_sign"),
        ]

    def __str__(self) -> str:
        owner = self.merchant or self.provider_account
        return (
            f"{owner} {self.get_kind_display()} {self.asset}"
            if owner
            else f"{self.get_kind_display()} {self.asset}"
        )


class TransferCode(models.TextChoices):
    TOP_UP = "top_up", _("top-up")
    HOLD = "hold", _("hold")
    CAPTURE = "capture", _("capture")
    RELEASE = "release", _("release")
    FEE = "fee", _("payment fee")
    PROVIDER_TOP_UP = "provider_top_up", _("provider top-up")
    PROVIDER_COST = "provider_cost", _("provider cost")
    PROVIDER_REFUND = "provider_refund", _("provider refund")
    LOSS = "loss", _("loss")
    DEPOSIT = "deposit", _("deposit received")
    SUSPENSE = "suspense", _("unmatched deposit")
    ATTACH = "attach", _("unmatched deposit attached to its order")
    SWEEP = "sweep", _("swept to the cold wallet")
    SWEEP_EXCESS = "sweep_excess", _("swept, not explained by deposits")
    SWEEP_EXPLAINED = "sweep_explained", _("swept before, explained by a deposit")
    SWEEP_FEE = "sweep_fee", _("TRX burnt by a sweep")
    ADJUSTMENT = "adjustment", _("adjustment")
    DETACH = "detach", _("attached deposit taken back")
    FEE_REFUND = "fee_refund", _("payment fee paid back")
    SWEEP_REOPENED = "sweep_reopened", _("swept before, its deposit taken back")


class Transfer(models.Model):
    """One row: `amount` leaves `debit` and enters `credit`. Append-only."""

    debit = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="debits", db_index=False)
    credit = models.ForeignKey(
        LedgerAccount, on_delete=models.PROTECT, related_name="credits", db_index=False
    )
    amount = models.BigIntegerField()
    code = models.CharField(max_length=24, choices=TransferCode)
    order = models.ForeignKey("orders.Order", null=True, on_delete=models.PROTECT, related_name="transfers")
    attempt = models.ForeignKey(
        "orders.Attempt", null=True, on_delete=models.PROTECT, related_name="transfers"
    )
    sweep = models.ForeignKey("orders.Sweep", null=True, on_delete=models.PROTECT, related_name="transfers")
    note = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(db_index=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_amount_positive"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="transfer_two_accounts"),
            # Each of these happens at most once in an order's life, whatever runs twice.
            models.UniqueConstraint(
                fields=["order", "code"],
                condition=Q(code__in=["hold", "capture", "release", "fee"]),
                name="transfer_once_per_order",
            ),
            models.UniqueConstraint(
                fields=["attempt", "code"],
                condition=Q(code__in=["provider_cost", "provider_refund", "loss"]),
                name="transfer_once_per_attempt",
            ),
            models.UniqueConstraint(
                fields=["sweep", "code"],
                condition=Q(code__in=["sweep", "sweep_excess"]),
                name="transfer_once_per_sweep",
            ),
            models.UniqueConstraint(
                fields=["order"], condition=Q(code="fee_refund"), name="transfer_one_fee_refund"
            ),
        ]
        indexes = [
            models.Index(fields=["debit", "created_at"], include=["amount"], name="transfer_debit_at"),
            models.Index(fields=["credit", "created_at"], include=["amount"], name="transfer_credit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.get_code_display()} {format_units(self.amount, least_decimals=2)}"
