"""Wallets: the addresses on which merchants take deposits."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from orders.admin import acts, formats
from orders.admin.base import BackOfficeAdmin, staff
from orders.fields import AddressField
from orders.models import Custody, Wallet
from orders.models.checks import check_printable
from orders.services import wallets


class WalletForm(forms.ModelForm):  # type: ignore[type-arg]
    label = forms.CharField(max_length=64, required=False, validators=[check_printable])

    class Meta:
        model = Wallet
        fields = ("merchant", "address", "label")
        field_classes = {"address": AddressField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        acts.dress(self)


@admin.register(Wallet)
class WalletAdmin(BackOfficeAdmin):
    """Registered for an upstream that holds the key; we hold none."""

    form = WalletForm
    list_display = ("address_shown", "merchant_link", "label", "custody", "created")
    list_filter = (("merchant", RelatedDropdownFilter), "custody")
    list_select_related = ("merchant",)
    search_fields = ("address", "label")
    show_full_result_count = True

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        return ("merchant", "address", "custody") if obj else ()

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        return ("merchant", "address", "label", "custody") if obj else ("merchant", "address", "label")

    @display(description="address", ordering="address")
    def address_shown(self, wallet: Wallet) -> str:
        return formats.copyable(wallet.address)

    @display(description="merchant", ordering="merchant__name")
    def merchant_link(self, wallet: Wallet) -> str:
        return formats.link(wallet.merchant)

    @display(description="registered", ordering="created_at")
    def created(self, wallet: Wallet) -> str:
        return formats.moment(wallet.created_at, wallet.merchant.time_zone)

    def save_model(self, request: HttpRequest, obj: Wallet, form: Any, change: bool) -> None:  # type: ignore[override]
        if change:
            super().save_model(request, obj, form, change)
            return
        made = wallets.add_wallet(
            obj.merchant,
            address=obj.address,
            label=obj.label,
            custody=Custody.UPSTREAM,
            now=timezone.now(),
            user=staff(request),
        )
        obj.pk, obj.created_at, obj._state.adding = made.pk, made.created_at, False
