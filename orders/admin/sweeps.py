"""Sweeps: where each is, what it waits for, and the decisions a person may take."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import MultipleChoicesDropdownFilter
from unfold.decorators import display

from orders.admin import acts, detail, formats
from orders.admin.base import KeysetAdmin, ShownAdmin, staff
from orders.admin.filters import MerchantFilter
from orders.admin.guard import demand, demand_all_merchants
from orders.admin.order_acts import ReasonForm
from orders.models import Merchant, Sweep, SweepPolicy
from orders.sentences import read
from orders.services import sweep_rules, sweeping
from orders.services.sweep_moves import live_transaction
from orders.sweeps import SweepStatus

RELATED = ("merchant", "wallet", "order__merchant", "cold_wallet")


@admin.register(Sweep)
class SweepAdmin(KeysetAdmin, ShownAdmin):
    list_display = ("number", "state", "from_wallet", "merchant_link", "amount", "waits", "created", "ended")
    list_filter = (("status", MultipleChoicesDropdownFilter), ("merchant", MerchantFilter))
    list_select_related = RELATED
    list_before_template = "admin/orders/sweep/list_before.html"
    search_fields = ("wallet__address", "transactions__txid", "cold_wallet__address")
    search_help_text = _("Wallet, cold wallet or transaction hash")

    class Media:
        css = {"all": ["backoffice/orders.css"]}

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("pause/", wrap(self.pause_view), name="orders_sweep_pause"),
            path("<int:pk>/retry/", wrap(self.retry_view), name="orders_sweep_retry"),
            path("<int:pk>/cancel/", wrap(self.cancel_view), name="orders_sweep_cancel"),
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        rows = Sweep.objects.visible_to(staff(request))
        extra = {
            "attention_count": rows.filter(status=SweepStatus.ATTENTION).count(),
            "is_attention": request.GET.getlist("status__exact") == [SweepStatus.ATTENTION],
            "paused": _is_paused(None),
            "may_pause": staff(request).has_perm("orders.change_sweeppolicy"),
        }
        response: HttpResponseBase = super().changelist_view(request, extra | (extra_context or {}))
        return response

    # --- columns -----------------------------------------------------------------------------------------------

    @display(description="#")
    def number(self, sweep: Sweep) -> str:
        return f"#{sweep.pk}"

    @display(description=_("state"))
    def state(self, sweep: Sweep) -> SafeString:
        return state_badge(sweep)

    @display(description=_("wallet"))
    def from_wallet(self, sweep: Sweep) -> str:
        return formats.copyable(sweep.wallet.address, _short(sweep.wallet.address))

    @display(description=_("merchant"))
    def merchant_link(self, sweep: Sweep) -> str:
        return formats.link(sweep.merchant)

    @display(description=_("amount"))
    def amount(self, sweep: Sweep) -> str:
        return formats.usdt(sweep.amount_micro)

    @display(description=_("waits for"))
    def waits(self, sweep: Sweep) -> str:
        return read(sweep.reason) or formats.NOTHING

    @display(description=_("detected"))
    def created(self, sweep: Sweep) -> str:
        return formats.moment(sweep.created_at, sweep.merchant.time_zone)

    @display(description=_("ended"))
    def ended(self, sweep: Sweep) -> str:
        return formats.moment(sweep.finished_at, sweep.merchant.time_zone)

    # --- page and acts -----------------------------------------------------------------------------------------

    def show(self, request: HttpRequest, key: str) -> HttpResponse:
        sweep = self._find(request, key)
        may = staff(request).has_perm("orders.decide_sweep") and live_transaction(sweep) is None
        return detail.page(
            self,
            request,
            "admin/orders/sweep/page.html",
            sweep,
            sweep=sweep,
            state_badge=state_badge(sweep),
            zone=sweep.merchant.time_zone,
            sent=sweep.transactions.order_by("-id"),
            events=sweep.events.select_related("actor").order_by("-id"),
            payments=sweep.payments.select_related("order__merchant"),
            transfers=sweep.transfers.select_related("debit", "credit").order_by("id"),
            may_retry=may and sweep.status == SweepStatus.ATTENTION,
            may_cancel=may and sweep.status in {SweepStatus.ATTENTION, SweepStatus.DETECTED},
        )

    def retry_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        note = gettext("It starts anew: the wallet is looked at, and what is missing is bought.")
        return self._decide(
            request, pk, sweeping.retry, gettext("Send on again"), gettext("Sent on."), note, is_danger=False
        )

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        note = gettext("The money stays in the wallet. The next paid deposit asks for a sweep again.")
        return self._decide(
            request,
            pk,
            sweeping.cancel,
            gettext("Cancel the sweep"),
            gettext("Cancelled."),
            note,
            is_danger=True,
        )

    def _decide(
        self,
        request: HttpRequest,
        pk: int,
        decide: Callable[..., None],
        verb: str,
        done: str,
        note: str,
        *,
        is_danger: bool,
    ) -> HttpResponse:
        sweep = self._find(request, pk)
        demand(request, "orders.decide_sweep")
        form = ReasonForm(request.POST or None)

        def run() -> acts.Told:
            decide(sweep, reason=form.cleaned_data["reason"], user=staff(request), now=timezone.now())
            return acts.Told(done)

        facts = [
            (gettext("Wallet"), sweep.wallet.address),
            (gettext("State"), state_badge(sweep)),
            (gettext("Why"), read(sweep.reason) or formats.NOTHING),
        ]
        act = acts.Act(
            title=gettext("%(act)s: %(row)s") % {"act": verb, "row": sweep},
            button=verb,
            note=note,
            facts=facts,
            is_danger=is_danger,
        )
        return acts.page(self, request, sweep, form, act, run)

    def pause_view(self, request: HttpRequest) -> HttpResponse:
        """All merchants at once; one alone is paused in its rules."""
        demand(request, "orders.change_sweeppolicy")
        demand_all_merchants(request)
        paused = _is_paused(None)
        form = acts.ActForm(request.POST or None)

        def run() -> acts.Told:
            sweep_rules.set_pause(None, paused=not paused, user=staff(request), now=timezone.now())
            return acts.Told(gettext("Sweeps go on.") if paused else gettext("All sweeps are paused."))

        verb = gettext("Resume") if paused else gettext("Pause")
        note = (
            gettext("Every sweep goes on where it is.")
            if paused
            else gettext(
                "Nothing is bought or signed for any merchant. What was sent already is followed to its end."
            )
        )
        act = acts.Act(
            title=gettext("Resume all sweeps") if paused else gettext("Pause all sweeps"),
            button=verb,
            note=note,
            is_danger=not paused,
        )
        return acts.page(self, request, None, form, act, run)

    def _find(self, request: HttpRequest, key: str | int) -> Sweep:
        rows: QuerySet[Sweep] = self.get_queryset(request).select_related(*RELATED)
        return detail.find(self, request, rows, key)


TONES = {
    SweepStatus.DONE: "success",
    SweepStatus.ENERGY_ONLY: "success",
    SweepStatus.CANCELLED: "",
    SweepStatus.DETECTED: "warning",
}


def state_badge(sweep: Sweep) -> SafeString:
    status = SweepStatus(sweep.status)
    if status == SweepStatus.ATTENTION:
        return formats.badge(status.label, "danger")
    return formats.badge(status.label, TONES.get(status, "info"))


def _is_paused(merchant: Merchant | None) -> bool:
    return SweepPolicy.objects.filter(merchant=merchant, paused=True).exists()


def _short(address: str) -> str:
    return f"{address[:6]}…{address[-6:]}"
