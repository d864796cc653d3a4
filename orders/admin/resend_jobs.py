"""Jobs that resend many callbacks: to watch, pause, resume and cancel."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    JsonResponse,
)
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import display
from unfold.contrib.filters.admin import MultipleChoicesDropdownFilter, RelatedDropdownFilter

from orders.admin import badges, detail, formats, resend_form, resend_progress
from orders.admin.base import KeysetAdmin, ShownAdmin, staff
from orders.admin.guard import demand
from orders.admin.moment_filter import MomentFilter
from orders.models import ItemState, ResendItem, ResendJob
from orders.services import resending

MOST_ITEMS_SHOWN = 20
SERVICES: dict[str, tuple[Callable[..., bool], Promise]] = {
    "pause": (resending.pause, _("The job is paused. What was sent before goes on.")),
    "resume": (resending.resume, _("The job goes on.")),
    "cancel": (resending.cancel, _("The job is cancelled. What was sent before goes on.")),
}


@admin.register(ResendJob)
class ResendJobAdmin(KeysetAdmin, ShownAdmin):
    list_display = ("job", "state", "total", "reason", "note", "by", "started", "ended")
    list_display_links = ("job",)
    list_filter = (
        ("status", MultipleChoicesDropdownFilter),
        ("created_by", RelatedDropdownFilter),
        ("created_at", MomentFilter),
    )
    list_select_related = ("created_by",)

    class Media:
        css = {"all": ["backoffice/orders.css", "backoffice/callbacks.css"]}

    @display(description=_("job"))
    def job(self, job: ResendJob) -> str:
        return f"#{job.pk}"

    @display(description=_("state"))
    def state(self, job: ResendJob) -> SafeString:
        return badges.state(job)

    @display(description=_("by"))
    def by(self, job: ResendJob) -> str:
        return str(job.created_by)

    @display(description=_("started"))
    def started(self, job: ResendJob) -> str:
        return formats.moment(job.created_at)

    @display(description=_("ended"))
    def ended(self, job: ResendJob) -> str:
        return formats.moment(job.finished_at)

    # --- the page ----------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/progress/", wrap(self.progress_view), name="orders_resendjob_progress"),
            path("<int:pk>/act/<str:act>/", wrap(self.act_view), name="orders_resendjob_act"),
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    def show(self, request: HttpRequest, key: str) -> HttpResponse:
        job = self._find(request, key)
        failed = ResendItem.objects.visible_to(staff(request)).filter(
            job=job, state__in=[ItemState.FAILED, ItemState.SKIPPED]
        )
        return detail.page(
            self,
            request,
            "admin/orders/resendjob/page.html",
            job,
            job=job,
            filters=resend_form.described(job.filters),
            progress=resend_progress.of(job),
            progress_url=reverse("admin:orders_resendjob_progress", args=[job.pk]),
            states=ItemState.choices,
            acts=resend_progress.ACTS.values() if self._may_act(request) else [],
            items=failed.select_related("callback__order", "callback__merchant")[:MOST_ITEMS_SHOWN],
        )

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return JsonResponse(resend_progress.of(self._find(request, pk)))

    def act_view(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        if act not in SERVICES:
            raise Http404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        job = self._find(request, pk)
        demand(request, "orders.resend_callback")
        service, words = SERVICES[act]
        if service(job, user=staff(request), now=timezone.now()):
            messages.success(request, str(words))
        else:
            messages.warning(request, gettext("It has moved on meanwhile: nothing was changed."))
        return HttpResponseRedirect(formats.page_of(job))

    def _find(self, request: HttpRequest, key: str | int) -> ResendJob:
        rows = self.get_queryset(request).select_related("created_by")
        job: ResendJob = detail.find(self, request, rows, key)
        return job

    @staticmethod
    def _may_act(request: HttpRequest) -> bool:
        return staff(request).has_perm("orders.resend_callback")
