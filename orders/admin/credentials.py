"""Key pairs issued to merchants: issue, restrict, rotate, revoke. A secret is shown once, in one response."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from orders.admin import acts, credential_access, credential_state, detail, formats
from orders.admin.base import ReadOnlyAdmin, staff
from orders.admin.filters import ExpiryFilter, MerchantFilter
from orders.admin.guard import demand
from orders.models import ApiCredential, Dialect, Merchant
from orders.services import rotation
from orders.services.rotation import Issued

GRACES = {"0": "none: the old pair dies at once", "1h": "1 hour", "24h": "24 hours", "7d": "7 days"}


class IssueForm(acts.ActForm):
    merchant = forms.ModelChoiceField(Merchant.objects.all())
    dialect = forms.ChoiceField(
        choices=Dialect.choices,
        help_text="The wire format in which the merchant calls us and is called back.",
    )


class RotateForm(acts.ActForm):
    grace = forms.ChoiceField(
        choices=list(GRACES.items()),
        initial="24h",
        widget=forms.RadioSelect,
        label="How long the old pair keeps working",
    )


@admin.register(ApiCredential)
class ApiCredentialAdmin(ReadOnlyAdmin):
    list_display = ("pair", "merchant_link", "dialect", "state", "used", "issued")
    list_filter = (("merchant", MerchantFilter), ("dialect", ChoicesDropdownFilter), ExpiryFilter)
    list_select_related = ("merchant",)
    search_fields = ("merchant__name", "key_hint")
    show_full_result_count = True
    fields = (
        *("merchant_link", "dialect", "hint", "state", "used_from", "used_as_often_as"),
        *("used", "issued", "replaced_by", "predecessor"),
    )
    readonly_fields = fields
    change_form_outer_before_template = "admin/orders/apicredential/acts.html"
    change_form_outer_after_template = "admin/orders/apicredential/uses.html"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/access/", wrap(self.access_view), name="orders_apicredential_access"),
            path("<int:pk>/rotate/", wrap(self.rotate_view), name="orders_apicredential_rotate"),
            path("<int:pk>/revoke/", wrap(self.revoke_view), name="orders_apicredential_revoke"),
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiCredential]:
        """The sealed columns do not even leave the database."""
        rows: QuerySet[ApiCredential] = super().get_queryset(request).select_related("merchant")
        return rows.defer("sealed_key", "sealed_secret", "key_digest")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return staff(request).has_perm("orders.add_apicredential")

    # --- columns -----------------------------------------------------------------------------------------------

    @display(description="credential")
    def pair(self, credential: ApiCredential) -> str:
        return str(credential)

    @display(description="key ends in")
    def hint(self, credential: ApiCredential) -> str:
        return f"…{credential.key_hint}"

    @display(description="merchant", ordering="merchant__name")
    def merchant_link(self, credential: ApiCredential) -> str:
        return formats.link(credential.merchant)

    @display(description="state")
    def state(self, credential: ApiCredential) -> SafeString:
        return credential_state.badge(credential, timezone.now())

    @display(description="may be used from")
    def used_from(self, credential: ApiCredential) -> str:
        return credential_access.used_from(credential)

    @display(description="requests")
    def used_as_often_as(self, credential: ApiCredential) -> str:
        return credential_access.used_as_often_as(credential)

    @display(description="last used", ordering="last_used_at")
    def used(self, credential: ApiCredential) -> str:
        return formats.moment(credential.last_used_at, credential.merchant.time_zone)

    @display(description="issued", ordering="created_at")
    def issued(self, credential: ApiCredential) -> str:
        return formats.moment(credential.created_at, credential.merchant.time_zone)

    @display(description="replaced by")
    def replaced_by(self, credential: ApiCredential) -> str:
        return formats.link(ApiCredential.objects.filter(replaces=credential).first())

    @display(description="replaces")
    def predecessor(self, credential: ApiCredential) -> str:
        return formats.link(credential.replaces)

    # --- acts --------------------------------------------------------------------------------------------------

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        credential = self.get_object(request, object_id)
        alive = credential is not None and credential.is_alive(timezone.now())
        extra = {
            "uses": credential_state.uses(credential) if credential else [],
            "may_restrict": alive and _may(request, "restrict"),
            "may_rotate": alive and credential.retires_at is None and _may(request, "rotate"),
            "may_revoke": alive and _may(request, "revoke"),
        }
        response: HttpResponseBase = super().change_view(
            request, object_id, form_url, extra | (extra_context or {})
        )
        return response

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        demand(request, "orders.add_apicredential")
        form = IssueForm(request.POST or None, initial={"merchant": request.GET.get("merchant")})

        def run() -> HttpResponse:
            merchant, dialect = form.cleaned_data["merchant"], form.cleaned_data["dialect"]
            issued = rotation.issue(merchant, dialect, now=timezone.now(), user=staff(request))
            return self._show_once(request, issued)

        act = acts.Act(title="Issue a credential", button="Issue", note=SHOWN_ONCE)
        return acts.page(self, request, None, form, act, run)

    def access_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        demand(request, "orders.restrict_apicredential")
        credential = detail.find(self, request, self.get_queryset(request), pk)
        return credential_access.change(self, request, credential)

    def rotate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        demand(request, "orders.rotate_apicredential")
        credential = detail.find(self, request, self.get_queryset(request), pk)
        form = RotateForm(request.POST or None)

        def run() -> HttpResponse:
            grace = rotation.GRACES[form.cleaned_data["grace"]]
            issued = rotation.rotate(credential, grace=grace, now=timezone.now(), user=staff(request))
            return self._show_once(request, issued)

        act = acts.Act(title="Rotate", button="Rotate", note=SHOWN_ONCE, facts=_facts(credential))
        return acts.page(self, request, credential, form, act, run)

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        demand(request, "orders.revoke_apicredential")
        credential = detail.find(self, request, self.get_queryset(request), pk)
        form = acts.ActForm(request.POST or None)

        def run() -> acts.Told:
            if not rotation.revoke(credential, now=timezone.now(), user=staff(request)):
                raise rotation.NotRotatable("it was revoked before")
            return acts.Told(f"{credential} is revoked.")

        note = (
            "The pair stops working at once and for good: calls and callbacks signed with it fail. "
            "Callbacks waiting for it are signed with the merchant's newest pair, or wait for one."
        )
        act = acts.Act(
            title="Revoke", button="Revoke now", note=note, is_danger=True, facts=_facts(credential)
        )
        return acts.page(self, request, credential, form, act, run)

    def _show_once(self, request: HttpRequest, issued: Issued) -> HttpResponse:
        """Rendered here and now: the pair is in no session, message or address. `admin_view` answers with no-store."""
        context = {
            **self.admin_site.each_context(request),
            "title": "New credential",
            "opts": self.opts,
            "issued": issued,
            "back": formats.page_of(issued.credential.merchant),
        }
        return TemplateResponse(request, "admin/orders/apicredential/issued.html", context).render()


SHOWN_ONCE = "The new key and secret are shown once, on the next page. Have a safe place ready for them."


def _may(request: HttpRequest, act: str) -> bool:
    return staff(request).has_perm(f"orders.{act}_apicredential")


def _facts(credential: ApiCredential) -> list[tuple[str, object]]:
    return [
        ("Credential", credential),
        ("Merchant", credential.merchant),
        ("State", credential_state.badge(credential, timezone.now())),
        ("Last used", formats.moment(credential.last_used_at, credential.merchant.time_zone)),
    ]
