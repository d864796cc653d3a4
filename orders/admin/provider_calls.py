"""Every HTTP exchange with an upstream, secrets masked when it was stored."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from orders.admin import badges, formats
from orders.admin.base import KeysetAdmin, ReadOnlyAdmin
from orders.admin.filters import HttpStatusFilter, text_filter
from orders.admin.moment_filter import MomentFilter
from providers.models import ProviderCall


@admin.register(ProviderCall)
class ProviderCallAdmin(KeysetAdmin, ReadOnlyAdmin):
    list_display = ("at", "account_link", "purpose", "target", "answer", "took", "error")
    day_column = "created_at"
    list_filter = (
        ("account", RelatedDropdownFilter),
        text_filter(_("purpose"), "purpose"),
        HttpStatusFilter,
        ("created_at", MomentFilter),
    )
    list_select_related = ("account",)
    search_fields = ("request_id",)
    search_help_text = _("Our request id, whole")
    fields = (
        *("account_link", "purpose", "at", "took", "request_id_shown", "target", "answer", "error"),
        *("request_headers", "request_text", "response_headers", "response_text"),
    )
    readonly_fields = fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (queryset.filter(request_id=term) if term else queryset), False

    @display(description=_("at"))
    def at(self, call: ProviderCall) -> str:
        return formats.moment(call.created_at)

    @display(description=_("account"))
    def account_link(self, call: ProviderCall) -> str:
        return formats.link(call.account)

    @display(description=_("request"))
    def target(self, call: ProviderCall) -> SafeString:
        return format_html('{} <span class="bo-muted">{}</span>', call.method, call.url)

    @display(description=_("answer"))
    def answer(self, call: ProviderCall) -> SafeString:
        if call.status is None and not call.sent:
            return formats.badge(gettext("not sent"), "", gettext("proven that no byte left"))
        return badges.http_status(call.status)

    @display(description=_("took"))
    def took(self, call: ProviderCall) -> str:
        return formats.milliseconds(call.duration_ms)

    @display(description=_("request id"))
    def request_id_shown(self, call: ProviderCall) -> str:
        return formats.copyable(call.request_id)

    @display(description=_("request body"))
    def request_text(self, call: ProviderCall) -> str:
        return formats.preformatted(call.request_body)

    @display(description=_("response body"))
    def response_text(self, call: ProviderCall) -> str:
        return formats.preformatted(call.response_body)
