"""How far the chain is read, by whom and from which nodes; and having blocks read again."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from orders import notation
from orders.admin import acts, formats
from orders.admin.base import ReadOnlyAdmin, staff
from orders.admin.guard import demand
from orders.admin.order_acts import ReasonForm
from orders.admin.regions import regions
from orders.models import Backfill
from orders.services import backfilling
from orders.services.chain_status import NodeStatus, chain_status

FOLDER = "admin/orders/chain"
LARGEST_BLOCK = 10**12


class RescanForm(ReasonForm):
    first = forms.IntegerField(min_value=1, max_value=LARGEST_BLOCK, label=gettext_lazy("First block"))
    last = forms.IntegerField(min_value=1, max_value=LARGEST_BLOCK, label=gettext_lazy("Last block"))
    field_order = ["first", "last", "reason"]


@admin.register(Backfill)
class BackfillAdmin(ReadOnlyAdmin):
    list_display = ("blocks", "progress", "found", "for_whom", "reason", "asked_at", "ended_at")
    list_select_related = ("order", "requested_by")
    ordering = ("-id",)
    sortable_by = ()
    fields = ("blocks", "progress", "found", "for_whom", "reason", "problem", "asked_at", "ended_at")
    readonly_fields = fields

    class Media:
        css = {"all": ["backoffice/orders.css"]}

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("status/", wrap(self.status_view), name="orders_chain"),
            path("status/live/", wrap(self.live_view), name="orders_chain_live"),
            path("rescan/", wrap(self.rescan_view), name="orders_chain_rescan"),
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    # --- the list of ranges ------------------------------------------------------------------------------------

    @display(description=gettext_lazy("blocks"))
    def blocks(self, backfill: Backfill) -> str:
        return f"{notation.number(backfill.first_number)} – {notation.number(backfill.last_number)}"

    @display(description=gettext_lazy("read"))
    def progress(self, backfill: Backfill) -> SafeString:
        return progress_bar(backfill)

    @display(description=gettext_lazy("for"))
    def for_whom(self, backfill: Backfill) -> str:
        return formats.link(backfill.order) if backfill.order else str(backfill.requested_by or "–")

    @display(description=gettext_lazy("asked"))
    def asked_at(self, backfill: Backfill) -> str:
        return formats.moment(backfill.created_at)

    @display(description=gettext_lazy("ended"))
    def ended_at(self, backfill: Backfill) -> str:
        return formats.moment(backfill.finished_at)

    # --- the status page ---------------------------------------------------------------------------------------

    def status_view(self, request: HttpRequest) -> HttpResponse:
        context = self.admin_site.each_context(request) | self._context(request)
        return TemplateResponse(request, f"{FOLDER}/page.html", context | {"title": _("Chain")})

    def live_view(self, request: HttpRequest) -> HttpResponse:
        return TemplateResponse(request, f"{FOLDER}/live.html", self._context(request))

    @staticmethod
    def _context(request: HttpRequest) -> dict[str, Any]:
        demand(request, "orders.view_chaincursor")
        now = timezone.now()
        status = chain_status(now=now)
        facts = {
            "status": status,
            "cursor": status.cursor,
            "lag_seconds": None if status.lag is None else int(status.lag.total_seconds()),
            "nodes": [(node, node_badge(node)) for node in status.nodes],
            "backfills": [(backfill, progress_bar(backfill)) for backfill in status.backfills],
            "now": now,
        }
        return {
            "regions": regions(request, FOLDER, ("status",), facts),
            "live_url": reverse("admin:orders_chain_live"),
            "may_rescan": staff(request).has_perm("orders.rescan_blocks"),
        }

    def rescan_view(self, request: HttpRequest) -> HttpResponse:
        demand(request, "orders.rescan_blocks")
        if not self.has_view_permission(request):
            raise PermissionDenied
        cursor = chain_status(now=timezone.now()).cursor
        known = cursor.number if cursor else None
        form = RescanForm(request.POST or None, initial={"first": request.GET.get("first"), "last": known})

        def run() -> acts.Told:
            given = {name: form.cleaned_data[name] for name in ("first", "last", "reason")}
            asked = backfilling.rescan(
                given["first"], given["last"], reason=given["reason"], user=staff(request), now=timezone.now()
            )
            return acts.Told(_("The watcher reads %(blocks)s again.") % {"blocks": asked})

        act = acts.Act(
            title=_("Read blocks again"),
            button=_("Read again"),
            note=_("What is known stays as it is; what was missed is booked. At most %(most)s blocks.")
            % {"most": notation.number(backfilling.MOST_BLOCKS)},
            facts=[(_("Read up to block"), known or formats.NOTHING)],
            back=reverse("admin:orders_chain"),
        )
        return acts.page(self, request, None, form, act, run)


def progress_bar(backfill: Backfill) -> SafeString:
    return format_html(
        '<progress class="bo-progress" max="{}" value="{}" aria-label="{}"></progress> {} / {}',
        backfill.total,
        backfill.done,
        _("blocks read"),
        notation.number(backfill.done),
        notation.number(backfill.total),
    )


def node_badge(node: NodeStatus) -> SafeString:
    if node.is_resting:
        return formats.badge(_("resting"), "warning")
    if node.row and node.row.failing_since:
        return formats.badge(_("failing"), "danger")
    if node.row is None or node.row.answered_at is None:
        return formats.badge(_("never asked"))
    return formats.badge(_("answers"), "success")
