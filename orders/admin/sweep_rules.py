"""The rules of sweeps: general ones, and a merchant's own where they differ."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from orders.admin import acts, formats
from orders.admin.base import BackOfficeAdmin, staff
from orders.fields import UnitsField
from orders.models import SweepPolicy
from orders.services import sweep_rules
from orders.sweeps import Payer
from providers.money import format_units


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """Empty fields of a merchant's rules mean: as the general ones say."""

    minimum = UnitsField(
        is_typed=True,
        required=False,
        label=_("Least balance, USDT"),
        help_text=_("Less waits for more deposits"),
    )
    most_price = UnitsField(
        is_typed=True,
        required=False,
        label=_("Most for energy, TRX"),
        help_text=_("What one sweep's energy and bandwidth may cost"),
    )
    payer = forms.ChoiceField(
        choices=[("", _("as the general rules say")), *Payer.choices],
        required=False,
        label=_("Energy is paid by"),
    )

    class Meta:
        model = SweepPolicy
        fields = ("merchant", "paused", "payer")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        policy = self.instance
        for name, amount in (("minimum", policy.minimum_micro), ("most_price", policy.most_price_sun)):
            self.fields[name].initial = "" if amount is None else format_units(amount)
        if "merchant" in self.fields:
            own = SweepPolicy.objects.exclude(merchant=None).values_list("merchant_id", flat=True)
            offered = self.fields["merchant"].queryset  # type: ignore[attr-defined]
            self.fields["merchant"].queryset = offered.exclude(pk__in=own)  # type: ignore[attr-defined]
            self.fields["merchant"].required = True
        acts.dress(self)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self.instance.minimum_micro = cleaned.get("minimum")
        self.instance.most_price_sun = cleaned.get("most_price")
        return cleaned


@admin.register(SweepPolicy)
class SweepPolicyAdmin(BackOfficeAdmin):
    form = PolicyForm
    list_display = ("name", "state", "minimum_shown", "most_price_shown", "payer_shown")
    list_select_related = ("merchant",)
    ordering = ("merchant__name",)

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        fields = ("paused", "minimum", "most_price", "payer")
        return fields if obj else ("merchant", *fields)

    def save_model(self, request: HttpRequest, obj: SweepPolicy, form: Any, change: bool) -> None:  # type: ignore[override]
        sweep_rules.save(obj, user=staff(request), now=timezone.now())

    @display(description=_("rules of"))
    def name(self, policy: SweepPolicy) -> str:
        return policy.merchant.name if policy.merchant else gettext("all merchants")

    @display(description=_("state"))
    def state(self, policy: SweepPolicy) -> SafeString:
        return (
            formats.badge(gettext("paused"), "danger")
            if policy.paused
            else formats.badge(gettext("running"), "success")
        )

    @display(description=_("least balance"))
    def minimum_shown(self, policy: SweepPolicy) -> str:
        return formats.usdt(policy.minimum_micro)

    @display(description=_("most for energy"))
    def most_price_shown(self, policy: SweepPolicy) -> str:
        return formats.trx(policy.most_price_sun)

    @display(description=_("energy is paid by"))
    def payer_shown(self, policy: SweepPolicy) -> str:
        return policy.get_payer_display() or formats.NOTHING
