"""Closed months: figures that stay as they are."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orders.models.ledger import LedgerAccount
from orders.models.scope import ScopedQuerySet


class Period(models.Model):
    """A month that was closed, in the time zone the back office had then. While a row is not reopened, a trigger on the
    transfers refuses any that is dated before its `until` (migration closed_periods). `sealed_at`: when its figures
    were written, right after closing; `digest` is of these figures."""

    month = models.DateField(help_text=_("its first day"))
    zone = models.CharField(max_length=64)
    since = models.DateTimeField()
    until = models.DateTimeField()
    closed_at = models.DateTimeField()
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    sealed_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    reopened_at = models.DateTimeField(null=True)
    reopened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-until", "-id"]
        verbose_name = _("closed period")
        permissions = [
            ("close_period", _("Can close a month")),
            ("propose_reopen", _("Can ask for a closed month to be opened again")),
            ("export_books", _("Can export statements and figures of the books")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["month"], condition=Q(reopened_at=None), name="period_closed_once"
            ),
            models.CheckConstraint(condition=Q(since__lt=F("until")), name="period_span"),
            models.CheckConstraint(
                condition=Q(sealed_at=None, digest="") | (Q(sealed_at__isnull=False) & ~Q(digest="")),
                name="period_sealed_has_digest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class PeriodBalance(models.Model):
    """One line of a closed month's trial balance, in the account's smallest unit."""

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="balances")
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="+")
    opening = models.BigIntegerField()
    debits = models.BigIntegerField()
    credits = models.BigIntegerField()
    closing = models.BigIntegerField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["period", "account"], name="period_balance_once"),
            models.CheckConstraint(
                condition=Q(closing=F("opening") + F("credits") - F("debits")), name="period_balance_adds_up"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.account}"
