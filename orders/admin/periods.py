"""Closed months: closing the next one, and asking for the last one to be opened again."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.decorators import display

from orders.admin import acts, detail, formats
from orders.admin.base import ReadOnlyAdmin, staff
from orders.admin.guard import demand
from orders.models import Period
from orders.models.checks import check_printable
from orders.services import approvals, periods


class ReopenForm(acts.ActForm):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=150,
        validators=[check_printable],
        help_text=gettext_lazy("Adjustments as a rule belong into the open month."),
    )


@admin.register(Period)
class PeriodAdmin(ReadOnlyAdmin):
    list_display = ("month_shown", "state", "closed", "closed_by", "reopened", "reopened_by", "digest_shown")
    list_select_related = ("closed_by", "reopened_by")
    sortable_by = ()
    list_before_template = "admin/orders/period/list_before.html"
    change_form_outer_before_template = "admin/orders/period/acts.html"
    change_form_outer_after_template = "admin/orders/period/balances.html"
    fields = (
        *("month_shown", "state", "zone", "since_shown", "until_shown", "closed", "closed_by"),
        *("reopened", "reopened_by", "digest"),
    )
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("close/", wrap(self.close_view), name="orders_period_close"),
            path("<int:pk>/reopen/", wrap(self.reopen_view), name="orders_period_reopen"),
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    @display(description=gettext_lazy("month"))
    def month_shown(self, period: Period) -> str:
        return formats.month(period.month)

    @display(description=gettext_lazy("state"))
    def state(self, period: Period) -> SafeString:
        if period.reopened_at:
            return formats.badge(_("opened again"), "warning")
        if period.sealed_at is None:
            return formats.badge(_("closed, figures follow"), "info")
        return formats.badge(_("closed"), "success")

    @display(description=pgettext_lazy("time", "closed"))
    def closed(self, period: Period) -> str:
        return formats.moment(period.closed_at)

    @display(description=pgettext_lazy("time", "opened again"))
    def reopened(self, period: Period) -> str:
        return formats.moment(period.reopened_at)

    @display(description=gettext_lazy("from"))
    def since_shown(self, period: Period) -> str:
        return formats.moment(period.since, period.zone)

    @display(description=gettext_lazy("until"))
    def until_shown(self, period: Period) -> str:
        return formats.moment(period.until, period.zone)

    @display(description=gettext_lazy("digest of its figures"))
    def digest_shown(self, period: Period) -> str:
        return formats.copyable(period.digest, f"{period.digest[:12]}…")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        may_close = staff(request).has_perm("orders.close_period")
        extra = {"next_month": periods.next_closable(now=timezone.now()) if may_close else None}
        return super().changelist_view(request, extra | (extra_context or {}))

    def page_context(self, request: HttpRequest, row: Period) -> dict[str, Any]:
        is_last, parts = row == periods.last_closed(), ("account__merchant", "account__provider_account")
        return {
            "may_reopen": is_last and staff(request).has_perm("orders.propose_reopen"),
            "balances": row.balances.visible_to(staff(request)).select_related(*parts)[:500],
        }

    def close_view(self, request: HttpRequest) -> HttpResponse:
        demand(request, "orders.view_period", "orders.close_period")
        month = periods.next_closable(now=timezone.now())
        form = acts.ActForm(request.POST or None)

        def run() -> acts.Told:
            if month is None:
                raise periods.NotClosable(gettext_lazy("no month can be closed now"))
            period = periods.close(month, user=staff(request), now=timezone.now())
            return acts.Told(
                _("%(month)s is closed.") % {"month": formats.month(period.month)}, formats.page_of(period)
            )

        act = acts.Act(
            title=_("Close a month"),
            button=_("Close it"),
            note=_(
                "No transfer can be dated into it from then on. Later corrections belong into the open month; "
                "opening it again takes two persons."
            ),
            facts=[(_("Month"), formats.month(month) if month else _("none has ended"))],
            back=formats.list_of(Period),
        )
        return acts.page(self, request, None, form, act, run)

    def reopen_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        demand(request, "orders.propose_reopen")
        period = detail.find(self, request, self.get_queryset(request), pk)
        form = ReopenForm(request.POST or None)

        def run() -> acts.Told:
            reason = form.cleaned_data["reason"]
            approval = approvals.propose_reopen(
                period, reason=reason, user=staff(request), now=timezone.now()
            )
            return acts.Told(_("Asked for. Another person must grant it."), formats.page_of(approval))

        act = acts.Act(
            title=_("Open a closed month again"),
            button=_("Ask for it"),
            note=_("Another person must grant it. Its figures of today stay on record."),
            facts=[(_("Month"), formats.month(period.month))],
            is_danger=True,
        )
        return acts.page(self, request, period, form, act, run)
