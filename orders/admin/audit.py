"""The trail of what staff did and were refused. Read-only for everybody."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    BooleanRadioFilter,
    RelatedDropdownFilter,
    TextFilter,
)
from unfold.decorators import display

from orders.admin import audit_checks, audit_kinds, audit_words, formats, list_export
from orders.admin.base import KeysetAdmin, ReadOnlyAdmin
from orders.admin.filters import MerchantFilter, text_filter
from orders.admin.moment_filter import MomentFilter
from orders.models import AuditEntry
from orders.models.scope import merchants_of
from orders.services import networks


class AddressFilter(TextFilter):
    title = _("IP address")
    parameter_name = "ip"

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """What is no address was never kept."""
        text = (self.value() or "").strip()
        try:
            return queryset.filter(ip=str(networks.plain(text))) if text else queryset
        except ValueError:
            return queryset.none()


@admin.register(AuditEntry)
class AuditEntryAdmin(KeysetAdmin, ReadOnlyAdmin):
    list_display = ("at", "who", "act_shown", "target", "merchant_link", "values", "ip")
    day_column = "created_at"
    list_filter = (
        audit_kinds.KindFilter,
        ("user", RelatedDropdownFilter),
        text_filter(_("act"), "act__startswith"),
        ("refused", BooleanRadioFilter),
        ("merchant", MerchantFilter),
        AddressFilter,
        text_filter(_("object type"), "object_type"),
        text_filter(_("object id"), "object_id"),
        ("created_at", MomentFilter),
    )
    list_select_related = ("user", "merchant")
    search_fields = ("label",)
    list_before_template = "admin/orders/auditentry/list_before.html"
    fields = (
        *("at", "who", "act_shown", "target", "merchant_link", "object_type", "object_id", "old", "new"),
        *("ip", "user_agent"),
    )
    readonly_fields = fields

    class Media:
        css = {"all": ["backoffice/orders.css"]}

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("export/", wrap(self.export_view), name="orders_auditentry_export"),
            path("verify/", wrap(self.verify_view), name="orders_auditentry_verify"),
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        return list_export.answer(self, request, audit_checks.TABLE)

    def verify_view(self, request: HttpRequest) -> HttpResponse:
        return audit_checks.verify(self, request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        extra = {
            "query": request.GET.urlencode(),
            "kinds": audit_kinds.pills(request),
            "may_export": request.user.has_perm("orders.export_auditentry"),
            "may_verify": merchants_of(request.user) is None,
        }
        return super().changelist_view(request, extra | (extra_context or {}))

    @display(description=_("at"))
    def at(self, entry: AuditEntry) -> str:
        return formats.moment(entry.created_at)

    @display(description=_("who"))
    def who(self, entry: AuditEntry) -> str:
        return str(entry.user) if entry.user else formats.NOTHING

    @display(description=_("act"))
    def act_shown(self, entry: AuditEntry) -> SafeString:
        """The code, which the filter takes, on hover."""
        return formats.badge(audit_words.words(entry.act), "danger" if entry.refused else "", entry.act)

    @display(description=_("what"))
    def target(self, entry: AuditEntry) -> str:
        return entry.label or formats.NOTHING

    @display(description=_("merchant"))
    def merchant_link(self, entry: AuditEntry) -> str:
        return formats.link(entry.merchant)

    @display(description=_("values"))
    def values(self, entry: AuditEntry) -> str:
        """What changed, on one line."""
        pairs = [
            f"{name}: {entry.before[name]} → {value}" if name in entry.before else f"{name}: {value}"
            for name, value in entry.after.items()
        ]
        return _short("; ".join(pairs)) or formats.NOTHING

    @display(description=_("before"))
    def old(self, entry: AuditEntry) -> str:
        return _pretty(entry.before)

    @display(description=_("after"))
    def new(self, entry: AuditEntry) -> str:
        return _pretty(entry.after)


def _pretty(values: dict[str, Any]) -> str:
    return formats.preformatted(json.dumps(values, indent=2, ensure_ascii=False) if values else "")


def _short(text: str, most: int = 120) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
