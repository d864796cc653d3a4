"""The log of every callback exchange, in both directions."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import display
from unfold.contrib.filters.admin import (
    BooleanRadioFilter,
    ChoicesDropdownFilter,
)

from orders.admin import badges, curl, detail, formats, list_export, log_export
from orders.admin.base import staff
from orders.admin.callback_lists import CallbackListAdmin
from orders.admin.filters import MerchantFilter, text_filter
from orders.admin.log_filters import (
    AnswerFilter,
    ResultFilter,
    StatusFilter,
    TriggerFilter,
    VerdictFilter,
)
from orders.admin.moment_filter import MomentFilter
from orders.admin.order_search import of_order_or_host
from orders.models import Callback, CallbackFormat, CallbackLog, Direction

BULKY = ("request_headers", "request_body", "response_headers", "response_body", "signed_text")
RELATED = ("order", "merchant", "account", "callback", "credential")


@admin.register(CallbackLog)
class CallbackLogAdmin(CallbackListAdmin):
    list_display = (
        *("time", "direction_shown", "result", "http", "order_link", "merchant_link", "host", "try_shown"),
        "took",
    )
    day_column = "created_at"
    list_filter = (
        ("merchant", MerchantFilter),
        ("direction", ChoicesDropdownFilter),
        ResultFilter,
        AnswerFilter,
        StatusFilter,
        VerdictFilter,
        TriggerFilter,
        text_filter(_("host"), "host"),
        ("is_test", BooleanRadioFilter),
        ("created_at", MomentFilter),
    )
    list_select_related = ("order", "merchant")
    search_fields = ("host",)
    search_help_text = _("Order number or host")

    def callbacks_of(self, rows: QuerySet[CallbackLog]) -> QuerySet[Callback]:
        ids = rows.filter(callback__isnull=False).order_by().values("callback")
        return Callback.objects.filter(pk__in=ids)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CallbackLog]:
        """Without the bodies, which are most of a row; the page of one row loads all."""
        return super().get_queryset(request).defer(*BULKY)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_view)
        urls: list[URLPattern] = super().get_urls()
        return [path("export/", view, name="orders_callbacklog_export"), *urls]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[CallbackLog], search_term: str
    ) -> tuple[QuerySet[CallbackLog], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(of_order_or_host(term)), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        extra = {
            "may_export": staff(request).has_perm("orders.export_callbacklog"),
            "export_url": reverse("admin:orders_callbacklog_export"),
        }
        return super().changelist_view(request, extra | (extra_context or {}))

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        return list_export.answer(self, request, log_export.TABLE)

    @display(description=_("time"))
    def time(self, log: CallbackLog) -> str:
        return formats.moment(log.created_at, log.merchant.time_zone if log.merchant else "")

    @display(description=_("direction"))
    def direction_shown(self, log: CallbackLog) -> str:
        return gettext("→ merchant") if log.direction == Direction.OUT else gettext("← provider")

    @display(description=_("verdict"))
    def result(self, log: CallbackLog) -> SafeString:
        return badges.verdict(log)

    @display(description="HTTP")
    def http(self, log: CallbackLog) -> str:
        return badges.http_status(log.status) if log.direction == "out" else formats.NOTHING

    @display(description=_("order"))
    def order_link(self, log: CallbackLog) -> str:
        return formats.badge(gettext("test"), "info") if log.is_test else formats.link(log.order)

    @display(description=_("merchant"))
    def merchant_link(self, log: CallbackLog) -> str:
        return formats.link(log.merchant)

    @display(description=_("try"))
    def try_shown(self, log: CallbackLog) -> str:
        if log.direction != "out":
            return formats.NOTHING
        again = (
            format_html(' <span class="bo-muted">{}</span>', badges.trigger(log.trigger))
            if log.trigger != "automatic"
            else ""
        )
        return format_html('<span class="bo-moment">{}{}</span>', log.attempt_number, again)

    @display(description=_("took"))
    def took(self, log: CallbackLog) -> str:
        return formats.milliseconds(log.duration_ms if log.direction == "out" else None)

    def show(self, request: HttpRequest, key: str) -> HttpResponse:
        rows = self.get_queryset(request).defer(None).select_related(*RELATED)
        log = detail.find(self, request, rows, key)
        return detail.page(
            self,
            request,
            "admin/orders/callbacklog/page.html",
            log,
            log=log,
            zone=log.merchant.time_zone if log.merchant else "",
            curl=curl.command(log),
            ages=log.callback is not None and log.callback.format == CallbackFormat.ITRX,
        )
