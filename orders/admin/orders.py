"""The list of orders, and the addresses of their pages."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import display
from unfold.contrib.filters.admin import (
    MultipleChoicesDropdownFilter,
)

from orders.admin import badges, formats, order_acts, order_form, order_page, search_page, transactions
from orders.admin.base import KeysetAdmin, ShownAdmin
from orders.admin.filters import MerchantFilter
from orders.admin.moment_filter import MomentFilter
from orders.admin.order_filters import CallbackStateFilter, ViewFilter, view_counts
from orders.admin.order_search import matching
from orders.models import Order


@admin.register(Order)
class OrderAdmin(KeysetAdmin, ShownAdmin):
    list_display = ("number", "merchant_link", "kind", "state", "to", "price", "callback_state", "created")
    day_column = "created_at"
    list_filter = (
        ViewFilter,
        ("status", MultipleChoicesDropdownFilter),
        ("kind", MultipleChoicesDropdownFilter),
        ("merchant", MerchantFilter),
        ("created_at", MomentFilter),
        CallbackStateFilter,
    )
    list_select_related = ("merchant",)
    list_before_template = "admin/orders/order/list_before.html"
    search_fields = ("serial",)  # shows the box; get_search_results decides
    search_help_text = _("Number, address, hash, amount, merchant's or upstream's id")

    class Media:
        css = {"all": ["backoffice/orders.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.add_order")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("search/", wrap(self.search_view), name="orders_search"),
            path("quote/", wrap(self.quote_view), name="orders_order_quote"),
            path("<int:pk>/live/", wrap(self.live_view), name="orders_order_live"),
            path("<int:pk>/act/<str:act>/", wrap(self.act_view), name="orders_order_act"),
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    # --- the list ----------------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).prefetch_related("callbacks")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        return (queryset.filter(matching(search_term)) if search_term else queryset), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        orders = Order.objects.visible_to(request.user)
        extra = {
            "views": view_counts(orders, now=timezone.now()),
            "view": request.GET.get("view", ""),
            "kinds": order_form.KIND_TABS,
        }
        response: HttpResponseBase = super().changelist_view(request, extra | (extra_context or {}))
        transactions.explain_empty_list(request, response)
        return response

    @display(description=_("number"))
    def number(self, order: Order) -> SafeString:
        return format_html('<span class="bo-strong bo-moment">{}</span>', order.number)

    @display(description=_("merchant"))
    def merchant_link(self, order: Order) -> str:
        return formats.link(order.merchant)

    @display(description=_("status"))
    def state(self, order: Order) -> SafeString:
        return badges.state(order)

    @display(description=_("address"))
    def to(self, order: Order) -> str:
        return formats.copyable(order.address, f"{order.address[:6]}…{order.address[-6:]}")

    @display(description=_("price / amount"))
    def price(self, order: Order) -> str:
        """What it costs; of a payment order what it waits for."""
        if order.amount_micro is not None:
            return formats.usdt(order.amount_micro)
        return formats.trx(order.price_sun)

    @display(description=_("callback"))
    def callback_state(self, order: Order) -> str:
        rows = list(order.callbacks.all())
        return badges.state(rows[0]) if rows else formats.NOTHING

    @display(description=_("created"))
    def created(self, order: Order) -> str:
        return formats.moment(order.created_at, order.merchant.time_zone)

    # --- the pages ---------------------------------------------------------------------------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return order_form.new_order(self, request)

    def quote_view(self, request: HttpRequest) -> HttpResponse:
        return order_form.price_preview(request)

    def show(self, request: HttpRequest, key: str) -> HttpResponse:
        return order_page.show(self, request, key)

    def search_view(self, request: HttpRequest) -> HttpResponse:
        return search_page.page(self, request)

    def live_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return order_page.live(self, request, pk)

    def act_view(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        return order_acts.run(self, request, pk, act)
