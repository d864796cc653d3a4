"""Merchants: list, form, and a page with everything about one of them."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from orders import notation
from orders.admin import (
    acts,
    adjustments,
    detail,
    formats,
    merchant_callbacks,
    merchant_page,
    statements,
    top_ups,
    workbench,
)
from orders.admin.base import BackOfficeAdmin, staff
from orders.admin.guard import demand
from orders.fields import AddressField, UnitsField
from orders.models import AccountKind, ApiCredential, Asset, LedgerAccount, Merchant, Order, Wallet, Watcher
from orders.services import ledger, merchants
from orders.states import OPEN_ORDER
from providers.money import format_units

MOST_NOTE_CHARACTERS = 4000
DEPOSIT_STEPS = [
    (0, _("is refused")),
    *(
        (step, format_lazy(_("moves up by {step} USDT"), step=notation.decimal_lazy(format_units(step))))
        for step in (1, 100, 1_000, 10_000)
    ),
]


class MerchantForm(forms.ModelForm):  # type: ignore[type-arg]
    time_zone = forms.ChoiceField(
        choices=[(name, name) for name in sorted(available_timezones())], label=_("Time zone")
    )
    watcher = forms.ChoiceField(
        choices=[("", _("automatic: our own node where there is one")), *Watcher.choices],
        required=False,
        label=_("Payment orders are watched by"),
    )
    deposit_step_micro = forms.TypedChoiceField(
        choices=DEPOSIT_STEPS,
        coerce=int,
        empty_value=0,  # type: ignore[arg-type]  # the stubs know texts only
        required=False,
        label=_("A deposit's amount that is taken"),
        help_text=_(
            "Of two open deposits in one wallet with one amount. The answer tells the amount to be paid."
        ),
    )
    low_balance = UnitsField(
        is_typed=True,
        required=False,
        most=ledger.MOST_TOP_UP_SUN,
        label=_("Low below, TRX"),
        help_text=_("Below this available balance an alert is raised; empty for never."),
    )
    top_up_address = AddressField(
        required=False,
        label=_("Top-up address"),
        help_text=_("TRX sent to it is credited to its balance once solidified. The operator holds its key."),
    )
    note = forms.CharField(
        max_length=MOST_NOTE_CHARACTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        label=_("Note"),
    )

    class Meta:
        model = Merchant
        fields = (
            *("name", "enabled", "time_zone", "default_callback_url", "unique_external_id"),
            *("watcher", "deposit_step_micro", "top_up_address", "note"),
        )
        labels = {
            "default_callback_url": _("Default callback URL"),
            "unique_external_id": _("Each external id once"),
        }
        help_texts = {"default_callback_url": _("Used when an order names none of its own.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.low_balance_sun:
            self.initial["low_balance"] = format_units(self.instance.low_balance_sun)
        acts.dress(self)

    def clean_low_balance(self) -> int | None:
        amount_sun: int | None = self.cleaned_data["low_balance"]
        self.instance.low_balance_sun = amount_sun or 0
        return amount_sun

    def clean_top_up_address(self) -> str | None:
        address: str = self.cleaned_data["top_up_address"]
        if address and Wallet.objects.filter(address=address).exists():
            raise ValidationError(gettext("This is a deposit wallet."))
        return address or None


@admin.register(Merchant)
class MerchantAdmin(BackOfficeAdmin):
    form = MerchantForm
    list_display = ("name", "state", "available", "held", "credential_count", "open_orders", "created")
    list_filter = ("enabled",)
    search_fields = ("name",)
    change_form_outer_before_template = "admin/orders/merchant/overview.html"
    change_form_outer_after_template = "admin/orders/merchant/related.html"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/top-up/", wrap(self.top_up_view), name="orders_merchant_top_up"),
            path("<int:pk>/adjust/", wrap(self.adjust_view), name="orders_merchant_adjust"),
            path("<int:pk>/callbacks/", wrap(self.callbacks_view), name="orders_merchant_callbacks"),
            path("<int:pk>/test-callback/", wrap(self.test_view), name="orders_merchant_test_callback"),
            path("statements/", wrap(self.statements_view), name="orders_statements"),
            path("<int:pk>/statement/", wrap(self.statement_view), name="orders_statement"),
            path(
                "<int:pk>/statement/export/",
                wrap(self.statement_export_view),
                name="orders_statement_export",
            ),
            path("workbench/", wrap(self.workbench_view), name="orders_workbench"),
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    def get_queryset(self, request: HttpRequest) -> QuerySet[Merchant]:
        rows: QuerySet[Merchant] = super().get_queryset(request)
        return rows.annotate(**_figures())

    @display(description=_("state"))
    def state(self, merchant: Merchant) -> SafeString:
        return (
            formats.badge(gettext("enabled"), "success")
            if merchant.enabled
            else formats.badge(gettext("disabled"), "danger")
        )

    @display(description=_("available"), ordering="available_sun")
    def available(self, merchant: Merchant) -> str:
        return formats.trx(merchant.available_sun)  # type: ignore[attr-defined]  # annotated

    @display(description=_("held"), ordering="held_sun")
    def held(self, merchant: Merchant) -> str:
        return formats.trx(merchant.held_sun)  # type: ignore[attr-defined]

    @display(description=_("credentials"), ordering="alive_credentials")
    def credential_count(self, merchant: Merchant) -> int:
        return merchant.alive_credentials  # type: ignore[attr-defined, no-any-return]

    @display(description=_("open orders"), ordering="open_order_count")
    def open_orders(self, merchant: Merchant) -> int:
        return merchant.open_order_count  # type: ignore[attr-defined, no-any-return]

    @display(description=_("created"), ordering="created_at")
    def created(self, merchant: Merchant) -> str:
        return formats.moment(merchant.created_at, merchant.time_zone)

    def response_post_save_add(self, request: HttpRequest, obj: Merchant) -> HttpResponse:
        """On to its page: the next thing is a credential or a top-up."""
        return HttpResponseRedirect(formats.page_of(obj))

    def save_model(self, request: HttpRequest, obj: Merchant, form: Any, change: bool) -> None:  # type: ignore[override]
        """A new merchant is made by the service, which opens its ledger accounts."""
        address = obj.top_up_address or ""
        if change:
            super().save_model(request, obj, form, change)
            if "top_up_address" in form.changed_data:
                merchants.set_top_up_address(obj, address, user=staff(request), now=timezone.now())
            return
        made = merchants.create_merchant(
            name=obj.name,
            time_zone=obj.time_zone,
            default_callback_url=obj.default_callback_url,
            note=obj.note,
            enabled=obj.enabled,
            unique_external_id=obj.unique_external_id,
            watcher=obj.watcher,
            deposit_step_micro=obj.deposit_step_micro,
            low_balance_sun=obj.low_balance_sun,
            now=timezone.now(),
            user=staff(request),
        )
        obj.pk, obj.created_at, obj._state.adding = made.pk, made.created_at, False
        if address:
            merchants.set_top_up_address(made, address, user=staff(request), now=timezone.now())

    def page_context(self, request: HttpRequest, row: Merchant) -> dict[str, Any]:
        return merchant_page.context(row, staff(request), now=timezone.now())

    def top_up_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return top_ups.top_up(self, request, detail.find(self, request, self.get_queryset(request), pk))

    def adjust_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return adjustments.adjust(self, request, detail.find(self, request, self.get_queryset(request), pk))

    def callbacks_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        demand(request, "orders.change_merchant")
        merchant = detail.find(self, request, self.get_queryset(request), pk)
        return merchant_callbacks.switch(self, request, merchant)

    def test_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        demand(request, "orders.send_test_callback")
        merchant = detail.find(self, request, self.get_queryset(request), pk)
        return merchant_callbacks.send_test(self, request, merchant)

    def statements_view(self, request: HttpRequest) -> HttpResponse:
        return statements.index(self, request)

    def statement_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return statements.page(self, request, pk)

    def statement_export_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return statements.export(self, request, pk)

    def workbench_view(self, request: HttpRequest) -> HttpResponse:
        demand(request, "orders.use_workbench")
        return workbench.page(self, request)


def _figures() -> dict[str, Any]:
    """One subquery each: joins would multiply the rows."""
    accounts = LedgerAccount.objects.filter(merchant=OuterRef("pk"), asset=Asset.TRX)
    alive = ApiCredential.objects.alive(timezone.now()).filter(merchant=OuterRef("pk"))
    still_open = Order.objects.filter(merchant=OuterRef("pk"), status__in=OPEN_ORDER)
    return {
        "available_sun": Subquery(accounts.filter(kind=AccountKind.AVAILABLE).values("balance")[:1]),
        "held_sun": Subquery(accounts.filter(kind=AccountKind.HELD).values("balance")[:1]),
        "alive_credentials": _count(alive),
        "open_order_count": _count(still_open),
    }


def _count(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().values("merchant").annotate(count=Count("pk"))
    return Coalesce(Subquery(counted.values("count")), 0)
