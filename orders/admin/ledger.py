"""The books: accounts with their balances, transfers, and the page that sums them up."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, TextFilter
from unfold.decorators import display

from orders.admin import balances, formats, trial_balance
from orders.admin.base import KeysetAdmin, ReadOnlyAdmin, staff
from orders.admin.moment_filter import MomentFilter
from orders.admin.order_search import matching
from orders.models import AccountKind, LedgerAccount, Merchant, Order, Transfer, TransferCode
from orders.services import ledger

MOST_FOUND = 200
RECENT_TRANSFERS = 20
TONES = {
    TransferCode.TOP_UP: "success",
    TransferCode.PROVIDER_TOP_UP: "success",
    TransferCode.HOLD: "info",
    TransferCode.CAPTURE: "success",
    TransferCode.FEE: "success",
    TransferCode.DEPOSIT: "success",
    TransferCode.PROVIDER_COST: "warning",
    TransferCode.LOSS: "danger",
    TransferCode.SUSPENSE: "danger",
    TransferCode.ADJUSTMENT: "warning",
}
SHORT_NAMES = {  # beside the name of the owner
    AccountKind.AVAILABLE: _("available"),
    AccountKind.HELD: _("held"),
    AccountKind.DEPOSITS: _("deposits"),
    AccountKind.CASH: _("cash"),
    AccountKind.REVENUE: _("revenue"),
    AccountKind.FEES: _("payment fees"),
    AccountKind.COST: _("provider cost"),
    AccountKind.LOSS: _("losses"),
    AccountKind.SUSPENSE: _("suspense"),
    AccountKind.WALLETS: _("wallets on chain"),
    AccountKind.ADJUSTMENTS: _("adjustments"),
    AccountKind.PREPAID: _("prepaid"),
    AccountKind.CUSTODY: _("custody"),
}


class MerchantFilter(DropdownFilter):
    """A merchant's money is on either side of a transfer."""

    title = _("merchant")
    parameter_name = "merchant"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        rows = Merchant.objects.visible_to(staff(request))
        return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        known = [pk for pk, _ in self.lookup_choices]
        accounts = LedgerAccount.objects.filter(merchant=self.value() if self.value() in known else None)
        owned = list(accounts.exclude(merchant=None).values_list("pk", flat=True))
        return queryset.filter(Q(debit__in=owned) | Q(credit__in=owned))


class AccountFilter(TextFilter):
    """By the account's key; a transfer has it on either side."""

    title = _("account key")
    parameter_name = "account"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        key = (self.value() or "").strip().replace("\0", "")
        if not key:
            return queryset
        account = LedgerAccount.objects.filter(key=key).values_list("pk", flat=True).first()
        return queryset.filter(Q(debit=account or 0) | Q(credit=account or 0))


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ReadOnlyAdmin):
    list_display = ("name", "owner", "kind", "asset", "balance_shown", "credit_limit_shown")
    list_filter = (("kind", ChoicesDropdownFilter), ("asset", ChoicesDropdownFilter))
    list_select_related = ("merchant", "provider_account")
    search_fields = ("merchant__name", "provider_account__label", "key")
    fields = ("owner", "kind", "asset", "balance_shown", "credit_limit_shown", "key")
    readonly_fields = fields
    change_form_outer_after_template = "admin/orders/ledgeraccount/transfers.html"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("balances/", wrap(self.balances_view), name="orders_balances"),
            path("balances/refresh/", wrap(self.refresh_view), name="orders_balances_refresh"),
            path("trial-balance/", wrap(self.trial_balance_view), name="orders_trial_balance"),
            path(
                "trial-balance/export/",
                wrap(self.trial_balance_export_view),
                name="orders_trial_balance_export",
            ),
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerAccount]:
        return ledger.with_balances(super().get_queryset(request))

    def balances_view(self, request: HttpRequest) -> HttpResponse:
        return balances.page(self, request)

    def refresh_view(self, request: HttpRequest) -> HttpResponse:
        return balances.refresh(self, request)

    def trial_balance_view(self, request: HttpRequest) -> HttpResponse:
        return trial_balance.page(self, request)

    def trial_balance_export_view(self, request: HttpRequest) -> HttpResponseBase:
        return trial_balance.export(self, request)

    def page_context(self, request: HttpRequest, row: LedgerAccount) -> dict[str, Any]:
        rows = Transfer.objects.visible_to(staff(request)).filter(Q(debit=row) | Q(credit=row))
        return {"transfers": rows.select_related(*TRANSFER_PARTS, "order")[:RECENT_TRANSFERS]}

    @display(description=pgettext_lazy("ledger", "account"))
    def name(self, account: LedgerAccount) -> str:
        return account.get_kind_display()

    @display(description=_("owner"))
    def owner(self, account: LedgerAccount) -> str:
        owner = account.merchant or account.provider_account
        return formats.link(owner) if owner else gettext("house")

    @display(description=_("balance"), ordering="computed")
    def balance_shown(self, account: LedgerAccount) -> str:
        """Merchants: what we owe them. House and providers: credits minus debits, so assets and costs are negative."""
        return formats.money(account.computed, account.asset)  # type: ignore[attr-defined]  # annotated

    @display(description=_("credit limit"), ordering="credit_limit")
    def credit_limit_shown(self, account: LedgerAccount) -> str:
        return formats.money(account.credit_limit, account.asset) if account.credit_limit else formats.NOTHING


