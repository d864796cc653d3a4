"""What we charge: general rates, and a merchant's own."""

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from orders import notation
from orders.admin import acts, formats
from orders.admin.base import BackOfficeAdmin, shown
from orders.admin.filters import MerchantFilter
from orders.models import RatePart, TariffRate
from orders.pricing import Part
from orders.services import tariffs

HIGHEST_SUN = 10**12
MOST_UNITS = 2_000_000_000
PER_UNIT = (Part.ENERGY, Part.BANDWIDTH)


class RateForm(forms.ModelForm):  # type: ignore[type-arg]
    price_sun = forms.IntegerField(
        min_value=0,
        max_value=HIGHEST_SUN,
        label=_("Price, sun"),
        help_text=_("Energy and bandwidth: sun per 1000 units. Everything else: sun each."),
    )
    duration_hours = forms.IntegerField(
        min_value=0,
        max_value=24 * 366,
        initial=0,
        help_text=_("Applies from this duration on; 0 for any."),
        label=_("Duration hours"),
    )
    min_amount = forms.IntegerField(min_value=0, max_value=MOST_UNITS, initial=0, label=_("Min amount"))
    max_amount = forms.IntegerField(
        min_value=0,
        max_value=MOST_UNITS,
        initial=0,
        help_text=_("Inclusive; 0 for no upper bound."),
        label=_("Max amount"),
    )

    class Meta:
        model = TariffRate
        fields = ("dialect", "merchant", "part", "duration_hours", "min_amount", "max_amount", "price_sun")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        acts.dress(self)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            values = {name: cleaned[name] for name in self.Meta.fields}
            if text := tariffs.fault(TariffRate(pk=self.instance.pk, **values)):
                raise ValidationError(text, code="untellable")
        return cleaned


@admin.register(TariffRate)
class TariffRateAdmin(BackOfficeAdmin):
    form = RateForm
    list_display = ("part_shown", "dialect", "for_whom", "duration", "amounts", "price")
    list_filter = (
        ("dialect", ChoicesDropdownFilter),
        ("part", ChoicesDropdownFilter),
        ("merchant", MerchantFilter),
    )
    list_select_related = ("merchant",)
    sortable_by = ()

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """No order refers to a rate: what was charged is in the transfers."""
        return bool(request.user.has_perm("orders.delete_tariffrate"))

    def delete_model(self, request: HttpRequest, obj: TariffRate) -> None:
        values = {name: shown(getattr(obj, name)) for name in RateForm.Meta.fields}
        self.audit(request, "delete", obj, before=values)
        super().delete_model(request, obj)

    @display(description=_("part"), ordering="part")
    def part_shown(self, rate: TariffRate) -> str:
        return re.split("[,，]", str(RatePart(rate.part).label))[0]

    @display(description=_("for"), ordering="merchant__name")
    def for_whom(self, rate: TariffRate) -> str:
        return formats.link(rate.merchant) if rate.merchant else gettext("everybody")

    @display(description=_("from"), ordering="duration_hours")
    def duration(self, rate: TariffRate) -> str:
        if not rate.duration_hours:
            return gettext("any duration")
        days, hours = divmod(rate.duration_hours, 24)
        if hours or not days:
            return gettext("%(count)s h") % {"count": rate.duration_hours}
        return gettext("%(count)s d") % {"count": days}

    @display(description=_("amount"), ordering="min_amount")
    def amounts(self, rate: TariffRate) -> str:
        if rate.max_amount:
            return gettext("%(least)s to %(most)s") % {
                "least": notation.number(rate.min_amount),
                "most": notation.number(rate.max_amount),
            }
        return (
            gettext("from %(min_amount)s") % {"min_amount": notation.number(rate.min_amount)}
            if rate.min_amount
            else gettext("any amount")
        )

    @display(description=_("price"), ordering="price_sun")
    def price(self, rate: TariffRate) -> str:
        if rate.part not in PER_UNIT:
            return formats.trx(rate.price_sun)
        whole, thousandths = divmod(rate.price_sun, 1000)
        text = notation.decimal(f"{whole}.{thousandths:03d}".rstrip("0").rstrip("."))
        return format_html(
            '<span class="bo-amount">{} <span class="bo-unit">{}</span></span>', text, gettext("sun a unit")
        )
