"""Transfers that arrived: which order they settled, and the queue of those that settled none."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import display
from unfold.contrib.filters.admin import (
    MultipleChoicesDropdownFilter,
    RelatedDropdownFilter,
)

from orders.admin import badges, detail, formats, payment_page, transactions
from orders.admin.base import KeysetAdmin, ShownAdmin, staff
from orders.admin.filters import text_filter
from orders.admin.moment_filter import MomentFilter
from orders.admin.order_filters import MOST_COUNTED
from orders.admin.order_search import TXID, by_number
from orders.admin.payment_filters import AnyMerchantFilter, ReasonFilter, TokenFilter
from orders.models import Order, Payment, PaymentStatus
from orders.models.scope import merchants_of
from orders.sentences import read

RELATED = ("account", "merchant", "order__merchant", "hinted_order__merchant", "decided_by", "sweep")
QUEUE = ("waits", "amount", "to", "transaction", "merchant_link", "told_by", "why")
ALL = ("paid", "state", "amount", "to", "transaction", "order_link", "told_by", "why")


@admin.register(Payment)
class PaymentAdmin(KeysetAdmin, ShownAdmin):
    list_display = ALL
    day_column = "paid_at"
    list_filter = (
        ("status", MultipleChoicesDropdownFilter),
        ("merchant", AnyMerchantFilter),
        text_filter(_("address"), "address"),
        TokenFilter,
        ReasonFilter,
        ("account", RelatedDropdownFilter),
        ("paid_at", MomentFilter),
    )
    list_select_related = RELATED
    list_before_template = "admin/orders/payment/list_before.html"
    search_fields = ("txid",)
    search_help_text = _("Transaction hash, address or order number")

    class Media:
        css = {"all": ["backoffice/orders.css"]}

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("sums/", wrap(self.sums_view), name="orders_payment_sums"),
            path("<int:pk>/attach/", wrap(self.attach_view), name="orders_payment_attach"),
            path("<int:pk>/reverse/", wrap(self.reverse_view), name="orders_payment_reverse"),
            path("<int:pk>/dismiss/", wrap(self.dismiss_view), name="orders_payment_dismiss"),
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    # --- the list ----------------------------------------------------------------------------------------------

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return QUEUE if _is_queue(request) else ALL

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """The queue is worked off from its oldest."""
        return ("paid_at", "id") if _is_queue(request) else ("-id",)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        waiting = Payment.objects.visible_to(staff(request)).filter(status=PaymentStatus.UNMATCHED)
        extra = {
            "unmatched_count": waiting.order_by()[:MOST_COUNTED].count(),
            "is_queue": _is_queue(request),
            "may_sum": merchants_of(staff(request)) is None,
            "is_all": not request.GET.getlist("status__exact"),
        }
        response: HttpResponseBase = super().changelist_view(request, extra | (extra_context or {}))
        transactions.explain_empty_list(request, response)
        return response

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Payment], search_term: str
    ) -> tuple[QuerySet[Payment], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        txid = term.lower().removeprefix("0x")
        if TXID.fullmatch(txid):
            return queryset.filter(txid=txid), False
        number = by_number(term)
        if number is None:
            return queryset.filter(address=term), False
        orders = Order.objects.filter(number)
        return queryset.filter(Q(order__in=orders) | Q(hinted_order__in=orders)), False

    @display(description=_("waits since"))
    def waits(self, payment: Payment) -> str:
        return formats.age(payment.paid_at, timezone.now())

    @display(description=_("block time"))
    def paid(self, payment: Payment) -> str:
        return formats.moment(payment.paid_at, payment_page.zone(payment))

    @display(description=_("state"))
    def state(self, payment: Payment) -> SafeString:
        return badges.state(payment)

    @display(description=_("amount"))
    def amount(self, payment: Payment) -> str:
        return formats.money(payment.amount_micro, payment.asset)

    @display(description=_("address"))
    def to(self, payment: Payment) -> str:
        return formats.copyable(payment.address, f"{payment.address[:6]}…{payment.address[-6:]}")

    @display(description=_("transaction"))
    def transaction(self, payment: Payment) -> str:
        return badges.chain_hash(payment.txid)

    @display(description=_("merchant"))
    def merchant_link(self, payment: Payment) -> str:
        return formats.link(payment_page.merchant(payment))

    @display(description=_("order"))
    def order_link(self, payment: Payment) -> str:
        """The one it settled, or else the one it was reported for."""
        return formats.link(payment.order or payment.hinted_order)

    @display(description=_("told by"))
    def told_by(self, payment: Payment) -> str:
        return str(payment.account or _("our node"))

    @display(description=_("why"))
    def why(self, payment: Payment) -> str:
        return read(payment.reason)

    # --- the pages ---------------------------------------------------------------------------------------------

    def show(self, request: HttpRequest, key: str) -> HttpResponse:
        return payment_page.show(self, request, self._find(request, key))

    def attach_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return payment_page.attach(self, request, self._find(request, pk))

    def dismiss_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return payment_page.dismiss(self, request, self._find(request, pk))

    def reverse_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return payment_page.reverse(self, request, self._find(request, pk))

    def sums_view(self, request: HttpRequest) -> HttpResponse:
        return payment_page.sums(self, request)

    def _find(self, request: HttpRequest, key: str | int) -> Payment:
        rows: QuerySet[Payment] = self.get_queryset(request).select_related(*RELATED)
        return detail.find(self, request, rows, key)


def _is_queue(request: HttpRequest) -> bool:
    return request.GET.getlist("status__exact") == [PaymentStatus.UNMATCHED]
