"""Key pairs issued to merchants: issue, restrict, rotate, revoke. A secret is shown once, in one response."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from orders.admin import credential_access, credential_state, formats, issued
from orders.admin.filters import ExpiryFilter, MerchantFilter
from orders.models import ApiCredential, Dialect, Merchant
from orders.services import rotation
from orders.services.rotation import Issued


class IssueForm(issued.IssueForm):
    dialect = forms.ChoiceField(
        choices=Dialect.choices,
        label=gettext_lazy("Dialect"),
        help_text=gettext_lazy("The wire format in which the merchant calls us and is called back."),
    )


@admin.register(ApiCredential)
class ApiCredentialAdmin(issued.IssuedAdmin):
    sealed = ("sealed_key", "sealed_secret", "key_digest")
    acts = ("access", "rotate", "revoke")
    issue_form = IssueForm
    issue_title = gettext_lazy("Issue a credential")
    shown_once = gettext_lazy(
        "The new key and secret are shown once, on the next page. Have a safe place ready for them."
    )
    rotate_label = gettext_lazy("How long the old pair keeps working")
    revoke_note = gettext_lazy(
        "The pair stops working at once and for good: calls and callbacks signed with it fail. "
        "Callbacks waiting for it are signed with the merchant's newest pair, or wait for one."
    )
    list_display = ("pair", "merchant_link", "dialect", "state", "used", "issued")
    list_filter = (("merchant", MerchantFilter), ("dialect", ChoicesDropdownFilter), ExpiryFilter)
    search_fields = ("merchant__name", "key_hint")
    fields = (
        *("merchant_link", "dialect", "hint", "state", "used_from", "used_as_often_as"),
        *("used", "issued", "replaced_by", "predecessor"),
    )
    readonly_fields = fields
    change_form_outer_before_template = "admin/orders/apicredential/acts.html"
    change_form_outer_after_template = "admin/orders/apicredential/uses.html"

    @display(description=gettext_lazy("credential"))
    def pair(self, credential: ApiCredential) -> str:
        return str(credential)

    @display(description=gettext_lazy("key ends in"))
    def hint(self, credential: ApiCredential) -> str:
        return f"…{credential.key_hint}"

    @display(description=gettext_lazy("may be used from"))
    def used_from(self, credential: ApiCredential) -> str:
        return credential_access.used_from(credential)

    @display(description=gettext_lazy("requests"))
    def used_as_often_as(self, credential: ApiCredential) -> str:
        return credential_access.used_as_often_as(credential)

    @display(description=gettext_lazy("last used"), ordering="last_used_at")
    def used(self, credential: ApiCredential) -> str:
        return formats.moment(credential.last_used_at, credential.merchant.time_zone)

    @display(description=gettext_lazy("replaced by"))
    def replaced_by(self, credential: ApiCredential) -> str:
        return formats.link(ApiCredential.objects.filter(replaces=credential).first())

    @display(description=gettext_lazy("replaces"))
    def predecessor(self, credential: ApiCredential) -> str:
        return formats.link(credential.replaces)

    def page_context(self, request: HttpRequest, row: ApiCredential) -> dict[str, Any]:
        may = super().page_context(request, row)
        return may | {"may_restrict": may["may_access"], "uses": credential_state.uses(row)}

    def may(self, request: HttpRequest, act: str) -> bool:
        return super().may(request, "restrict" if act == "access" else act)

    def access_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return credential_access.change(self, request, self.find(request, pk, "restrict"))

    def issue(self, merchant: Merchant, form: IssueForm, **given: Any) -> Issued:
        return rotation.issue(merchant, form.cleaned_data["dialect"], **given)

    def rotate(self, row: ApiCredential, **given: Any) -> Issued:
        return rotation.rotate(row, **given)

    def revoke(self, row: ApiCredential, **given: Any) -> bool:
        return rotation.revoke(row, **given)

    def facts(self, row: ApiCredential) -> list[tuple[str, object]]:
        last = formats.moment(row.last_used_at, row.merchant.time_zone)
        return [*super().facts(row), (_("Last used"), last)]
