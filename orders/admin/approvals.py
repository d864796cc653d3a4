"""What one person asked for and another must grant."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Case, OrderBy, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display

from orders.admin import acts, badges, detail, formats
from orders.admin.base import ReadOnlyAdmin, staff
from orders.admin.filters import MerchantFilter
from orders.admin.guard import demand
from orders.models import Approval, ApprovalKind, ApprovalStatus
from orders.models.checks import check_printable
from orders.services import approvals

TONES = {
    ApprovalStatus.PENDING: "warning",
    ApprovalStatus.GRANTED: "success",
    ApprovalStatus.REFUSED: "danger",
    ApprovalStatus.EXPIRED: "",
}


class DecisionForm(acts.ActForm):
    note = forms.CharField(max_length=200, required=False, validators=[check_printable], label=_("Note"))


class OpenFilter(DropdownFilter):
    """An expired proposal keeps its state until it is looked at."""

    title = _("decision")
    parameter_name = "decision"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Promise]]:
        return [("open", _("still to decide"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Approval]) -> QuerySet[Approval]:
        if not self.value():
            return queryset
        return queryset.filter(status=ApprovalStatus.PENDING, expires_at__gt=timezone.now())


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyAdmin):
    list_display = ("number", "state", "kind", "what", "about", "asked_by", "reason", "asked_at", "until")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        OpenFilter,
        ("kind", ChoicesDropdownFilter),
        ("merchant", MerchantFilter),
    )
    list_select_related = ("merchant", "order", "requested_by", "decided_by")
    fields = (
        *("state", "kind", "what", "merchant_link", "order_link", "reason", "asked_by", "asked_at", "until"),
        *("decided_by", "decided", "decision_note"),
    )
    readonly_fields = fields
    change_form_outer_before_template = "admin/orders/approval/acts.html"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/grant/", wrap(self.grant_view), name="orders_approval_grant"),
            path("<int:pk>/refuse/", wrap(self.refuse_view), name="orders_approval_refuse"),
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    def get_ordering(self, request: HttpRequest) -> tuple[OrderBy | str, ...]:
        """What waits for a decision first."""
        waits = Case(When(status=ApprovalStatus.PENDING, then=Value(0)), default=Value(1))
        return (OrderBy(waits), "-id")

    # --- columns -----------------------------------------------------------------------------------------------

    @display(description="#")
    def number(self, approval: Approval) -> str:
        return f"#{approval.pk}"

    @display(description=_("state"))
    def state(self, approval: Approval) -> SafeString:
        status = ApprovalStatus(approval.status)
        if status == ApprovalStatus.PENDING and approval.expires_at <= timezone.now():
            status = ApprovalStatus.EXPIRED
        return formats.badge(status.label, TONES[status])

    @display(description=_("exactly"))
    def what(self, approval: Approval) -> str:
        """The values that are granted, as they were asked for."""
        data = approval.data
        if approval.kind == ApprovalKind.TOP_UP:
            return formats.trx(data["amount_sun"])
        if approval.kind == ApprovalKind.ADJUSTMENT:
            return formats.money(data["amount"], data["asset"])
        if approval.kind == ApprovalKind.COLD_WALLET:
            return formats.copyable(data["address"])
        if approval.kind == ApprovalKind.REOPEN_PERIOD:
            return str(data["month"])
        if approval.kind in (ApprovalKind.ATTACH, ApprovalKind.REVERSE):
            return format_html("{} {}", formats.usdt(data["amount_micro"]), badges.chain_hash(data["txid"]))
        if data["executed"]:
            return gettext("executed, transaction %(txid)s") % {"txid": data["txid"]}
        return gettext("not executed")

    @display(description=_("about"))
    def about(self, approval: Approval) -> str:
        return formats.link(approval.order or approval.merchant)

    @display(description=_("merchant"))
    def merchant_link(self, approval: Approval) -> str:
        return formats.link(approval.merchant)

    @display(description=_("order"))
    def order_link(self, approval: Approval) -> str:
        return formats.link(approval.order)

    @display(description=_("asked by"))
    def asked_by(self, approval: Approval) -> User:
        return approval.requested_by

    @display(description=_("asked"), ordering="created_at")
    def asked_at(self, approval: Approval) -> str:
        return formats.moment(approval.created_at)

    @display(description=_("expires"), ordering="expires_at")
    def until(self, approval: Approval) -> str:
        return formats.moment(approval.expires_at)

    @display(description=_("decided"))
    def decided(self, approval: Approval) -> str:
        return formats.moment(approval.decided_at)

    # --- acts --------------------------------------------------------------------------------------------------

    def page_context(self, request: HttpRequest, row: Approval) -> dict[str, Any]:
        is_own = _waits(row) and row.requested_by_id == staff(request).pk
        may = _waits(row) and not is_own and staff(request).has_perm("orders.decide_approval")
        return {"may_decide": may, "is_own": is_own}

    def grant_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        note = gettext("It is done at once, with exactly these values.")
        return self._decide(
            request, pk, approvals.grant, gettext("Grant"), gettext("Granted and done."), note
        )

    def refuse_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._decide(
            request, pk, approvals.refuse, gettext("Refuse"), gettext("Refused."), gettext("Nothing is done.")
        )

    def _decide(
        self,
        request: HttpRequest,
        pk: int,
        decide: Callable[..., None],
        verb: str,
        done: str,
        note: str,
    ) -> HttpResponse:
        demand(request, "orders.decide_approval")
        rows = self.get_queryset(request).select_related(*self.list_select_related)
        approval = detail.find(self, request, rows, pk)
        form = DecisionForm(request.POST or None)

        def run() -> acts.Told:
            decide(approval, user=staff(request), note=form.cleaned_data["note"], now=timezone.now())
            return acts.Told(done)

        facts = [
            (gettext("Request"), approval),
            (gettext("Exactly"), self.what(approval)),
            (gettext("About"), self.about(approval)),
            (gettext("Asked by"), approval.requested_by),
            (gettext("Reason"), approval.reason),
        ]
        act = acts.Act(title=verb, button=verb, note=note, facts=facts, is_danger=verb == "Refuse")
        return acts.page(self, request, approval, form, act, run)


def _waits(approval: Approval) -> bool:
    return approval.status == ApprovalStatus.PENDING and timezone.now() < approval.expires_at
