"""The log of every callback exchange, in both directions."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.safestring import SafeString
from unfold.admin import display
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    DropdownFilter,
    RelatedDropdownFilter,
)
from unfold.paginator import InfinitePaginator

from orders.admin import badges, detail, formats
from orders.admin.base import ReadOnlyAdmin
from orders.admin.filters import HttpStatusFilter, text_filter
from orders.admin.moment_filter import MomentFilter
from orders.admin.order_search import of_order_or_host
from orders.models import CallbackLog, Direction

VERDICTS = (
    *("delivered", "refused", "no_answer", "no_connection", "bad_url"),  # out
    *("accepted", "replayed", "bad_signature", "stale", "malformed", "unknown_order"),  # in
)


class AnswerFilter(HttpStatusFilter):
    """`no answer` is said of what we sent only: an upstream's callback has no status."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[CallbackLog]) -> QuerySet[CallbackLog]:
        rows = super().queryset(request, queryset)
        return rows.filter(direction=Direction.OUT) if self.value() == "none" else rows


class VerdictFilter(DropdownFilter):
    title = "verdict"
    parameter_name = "verdict"

    def lookups(self, request: HttpRequest, model_admin: object) -> Iterable[tuple[str, str]]:
        return [(name, name.replace("_", " ")) for name in VERDICTS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CallbackLog]) -> QuerySet[CallbackLog]:
        return queryset.filter(verdict=self.value()) if self.value() else queryset


@admin.register(CallbackLog)
class CallbackLogAdmin(ReadOnlyAdmin):
    list_display = ("time", "direction", "result", "http", "order_link", "merchant_link", "host", "took")
    list_filter = (
        ("merchant", RelatedDropdownFilter),
        ("direction", ChoicesDropdownFilter),
        VerdictFilter,
        AnswerFilter,
        text_filter("host", "host"),
        ("created_at", MomentFilter),
    )
    list_select_related = ("order", "merchant")
    search_fields = ("host",)
    search_help_text = "Order number or host"
    sortable_by = ()
    paginator = InfinitePaginator

    class Media:
        css = {"all": ["backoffice/orders.css"]}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[CallbackLog], search_term: str
    ) -> tuple[QuerySet[CallbackLog], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(of_order_or_host(term)), False

    @display(description="time")
    def time(self, log: CallbackLog) -> str:
        return formats.moment(log.created_at, log.merchant.time_zone if log.merchant else "")

    @display(description="verdict")
    def result(self, log: CallbackLog) -> SafeString:
        return badges.verdict(log)

    @display(description="HTTP")
    def http(self, log: CallbackLog) -> str:
        return badges.http_status(log.status) if log.direction == "out" else formats.NOTHING

    @display(description="order")
    def order_link(self, log: CallbackLog) -> str:
        return formats.link(log.order)

    @display(description="merchant")
    def merchant_link(self, log: CallbackLog) -> str:
        return formats.link(log.merchant)

    @display(description="took")
    def took(self, log: CallbackLog) -> str:
        return f"{log.duration_ms} ms" if log.direction == "out" else formats.NOTHING

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        rows = self.get_queryset(request).select_related(
            *("order", "merchant", "account", "callback", "credential")
        )
        log = detail.find(self, request, rows, object_id)
        zone = log.merchant.time_zone if log.merchant else ""
        return detail.page(self, request, "admin/orders/callbacklog/page.html", log, log=log, zone=zone)
