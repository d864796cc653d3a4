"""Reconciliations day by day, and the discrepancies that wait for a person."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display

from orders import notation
from orders.admin import acts, day_end, detail, formats
from orders.admin.base import ReadOnlyAdmin, ShownAdmin, staff
from orders.admin.guard import demand
from orders.fields import RowField
from orders.models import Discrepancy, DiscrepancyKind, DiscrepancyState, Reconciliation
from orders.models.checks import check_printable
from orders.models.reconciliation import WAITING
from orders.services import discrepancies

TONES = {
    DiscrepancyState.OPEN: "danger",
    DiscrepancyState.ASSIGNED: "warning",
    DiscrepancyState.EXPLAINED: "success",
    DiscrepancyState.GONE: "",
}


@admin.register(Reconciliation)
class ReconciliationAdmin(ShownAdmin):
    list_display = ("day_shown", "result", "checked", "differing", "unexplained", "done")
    sortable_by = ()

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("day-end/", wrap(self.day_end_view), name="orders_day_end"),
            path("day-end/export/", wrap(self.day_end_export_view), name="orders_day_end_export"),
            path("margin/", wrap(self.margin_view), name="orders_margin"),
            path("margin/export/", wrap(self.margin_export_view), name="orders_margin_export"),
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    @display(description=gettext_lazy("day"))
    def day_shown(self, row: Reconciliation) -> str:
        return notation.day(row.day)

    @display(description=gettext_lazy("result"))
    def result(self, row: Reconciliation) -> SafeString:
        if row.unexplained:
            return formats.badge(_("differs"), "danger")
        return formats.badge(_("explained") if row.differing else _("agrees"), "success")

    @display(description=gettext_lazy("compared"))
    def done(self, row: Reconciliation) -> str:
        return formats.moment(row.done_at)

    def show(self, request: HttpRequest, key: str) -> HttpResponse:
        row = detail.find(self, request, self.get_queryset(request), key)
        found = day_end.differences(row.day)
        return detail.page(
            self, request, "admin/orders/reconciliation/page.html", row, result=row, differences=found
        )

    def day_end_view(self, request: HttpRequest) -> HttpResponse:
        return day_end.page(self, request)

    def day_end_export_view(self, request: HttpRequest) -> HttpResponseBase:
        return day_end.export(self, request)

    def margin_view(self, request: HttpRequest) -> HttpResponse:
        return day_end.margin_page(self, request)

    def margin_export_view(self, request: HttpRequest) -> HttpResponseBase:
        return day_end.margin_export(self, request)


class OwnerFilter(DropdownFilter):
    title = gettext_lazy("owner")
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        people = User.objects.filter(discrepancies__isnull=False).distinct().order_by("username")
        return [("me", _("me")), ("none", _("nobody")), *((str(each.pk), str(each)) for each in people)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Discrepancy]) -> QuerySet[Discrepancy]:
        match self.value():
            case None | "":
                return queryset
            case "me":
                return queryset.filter(owner=staff(request))
            case "none":
                return queryset.filter(owner=None)
            case value:
                return (
                    queryset.filter(owner=int(value))
                    if value.isascii() and value.isdigit()
                    else queryset.none()
                )


class OwnerForm(acts.ActForm):
    owner = RowField(User.objects.filter(is_active=True, is_staff=True), label=gettext_lazy("Owner"))


class ExplainForm(acts.ActForm):
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=250,
        validators=[check_printable],
        help_text=gettext_lazy("The same difference on a later day counts as explained."),
    )


@admin.register(Discrepancy)
class DiscrepancyAdmin(ReadOnlyAdmin):
    list_display = (
        "number",
        "state_shown",
        "kind",
        "name",
        "amount_shown",
        "owner",
        "age",
        "first_day",
        "last_day",
    )
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        OwnerFilter,
    )
    list_select_related = ("owner", "provider_account", "wallet", "closed_by")
    search_fields = ("name",)
    change_form_outer_before_template = "admin/orders/discrepancy/acts.html"
    fields = (
        *("state_shown", "kind", "about", "amount_shown", "booked", "told", "read", "first_day", "last_day"),
        *("age", "owner", "reason", "closed_by", "closed"),
    )
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/assign/", wrap(self.assign_view), name="orders_discrepancy_assign"),
            path("<int:pk>/explain/", wrap(self.explain_view), name="orders_discrepancy_explain"),
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    @display(description="#")
    def number(self, row: Discrepancy) -> str:
        return f"#{row.pk}"

    @display(description=gettext_lazy("state"))
    def state_shown(self, row: Discrepancy) -> SafeString:
        state = DiscrepancyState(row.state)
        return formats.badge(state.label, TONES[state])

    @display(description=gettext_lazy("about"))
    def about(self, row: Discrepancy) -> str:
        subject = row.provider_account or row.wallet
        return formats.link(subject, row.name) if subject else row.name

    @display(description=gettext_lazy("told minus booked"))
    def amount_shown(self, row: Discrepancy) -> str:
        return formats.NOTHING if row.kind == DiscrepancyKind.UNREAD else formats.money(row.amount, row.asset)

    @display(description=gettext_lazy("by our books"))
    def booked(self, row: Discrepancy) -> str:
        return formats.money(row.facts.get("booked"), row.asset)

    @display(description=pgettext_lazy("amount", "told"))
    def told(self, row: Discrepancy) -> str:
        return formats.money(row.facts.get("told"), row.asset)

    @display(description=gettext_lazy("told at"))
    def read(self, row: Discrepancy) -> str:
        return row.facts.get("read_at") or formats.NOTHING

    @display(description=gettext_lazy("age"))
    def age(self, row: Discrepancy) -> str:
        return formats.age(row.opened_at, timezone.now())

    @display(description=pgettext_lazy("time", "closed"))
    def closed(self, row: Discrepancy) -> str:
        return formats.moment(row.closed_at)

    def page_context(self, request: HttpRequest, row: Discrepancy) -> dict[str, Any]:
        may = row.state in WAITING and staff(request).has_perm("orders.settle_discrepancy")
        return {"may_settle": may}

    def assign_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        demand(request, "orders.settle_discrepancy")
        row = detail.find(self, request, self.get_queryset(request), pk)
        form = OwnerForm(request.POST or None, initial={"owner": row.owner_id or staff(request).pk})

        def run() -> acts.Told:
            owner = form.cleaned_data["owner"]
            discrepancies.assign(row, owner, user=staff(request), now=timezone.now())
            return acts.Told(_("%(owner)s looks after it.") % {"owner": owner})

        act = acts.Act(title=_("Who looks after it"), button=_("Assign"), facts=self._facts(row))
        return acts.page(self, request, row, form, act, run)

    def explain_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        demand(request, "orders.settle_discrepancy")
        row = detail.find(self, request, self.get_queryset(request), pk)
        form = ExplainForm(request.POST or None)

        def run() -> acts.Told:
            discrepancies.explain(row, form.cleaned_data["reason"], user=staff(request), now=timezone.now())
            return acts.Told(_("Explained."))

        act = acts.Act(title=_("Explain a difference"), button=_("Explain and close"), facts=self._facts(row))
        return acts.page(self, request, row, form, act, run)

    def _facts(self, row: Discrepancy) -> list[tuple[str, object]]:
        return [
            (_("About"), self.about(row)),
            (_("Told minus booked"), self.amount_shown(row)),
            (_("Since"), row.first_day),
        ]
