"""Webhook secrets of merchants: issue, rotate with an overlap, revoke. A secret is shown once, in one response."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import display

from orders.admin import acts, credential_state, detail, formats
from orders.admin.base import ReadOnlyAdmin, staff
from orders.admin.filters import ExpiryFilter, MerchantFilter
from orders.admin.guard import demand
from orders.models import Merchant, WebhookSecret
from orders.services import rotation, webhook_secrets
from orders.services.webhook_secrets import IssuedSecret

OVERLAPS = {"0": "none: the old one dies at once", "1h": "1 hour", "24h": "24 hours", "7d": "7 days"}


class IssueForm(acts.ActForm):
    merchant = forms.ModelChoiceField(Merchant.objects.all())


class RotateForm(acts.ActForm):
    overlap = forms.ChoiceField(
        choices=list(OVERLAPS.items()),
        initial="24h",
        widget=forms.RadioSelect,
        label="How long callbacks carry both signatures",
    )


@admin.register(WebhookSecret)
class WebhookSecretAdmin(ReadOnlyAdmin):
    list_display = ("name", "merchant_link", "state", "issued")
    list_filter = (("merchant", MerchantFilter), ExpiryFilter)
    list_select_related = ("merchant",)
    search_fields = ("merchant__name", "hint")
    show_full_result_count = True
    fields = ("merchant_link", "ends_in", "state", "issued")
    readonly_fields = fields
    change_form_outer_before_template = "admin/orders/webhooksecret/acts.html"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/rotate/", wrap(self.rotate_view), name="orders_webhooksecret_rotate"),
            path("<int:pk>/revoke/", wrap(self.revoke_view), name="orders_webhooksecret_revoke"),
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookSecret]:
        """The sealed column does not even leave the database."""
        rows: QuerySet[WebhookSecret] = super().get_queryset(request).select_related("merchant")
        return rows.defer("sealed_secret")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return staff(request).has_perm("orders.add_webhooksecret")

    @display(description="secret")
    def name(self, secret: WebhookSecret) -> str:
        return str(secret)

    @display(description="ends in")
    def ends_in(self, secret: WebhookSecret) -> str:
        return f"…{secret.hint}"

    @display(description="merchant", ordering="merchant__name")
    def merchant_link(self, secret: WebhookSecret) -> str:
        return formats.link(secret.merchant)

    @display(description="state")
    def state(self, secret: WebhookSecret) -> SafeString:
        return credential_state.badge(secret, timezone.now())

    @display(description="issued", ordering="created_at")
    def issued(self, secret: WebhookSecret) -> str:
        return formats.moment(secret.created_at, secret.merchant.time_zone)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        secret = self.get_object(request, object_id)
        alive = secret is not None and secret.is_alive(timezone.now())
        is_retiring = alive and secret.retires_at is not None
        extra = {
            "is_retiring": is_retiring,
            "may_rotate": alive and not is_retiring and _may(request, "rotate"),
            "may_revoke": alive and _may(request, "revoke"),
        }
        response: HttpResponseBase = super().change_view(
            request, object_id, form_url, extra | (extra_context or {})
        )
        return response

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        demand(request, "orders.add_webhooksecret")
        form = IssueForm(request.POST or None, initial={"merchant": request.GET.get("merchant")})

        def run() -> HttpResponse:
            merchant = form.cleaned_data["merchant"]
            issued = webhook_secrets.issue(merchant, now=timezone.now(), user=staff(request))
            return self._show_once(request, issued)

        act = acts.Act(title="Issue a webhook secret", button="Issue", note=SHOWN_ONCE)
        return acts.page(self, request, None, form, act, run)

    def rotate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        demand(request, "orders.rotate_webhooksecret")
        secret = detail.find(self, request, self.get_queryset(request), pk)
        form = RotateForm(request.POST or None)

        def run() -> HttpResponse:
            overlap = rotation.GRACES[form.cleaned_data["overlap"]]
            now, user = timezone.now(), staff(request)
            return self._show_once(
                request, webhook_secrets.rotate(secret.merchant, overlap=overlap, now=now, user=user)
            )

        act = acts.Act(title="Rotate", button="Rotate", note=SHOWN_ONCE, facts=_facts(secret))
        return acts.page(self, request, secret, form, act, run)

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        demand(request, "orders.revoke_webhooksecret")
        secret = detail.find(self, request, self.get_queryset(request), pk)
        form = acts.ActForm(request.POST or None)

        def run() -> acts.Told:
            if not webhook_secrets.revoke(secret, now=timezone.now(), user=staff(request)):
                raise rotation.NotRotatable("it was dead before")
            return acts.Told(f"The {secret} is revoked.")

        act = acts.Act(
            title="Revoke", button="Revoke now", note=REVOKE_NOTE, is_danger=True, facts=_facts(secret)
        )
        return acts.page(self, request, secret, form, act, run)

    def _show_once(self, request: HttpRequest, issued: IssuedSecret) -> HttpResponse:
        """Rendered here and now: the secret is in no session, message or address."""
        context = {
            **self.admin_site.each_context(request),
            "title": "New webhook secret",
            "opts": self.opts,
            "issued": issued,
            "back": formats.page_of(issued.row.merchant),
        }
        return TemplateResponse(request, "admin/orders/webhooksecret/issued.html", context).render()


SHOWN_ONCE = "The new secret is shown once, on the next page. Have a safe place ready for it."
REVOKE_NOTE = (
    "It signs nothing from now on. A secret that is being replaced: its overlap ends here, as after a leak. The only "
    "one: callbacks lose their webhook-signature, and native events wait until there is a new one."
)


def _may(request: HttpRequest, act: str) -> bool:
    return staff(request).has_perm(f"orders.{act}_webhooksecret")


def _facts(secret: WebhookSecret) -> list[tuple[str, object]]:
    state = credential_state.badge(secret, timezone.now())
    return [("Secret", secret), ("Merchant", secret.merchant), ("State", state)]
