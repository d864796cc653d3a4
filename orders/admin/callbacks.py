"""The outbox towards merchants: one event of one order a row, and sending it again."""

from collections.abc import Iterable
from datetime import timedelta

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import display
from unfold.contrib.filters.admin import (
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    MultipleChoicesDropdownFilter,
)

from orders.admin import acts, badges, by_endpoint, callback_story, detail, formats
from orders.admin.base import staff
from orders.admin.callback_lists import CallbackListAdmin
from orders.admin.callback_state import is_resendable
from orders.admin.filters import MerchantFilter, text_filter
from orders.admin.guard import demand
from orders.admin.moment_filter import MomentFilter
from orders.admin.order_acts import ReasonForm
from orders.admin.order_search import of_order_or_host
from orders.models import Callback
from orders.services import delivery
from orders.states import CallbackStatus

RELATED = ("order", "merchant", "credential")
MOST_LOGS = 200
LATE = timedelta(minutes=5)


class WaitingFilter(DropdownFilter):
    title = gettext_lazy("waiting")
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: object) -> Iterable[tuple[str, str]]:
        return [("due", _("due now")), ("late", _("more than 5 minutes late")), ("later", _("not due yet"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Callback]) -> QuerySet[Callback]:
        waiting, now = queryset.filter(status=CallbackStatus.PENDING), timezone.now()
        match self.value():
            case None | "":
                return queryset
            case "due":
                return waiting.filter(next_attempt_at__lte=now)
            case "late":
                return waiting.filter(next_attempt_at__lte=now - LATE)
            case "later":
                return waiting.filter(next_attempt_at__gt=now)
            case _:
                return queryset.none()


class AgeFilter(DropdownFilter):
    title = gettext_lazy("older than")
    parameter_name = "older"
    ages = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}

    def lookups(self, request: HttpRequest, model_admin: object) -> Iterable[tuple[str, str]]:
        return [("hour", _("an hour")), ("day", _("a day")), ("week", _("a week"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Callback]) -> QuerySet[Callback]:
        if not self.value():
            return queryset
        age = self.ages.get(self.value())
        return queryset.filter(created_at__lt=timezone.now() - age) if age else queryset.none()


@admin.register(Callback)
class CallbackAdmin(CallbackListAdmin):
    list_display = ("event", "state", "order_link", "merchant_link", "host", "tries", "next_try", "created")
    list_filter = (
        ("status", MultipleChoicesDropdownFilter),
        WaitingFilter,
        AgeFilter,
        ("format", ChoicesDropdownFilter),
        ("merchant", MerchantFilter),
        text_filter(gettext_lazy("host"), "host"),
        ("is_test", BooleanRadioFilter),
        ("created_at", MomentFilter),
    )
    list_select_related = ("order", "merchant")
    day_column, single_days = "created_at", True
    search_fields = ("event_id",)
    search_help_text = gettext_lazy("Order number, event id or host")

    def callbacks_of(self, rows: QuerySet[Callback]) -> QuerySet[Callback]:
        return rows

    def get_urls(self) -> list[URLPattern]:
        resend = self.admin_site.admin_view(self.resend_view)
        urls: list[URLPattern] = super().get_urls()
        grouped = self.admin_site.admin_view(self.by_endpoint_view)
        return [
            path("<int:pk>/resend/", resend, name="orders_callback_resend"),
            path("by-endpoint/", grouped, name="orders_callback_by_endpoint"),
            *urls,
        ]

    def by_endpoint_url(self) -> str:
        return reverse("admin:orders_callback_by_endpoint")

    def by_endpoint_view(self, request: HttpRequest) -> HttpResponseBase:
        return by_endpoint.page(self, request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Callback], search_term: str
    ) -> tuple[QuerySet[Callback], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if term.startswith(("evt_", "test_")):
            return queryset.filter(event_id=term), False
        return queryset.filter(of_order_or_host(term)), False

    @display(description=gettext_lazy("state"))
    def state(self, callback: Callback) -> SafeString:
        return badges.state(callback)

    @display(description=gettext_lazy("order"))
    def order_link(self, callback: Callback) -> str:
        return formats.badge(_("test"), "info") if callback.is_test else formats.link(callback.order)

    @display(description=gettext_lazy("merchant"))
    def merchant_link(self, callback: Callback) -> str:
        return formats.link(callback.merchant)

    @display(description=gettext_lazy("tries"))
    def tries(self, callback: Callback) -> int:
        return callback.attempts

    @display(description=gettext_lazy("next try"))
    def next_try(self, callback: Callback) -> str:
        return formats.moment(callback.next_attempt_at, callback.merchant.time_zone)

    @display(description=gettext_lazy("created"))
    def created(self, callback: Callback) -> str:
        return formats.moment(callback.created_at, callback.merchant.time_zone)

    def show(self, request: HttpRequest, key: str) -> HttpResponse:
        callback = detail.find(self, request, self._rows(request), key)
        logs = callback.logs.select_related("credential", "account")
        return detail.page(
            self,
            request,
            "admin/orders/callback/page.html",
            callback,
            story=callback_story.of_callback(callback, now=timezone.now()),
            callback=callback,
            logs=logs[:MOST_LOGS],
            zone=callback.merchant.time_zone,
            jobs=[item.job for item in callback.resend_items.select_related("job").order_by("-id")[:10]],
            may_resend=is_resendable(callback) and staff(request).has_perm("orders.resend_callback"),
        )

    def _rows(self, request: HttpRequest) -> QuerySet[Callback]:
        return self.get_queryset(request).select_related(*RELATED)

    def resend_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        callback = detail.find(self, request, self._rows(request), pk)
        demand(request, "orders.resend_callback")
        form = ReasonForm(request.POST or None)

        def resend() -> acts.Told:
            reason = form.cleaned_data["reason"]
            if not delivery.resend(callback, user=staff(request), reason=reason, now=timezone.now()):
                raise ValidationError(gettext_lazy("It is being sent already, or can't be sent again."))
            return acts.Told(_("The callback is sent again, with the same event id."))

        act = acts.Act(
            title=_("Resend the callback"),
            button=_("Resend"),
            note=_("A new round of tries of the same event, with the same id."),
            facts=[
                (_("Order"), callback.order or _("none: a test")),
                (_("To"), callback.url),
                (_("State"), badges.state(callback)),
            ],
            back=formats.page_of(callback.order or callback),
        )
        return acts.page(self, request, callback, form, act, resend)
