"""The hosts that callbacks go to: how they answer, and what to do when they do not."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import display
from unfold.contrib.filters.admin import DropdownFilter

from orders import notation
from orders.admin import acts, badges, detail, endpoint_figures, formats
from orders.admin.base import KeysetAdmin, ShownAdmin, staff
from orders.admin.guard import demand
from orders.admin.paging import KeysetList
from orders.models import Callback, CallbackHost, CallbackLog, Circuit, GoneUrl
from orders.sentences import read
from orders.services import endpoints
from orders.states import CallbackStatus

IS_GONE = Exists(GoneUrl.objects.filter(host=OuterRef("pk")))
MOST_LOGS = 50
MOST_GONE = 200


class StateFilter(DropdownFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("paused", _("paused or being tried")), ("sending", _("sending"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CallbackHost]) -> QuerySet[CallbackHost]:
        match self.value():
            case "paused":
                return queryset.exclude(circuit=Circuit.CLOSED)
            case "sending":
                return queryset.filter(circuit=Circuit.CLOSED)
            case _:
                return queryset


class FlagFilter(DropdownFilter):
    title = gettext_lazy("flag")
    parameter_name = "flag"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("yes", _("a URL answered 410")), ("no", _("not flagged"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CallbackHost]) -> QuerySet[CallbackHost]:
        if not self.value():
            return queryset
        return queryset.exclude(IS_GONE) if self.value() == "no" else queryset.filter(IS_GONE)


class FiguredList(KeysetList):
    """Figures of all hosts of the page are read together."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        figures = endpoint_figures.of(self.result_list)
        for host in self.result_list:
            host.figures = figures[host.host]


@admin.register(CallbackHost)
class EndpointAdmin(KeysetAdmin, ShownAdmin):
    list_display = ("host", "state", "waiting", "last_success", "failed", "latency", "lately")
    list_filter = (StateFilter, FlagFilter)
    search_fields = ("host",)
    search_help_text = gettext_lazy("Beginning of the host")

    class Media:
        css = {"all": ["backoffice/orders.css", "backoffice/callbacks.css"]}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetList]:
        return FiguredList

    def get_queryset(self, request: HttpRequest) -> QuerySet[CallbackHost]:
        rows: QuerySet[CallbackHost] = super().get_queryset(request)
        return rows.annotate(is_gone=IS_GONE)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[CallbackHost], search_term: str
    ) -> tuple[QuerySet[CallbackHost], bool]:
        term = search_term.strip().lower().replace("\0", "")
        return (queryset.filter(host__startswith=term) if term else queryset), False

    @display(description=gettext_lazy("state"))
    def state(self, host: Any) -> SafeString:
        return badges.endpoint(host)

    @display(description=gettext_lazy("waiting"))
    def waiting(self, host: Any) -> SafeString | str:
        return notation.number(host.figures.waiting)

    @display(description=gettext_lazy("last success"))
    def last_success(self, host: CallbackHost) -> str:
        return formats.age(host.last_success_at, timezone.now())

    @display(description=format_lazy(gettext_lazy("failed of the last {count}"), count=endpoint_figures.LAST))
    def failed(self, host: Any) -> str:
        percent = host.figures.failure_percent
        return formats.NOTHING if percent is None else notation.percent(str(percent))

    @display(description=gettext_lazy("median"))
    def latency(self, host: Any) -> str:
        return formats.milliseconds(host.figures.median_ms)

    @display(description=gettext_lazy("lately"))
    def lately(self, host: Any) -> SafeString:
        return endpoint_figures.sparkline(host.figures.attempts)

    # --- the page ----------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/try-now/", wrap(self.try_now_view), name="orders_callbackhost_try_now"),
            path(
                "<int:pk>/gone/<int:gone_pk>/unflag/",
                wrap(self.unflag_view),
                name="orders_callbackhost_unflag",
            ),
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    def show(self, request: HttpRequest, key: str) -> HttpResponse:
        host = detail.find(self, request, self.get_queryset(request), key)
        figures = endpoint_figures.of([host])[host.host]
        logs = CallbackLog.objects.visible_to(staff(request)).filter(host=host.host, direction="out")
        return detail.page(
            self,
            request,
            "admin/orders/callbackhost/page.html",
            host,
            host=host,
            figures=figures,
            sparkline=endpoint_figures.sparkline(figures.attempts),
            gone_urls=host.gone_urls.select_related("callback__order", "callback__merchant")[:MOST_GONE],
            logs=logs.select_related("credential", "account").order_by("-pk")[:MOST_LOGS],
            log_url=formats.list_of(CallbackLog, host=host.host),
            waiting_url=formats.list_of(Callback, host=host.host, status__exact=CallbackStatus.PENDING),
            given_up_url=formats.list_of(Callback, host=host.host, status__exact=CallbackStatus.EXHAUSTED),
            may_act=staff(request).has_perm("orders.reopen_callbackhost"),
            is_paused=host.circuit != Circuit.CLOSED,
        )

    def try_now_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        host = self._host(request, pk)

        def run() -> acts.Told:
            if endpoints.try_now(host, user=staff(request), now=timezone.now()):
                return acts.Told(_("What waits for it is sent again as it falls due."))
            return acts.Told(_("It was not paused any more."))

        act = acts.Act(
            title=_("Try the endpoint now"),
            button=_("Try now"),
            note=_("Its circuit is closed. It opens again by itself if the endpoint still fails."),
            facts=self._facts(host),
        )
        return acts.page(self, request, host, acts.ActForm(request.POST or None), act, run)

    def unflag_view(self, request: HttpRequest, pk: int, gone_pk: int) -> HttpResponse:
        host = self._host(request, pk)
        gone = host.gone_urls.filter(pk=gone_pk).first()
        if gone is None:
            messages.info(request, _("It is not flagged any more."))
            return HttpResponseRedirect(formats.page_of(host))

        def run() -> acts.Told:
            if endpoints.unflag(gone, user=staff(request), now=timezone.now()):
                return acts.Told(_("The flag is taken off."))
            return acts.Told(_("It was not flagged any more."))

        act = acts.Act(
            title=_("Take the flag off"),
            button=_("Unflag"),
            note=_("It answered 410 Gone. Do this when the merchant wants callbacks there again."),
            facts=[(_("URL"), gone.url), (_("Answered 410 at"), formats.moment(gone.flagged_at))],
        )
        return acts.page(self, request, host, acts.ActForm(request.POST or None), act, run)

    def _host(self, request: HttpRequest, pk: int) -> CallbackHost:
        host: CallbackHost = detail.find(self, request, self.get_queryset(request), pk)
        demand(request, "orders.reopen_callbackhost")
        return host

    @staticmethod
    def _facts(host: CallbackHost) -> list[tuple[str, object]]:
        return [
            (_("Endpoint"), host.host),
            (_("State"), badges.endpoint(host)),
            (_("Failures in a row"), host.failures),
            (_("Last error"), read(host.last_error) or formats.NOTHING),
        ]