TRANSFER_PARTS = tuple(
    f"{side}{part}" for side in ("debit", "credit") for part in ("", "__merchant", "__provider_account")
)


@admin.register(Transfer)
class TransferAdmin(KeysetAdmin, ReadOnlyAdmin):
    list_display = ("at", "code_shown", "amount_shown", "out_of", "into", "order_link", "note")
    day_column = "created_at"
    list_filter = (
        MerchantFilter,
        AccountFilter,
        ("code", ChoicesDropdownFilter),
        ("debit__asset", ChoicesDropdownFilter),
        ("created_at", MomentFilter),
    )
    list_select_related = (*TRANSFER_PARTS, "order")
    search_fields = ("note",)
    search_help_text = _("Order: number, address, hash or the merchant's own number")
    fields = ("at", "code_shown", "amount_shown", "out_of", "into", "order_link", "note")
    readonly_fields = fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Transfer], search_term: str
    ) -> tuple[QuerySet[Transfer], bool]:
        if not search_term.strip():
            return queryset, False
        found = Order.objects.filter(matching(search_term)).values_list("pk", flat=True)[:MOST_FOUND]
        return queryset.filter(order__in=list(found)), False

    @display(description=_("at"))
    def at(self, transfer: Transfer) -> str:
        merchant = transfer.debit.merchant or transfer.credit.merchant
        return formats.moment(transfer.created_at, merchant.time_zone if merchant else "")

    @display(description=_("what"))
    def code_shown(self, transfer: Transfer) -> SafeString:
        return formats.badge(transfer.get_code_display(), TONES.get(TransferCode(transfer.code), ""))

    @display(description=_("amount"))
    def amount_shown(self, transfer: Transfer) -> str:
        return formats.money(transfer.amount, transfer.debit.asset)

    @display(description=_("out of"))
    def out_of(self, transfer: Transfer) -> SafeString:
        return _account(transfer.debit)

    @display(description=_("into"))
    def into(self, transfer: Transfer) -> SafeString:
        return _account(transfer.credit)

    @display(description=_("order"))
    def order_link(self, transfer: Transfer) -> str:
        return formats.link(transfer.order)


def _account(account: LedgerAccount) -> SafeString:
    owner = account.merchant or account.provider_account
    return format_html(
        '{} <span class="bo-muted">{}</span>',
        formats.link(account, owner or gettext("house")),
        SHORT_NAMES[AccountKind(account.kind)],
    )
