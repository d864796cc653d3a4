"""What is issued to merchants and shown once, in one response: listed, rotated with a time for the old one to die,
revoked."""

from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from unfold.decorators import display

from orders.admin import acts, credential_state, detail, formats
from orders.admin.base import ReadOnlyAdmin, staff
from orders.admin.graces import GraceForm
from orders.admin.guard import demand
from orders.models import ApiCredential, Merchant, WebhookSecret
from orders.services import rotation

Issued = ApiCredential | WebhookSecret


class IssueForm(acts.ActForm):
    merchant = forms.ModelChoiceField(Merchant.objects.all(), label=gettext_lazy("Merchant"))


class IssuedAdmin(ReadOnlyAdmin):
    """`sealed`: columns that do not even leave the database. `acts`: pages about one row, each `<name>_view`, with a
    permission of its own."""

    sealed: ClassVar[tuple[str, ...]]
    acts: ClassVar[tuple[str, ...]] = ("rotate", "revoke")
    issue_title: ClassVar[Any]
    shown_once: ClassVar[Any]
    list_select_related = ("merchant",)

    def get_urls(self) -> list[URLPattern]:
        model = self.opts.model_name
        own = [
            path(
                f"<int:pk>/{act}/",
                self.admin_site.admin_view(getattr(self, f"{act}_view")),
                name=f"orders_{model}_{act}",
            )
            for act in self.acts
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("merchant").defer(*self.sealed)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "add")

    def may(self, request: HttpRequest, act: str) -> bool:
        return staff(request).has_perm(self._permission(act))

    def _permission(self, act: str) -> str:
        return f"orders.{act}_{self.opts.model_name}"

    def find(self, request: HttpRequest, pk: int, act: str) -> Any:
        """Raises PermissionDenied or Http404."""
        demand(request, self._permission(act))
        return detail.find(self, request, self.get_queryset(request), pk)

    # --- columns -----------------------------------------------------------------------------------------------

    @display(description=gettext_lazy("merchant"), ordering="merchant__name")
    def merchant_link(self, row: Issued) -> str:
        return formats.link(row.merchant)

    @display(description=gettext_lazy("state"))
    def state(self, row: Issued) -> SafeString:
        return credential_state.badge(row, timezone.now())

    @display(description=gettext_lazy("issued"), ordering="created_at")
    def issued(self, row: Issued) -> str:
        return formats.moment(row.created_at, row.merchant.time_zone)

    # --- the page, and what is shown once ----------------------------------------------------------------------

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """Which acts it offers."""
        alive = row.is_alive(timezone.now())
        may = {f"may_{act}": alive and self.may(request, act) for act in self.acts}
        return may | {"may_rotate": may["may_rotate"] and row.retires_at is None}

    def issue(self, merchant: Merchant, form: Any, **given: Any) -> Any:
        """Calls the service with `now` and `user`."""
        raise NotImplementedError

    issue_form: ClassVar[type[IssueForm]] = IssueForm

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        demand(request, self._permission("add"))
        form = self.issue_form(request.POST or None, initial={"merchant": request.GET.get("merchant")})

        def run() -> HttpResponse:
            merchant: Merchant = form.cleaned_data["merchant"]
            issued = self.issue(merchant, form, now=timezone.now(), user=staff(request))
            return self.show_once(request, merchant, issued)

        act = acts.Act(title=self.issue_title, button=_("Issue"), note=self.shown_once)
        return acts.page(self, request, None, form, act, run)

    def rotate(self, row: Any, **given: Any) -> Any:
        """Calls the service with `grace`, `now` and `user`."""
        raise NotImplementedError

    rotate_label: ClassVar[Any]

    def rotate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.find(request, pk, "rotate")
        form = GraceForm(request.POST or None, label=self.rotate_label)

        def run() -> HttpResponse:
            now = timezone.now()
            issued = self.rotate(row, grace=form.span(now), now=now, user=staff(request))
            return self.show_once(request, row.merchant, issued)

        act = acts.Act(title=_("Rotate"), button=_("Rotate"), note=self.shown_once, facts=self.facts(row))
        return acts.page(self, request, row, form, act, run)

    def revoke(self, row: Any, **given: Any) -> bool:
        """Calls the service with `now` and `user`; False when it was dead already."""
        raise NotImplementedError

    revoke_note: ClassVar[Any]

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.find(request, pk, "revoke")

        def run() -> acts.Told:
            if not self.revoke(row, now=timezone.now(), user=staff(request)):
                raise rotation.NotRotatable(gettext_lazy("it was dead before"))
            return acts.Told(_("%s is revoked.") % acts.capitalised(row))

        act = acts.Act(
            title=_("Revoke"),
            button=_("Revoke now"),
            note=self.revoke_note,
            is_danger=True,
            facts=self.facts(row),
        )
        return acts.page(self, request, row, acts.ActForm(request.POST or None), act, run)

    def facts(self, row: Any) -> list[tuple[str, object]]:
        return [
            (pgettext("what", "Issued"), row),
            (_("Merchant"), row.merchant),
            (_("State"), credential_state.badge(row, timezone.now())),
        ]

    def show_once(self, request: HttpRequest, merchant: Merchant, issued: Any) -> HttpResponse:
        """Rendered here and now: the secret is in no session, message or address, and `admin_view` says no-store."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Shown once"),
            "issued": issued,
            "back": formats.page_of(merchant),
        }
        template = f"admin/orders/{self.opts.model_name}/issued.html"
        return TemplateResponse(request, template, context).render()
