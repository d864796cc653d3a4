"""Sums of transfers that can no longer change, so that a balance does not begin with the first transfer ever."""

from django.db import models

from orders.models.ledger import LedgerAccount
from orders.models.scope import ScopedQuerySet


class LedgerCut(models.Model):
    """From its commit on, a trigger on the transfers refuses any that is dated before `until`, the end of a UTC day
    (migration subtotals). `summed_at`: when its subtotals were written, right after."""

    until = models.DateTimeField(unique=True)
    summed_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-until"]

    def __str__(self) -> str:
        return f"{self.until:%Y-%m-%d %H:%M}"


class Subtotal(models.Model):
    """All that left and entered an account before `until`, in its smallest unit. One for each day that moved it."""

    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    until = models.DateTimeField(db_index=True)
    debits = models.BigIntegerField()
    credits = models.BigIntegerField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-until", "account"]
        constraints = [models.UniqueConstraint(fields=["account", "until"], name="subtotal_once")]

    def __str__(self) -> str:
        return f"{self.account} {self.until:%Y-%m-%d}"
