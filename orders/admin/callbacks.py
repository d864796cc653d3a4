"""The outbox towards merchants: one event of one order a row, and sending it again."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.admin import display
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    MultipleChoicesDropdownFilter,
    RelatedDropdownFilter,
)
from unfold.paginator import InfinitePaginator

from orders.admin import acts, badges, detail, formats
from orders.admin.base import ReadOnlyAdmin, staff
from orders.admin.callback_state import is_resendable
from orders.admin.guard import demand
from orders.admin.moment_filter import MomentFilter
from orders.admin.order_acts import ReasonForm
from orders.admin.order_search import of_order_or_host
from orders.models import Callback
from orders.services import delivery

ORDER_LINK = ("order", "order__merchant", "credential")


@admin.register(Callback)
class CallbackAdmin(ReadOnlyAdmin):
    list_display = ("event", "state", "order_link", "merchant", "host", "tries", "next_try", "created")
    list_filter = (
        ("status", MultipleChoicesDropdownFilter),
        ("format", ChoicesDropdownFilter),
        ("order__merchant", RelatedDropdownFilter),
        ("created_at", MomentFilter),
    )
    list_select_related = ("order__merchant",)
    search_fields = ("event_id",)
    search_help_text = "Order number, event id or host"
    sortable_by = ()
    paginator = InfinitePaginator

    class Media:
        css = {"all": ["backoffice/orders.css"]}

    def get_urls(self) -> list[URLPattern]:
        resend = self.admin_site.admin_view(self.resend_view)
        urls: list[URLPattern] = super().get_urls()
        return [path("<int:pk>/resend/", resend, name="orders_callback_resend"), *urls]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Callback], search_term: str
    ) -> tuple[QuerySet[Callback], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if term.startswith("evt_"):
            return queryset.filter(event_id=term), False
        return queryset.filter(of_order_or_host(term)), False

    @display(description="state")
    def state(self, callback: Callback) -> SafeString:
        return badges.state(callback)

    @display(description="order")
    def order_link(self, callback: Callback) -> str:
        return formats.link(callback.order)

    @display(description="merchant")
    def merchant(self, callback: Callback) -> str:
        return formats.link(callback.order.merchant)

    @display(description="tries")
    def tries(self, callback: Callback) -> int:
        return callback.attempts

    @display(description="next try")
    def next_try(self, callback: Callback) -> str:
        return formats.moment(callback.next_attempt_at, callback.order.merchant.time_zone)

    @display(description="created")
    def created(self, callback: Callback) -> str:
        return formats.moment(callback.created_at, callback.order.merchant.time_zone)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        rows = self.get_queryset(request).select_related(*ORDER_LINK)
        callback = detail.find(self, request, rows, object_id)
        logs = callback.logs.select_related("credential", "account")
        return detail.page(
            self,
            request,
            "admin/orders/callback/page.html",
            callback,
            callback=callback,
            logs=logs,
            zone=callback.order.merchant.time_zone,
            may_resend=is_resendable(callback) and staff(request).has_perm("orders.resend_callback"),
        )

    def resend_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        rows = self.get_queryset(request).select_related(*ORDER_LINK)
        callback = detail.find(self, request, rows, pk)
        demand(request, "orders.resend_callback")
        form = ReasonForm(request.POST or None)

        def resend() -> acts.Told:
            reason = form.cleaned_data["reason"]
            if not delivery.resend(callback, user=staff(request), reason=reason, now=timezone.now()):
                raise ValidationError("It is being sent already, or can't be sent again.")
            return acts.Told("The callback is sent again, with the same event id.")

        act = acts.Act(
            title="Resend the callback",
            button="Resend",
            note="A new round of tries of the same event, with the same id.",
            facts=[("Order", callback.order), ("To", callback.url), ("State", badges.state(callback))],
            back=formats.page_of(callback.order),
        )
        return acts.page(self, request, callback, form, act, resend)
