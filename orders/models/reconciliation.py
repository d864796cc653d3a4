"""Daily comparison of our books with what upstreams and the chain say."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models.ledger import Asset
from orders.models.payments import Wallet
from orders.models.scope import ScopedQuerySet


class BalanceReading(models.Model):
    """The last balance that an upstream, or the chain for a wallet that we hold, told on a day of the back office."""

    day = models.DateField()
    provider_account = models.ForeignKey(
        "providers.ProviderAccount", null=True, on_delete=models.PROTECT, related_name="+"
    )
    wallet = models.ForeignKey(Wallet, null=True, on_delete=models.PROTECT, related_name="readings")
    asset = models.CharField(max_length=8, choices=Asset)
    amount = models.BigIntegerField()
    read_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["day", "provider_account", "asset"],
                condition=Q(wallet=None),
                name="reading_once_per_account",
            ),
            models.UniqueConstraint(
                fields=["day", "wallet", "asset"],
                condition=Q(provider_account=None),
                name="reading_once_per_wallet",
            ),
            models.CheckConstraint(
                condition=Q(provider_account=None, wallet__isnull=False)
                | Q(provider_account__isnull=False, wallet=None),
                name="reading_of_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.provider_account or self.wallet} {self.asset}"


class Reconciliation(models.Model):
    """One day's result. `lines`: one for each upstream account and for each wallet that differs (see
    orders.services.reconciling.Finding.line)."""

    day = models.DateField(unique=True)
    lines = models.JSONField(default=list)
    checked = models.PositiveIntegerField(help_text=_("balances that were compared"))
    differing = models.PositiveIntegerField(help_text=_("of them, with any difference"))
    unexplained = models.PositiveIntegerField()
    done_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-day"]
        permissions = [("view_margin", _("Can see the day-end and margins"))]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"


class DiscrepancyKind(models.TextChoices):
    PROVIDER = "provider", _("balance at an upstream")
    WALLET = "wallet", _("balance on the chain")
    BOOKS = "books", _("books that do not sum to zero")
    UNREAD = "unread", _("no balance was told")


class DiscrepancyState(models.TextChoices):
    OPEN = "open", pgettext_lazy("discrepancy", "open")
    ASSIGNED = "assigned", _("assigned")
    EXPLAINED = "explained", _("explained by a person")
    GONE = "gone", _("agrees again")


WAITING = ("open", "assigned")


class Discrepancy(models.Model):
    """A difference that nothing in our books explains, from `first_day` on until a person explains it or it is gone.
    `amount`: told minus booked, in the asset's smallest unit. `facts`: of the last day it was seen."""

    kind = models.CharField(max_length=16, choices=DiscrepancyKind)
    subject = models.CharField(max_length=64, help_text=_("what is compared, such as provider:3:TRX"))
    name = models.CharField(max_length=128)
    provider_account = models.ForeignKey(
        "providers.ProviderAccount", null=True, on_delete=models.PROTECT, related_name="+"
    )
    wallet = models.ForeignKey(Wallet, null=True, on_delete=models.PROTECT, related_name="+")
    asset = models.CharField(max_length=8, choices=Asset)
    amount = models.BigIntegerField()
    first_day = models.DateField()
    last_day = models.DateField()
    facts = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=DiscrepancyState, default=DiscrepancyState.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="discrepancies"
    )
    reason = models.CharField(max_length=255, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = _("discrepancies")
        permissions = [("settle_discrepancy", _("Can take and explain discrepancies"))]
        constraints = [
            models.UniqueConstraint(
                fields=["subject"], condition=Q(state__in=WAITING), name="discrepancy_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state__in=WAITING, closed_at=None)
                | (~Q(state__in=WAITING) & Q(closed_at__isnull=False)),
                name="discrepancy_closed_at",
            ),
            models.CheckConstraint(
                condition=~Q(state="explained") | ~Q(reason=""), name="discrepancy_explained"
            ),
            models.CheckConstraint(
                condition=~Q(state="assigned") | Q(owner__isnull=False), name="discrepancy_assigned_to"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}"
