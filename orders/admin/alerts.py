"""What operators are told of, and how the telling went."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display

from orders.admin import detail, formats
from orders.admin.base import ShownAdmin
from orders.models import Alert
from orders.sentences import read
from orders.services import alerting

MOST_NOTICES = 100


class StateFilter(DropdownFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("on", pgettext("alert", "on")), ("over", pgettext("alert", "over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        match self.value():
            case "on":
                return queryset.filter(over_at=None)
            case "over":
                return queryset.filter(over_at__isnull=False)
            case _:
                return queryset


@admin.register(Alert)
class AlertAdmin(ShownAdmin):
    list_display = ("state", "kind", "name_shown", "detail_shown", "since", "told", "look")
    list_filter = (StateFilter, ("kind", ChoicesDropdownFilter))
    list_display_links = ("state", "name_shown")
    search_fields = ("name",)
    sortable_by = ()
    list_before_template = "admin/orders/alert/list_before.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        extra = {
            "channels": [channel.label for channel in alerting.channels()],
            "quiet_minutes": int(alerting.quiet_period().total_seconds() // 60),
        }
        return super().changelist_view(request, extra | (extra_context or {}))

    @display(description=gettext_lazy("state"))
    def state(self, alert: Alert) -> SafeString:
        return (
            formats.badge(pgettext("alert", "over"))
            if alert.over_at
            else formats.badge(pgettext("alert", "on"), "danger")
        )

    @display(description=gettext_lazy("about"))
    def name_shown(self, alert: Alert) -> str:
        return read(alert.name)

    @display(description=gettext_lazy("detail"))
    def detail_shown(self, alert: Alert) -> str:
        return read(alert.detail)

    @display(description=gettext_lazy("since"))
    def since(self, alert: Alert) -> str:
        return formats.age(alert.raised_at, timezone.now())

    @display(description=gettext_lazy("last told"))
    def told(self, alert: Alert) -> str:
        return formats.moment(alert.told_at)

    @display(description=gettext_lazy("page"))
    def look(self, alert: Alert) -> SafeString:
        return format_html('<a class="bo-link" href="{}">{}</a>', alert.path, _("look"))

    def show(self, request: HttpRequest, key: str) -> HttpResponse:
        alert = detail.find(self, request, self.get_queryset(request), key)
        notices = alert.notices.all()[:MOST_NOTICES]
        return detail.page(self, request, "admin/orders/alert/page.html", alert, alert=alert, notices=notices)
