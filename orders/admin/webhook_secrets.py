"""Webhook secrets of merchants: issue, rotate with an overlap, revoke. A secret is shown once, in one response."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from orders.admin.filters import ExpiryFilter, MerchantFilter
from orders.admin.issued import IssuedAdmin, IssueForm
from orders.models import Merchant, WebhookSecret
from orders.services import webhook_secrets
from orders.services.webhook_secrets import IssuedSecret


@admin.register(WebhookSecret)
class WebhookSecretAdmin(IssuedAdmin):
    sealed = ("sealed_secret",)
    issue_title = _("Issue a webhook secret")
    shown_once = _("The new secret is shown once, on the next page. Have a safe place ready for it.")
    rotate_label = _("How long callbacks carry both signatures")
    revoke_note = _(
        "It signs nothing from now on. A secret that is being replaced: its overlap ends here, as after a leak. The "
        "only one: callbacks lose their webhook-signature, and native events wait until there is a new one."
    )
    list_display = ("name", "merchant_link", "state", "issued")
    list_filter = (("merchant", MerchantFilter), ExpiryFilter)
    search_fields = ("merchant__name", "hint")
    fields = ("merchant_link", "ends_in", "state", "issued")
    readonly_fields = fields
    change_form_outer_before_template = "admin/orders/webhooksecret/acts.html"

    @display(description=_("secret"))
    def name(self, secret: WebhookSecret) -> str:
        return str(secret)

    @display(description=_("ends in"))
    def ends_in(self, secret: WebhookSecret) -> str:
        return f"…{secret.hint}"

    def page_context(self, request: HttpRequest, row: WebhookSecret) -> dict[str, Any]:
        return super().page_context(request, row) | {"is_retiring": row.retires_at is not None}

    def issue(self, merchant: Merchant, form: IssueForm, **given: Any) -> IssuedSecret:
        return webhook_secrets.issue(merchant, **given)

    def rotate(self, row: WebhookSecret, **given: Any) -> IssuedSecret:
        return webhook_secrets.rotate(row.merchant, overlap=given.pop("grace"), **given)

    def revoke(self, row: WebhookSecret, **given: Any) -> bool:
        return webhook_secrets.revoke(row, **given)
