"""What we charge: one rate a row."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders import notation, pricing
from orders.models.merchants import Dialect, Merchant
from orders.models.scope import ScopedQuerySet


class RatePart(models.TextChoices):
    ENERGY = pricing.Part.ENERGY.value, _("energy, sun per 1000 (per day from one day on)")
    BANDWIDTH = pricing.Part.BANDWIDTH.value, _("bandwidth, sun per 1000")
    ACTIVATION = pricing.Part.ACTIVATION.value, _("activation, sun")
    COLLECT_BANDWIDTH = pricing.Part.COLLECT_BANDWIDTH.value, _("collect: bandwidth help, sun")
    SMALL_ORDER = pricing.Part.SMALL_ORDER.value, _("addition to a small order, sun")
    PAYMENT = pricing.Part.PAYMENT.value, _("payment order, sun, on success")


class TariffRate(models.Model):
    """A merchant's own rates for a part and dialect replace the general ones of that part wholly."""

    dialect = models.CharField(max_length=16, choices=Dialect)
    merchant = models.ForeignKey(
        Merchant, null=True, blank=True, on_delete=models.CASCADE, help_text=_("empty: for everybody")
    )
    part = models.CharField(max_length=20, choices=RatePart)
    duration_hours = models.PositiveIntegerField(
        default=0, help_text=_("hours this rate starts from; 0 = any")
    )
    min_amount = models.PositiveIntegerField(default=0)
    max_amount = models.PositiveIntegerField(default=0, help_text=_("inclusive; 0 = no upper bound"))
    price_sun = models.BigIntegerField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["dialect", "merchant", "part", "duration_hours", "min_amount"]
        constraints = [
            models.CheckConstraint(
                condition=Q(price_sun__gte=0) & Q(price_sun__lte=10**12), name="rate_price_bounds"
            ),
            models.CheckConstraint(
                condition=Q(max_amount=0) | Q(max_amount__gte=F("min_amount")), name="rate_amount_bounds"
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(dialect)s %(part)s from %(min_amount)s") % {
            "dialect": self.dialect,
            "part": self.part,
            "min_amount": notation.number(self.min_amount),
        }
