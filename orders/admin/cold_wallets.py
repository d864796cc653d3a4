"""Targets of sweeps. One person asks for one, another grants it on the Approvals page."""

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from orders.admin import acts, formats
from orders.admin.base import ReadOnlyAdmin, staff
from orders.admin.filters import MerchantFilter
from orders.admin.guard import narrow
from orders.fields import AddressField, RowField
from orders.models import ColdWallet, Merchant
from orders.models.checks import check_printable
from orders.services import address_checks, approvals
from orders.services.wallet_nodes import WalletNodes

ENDS = 6


class ProposalForm(acts.ActForm):
    merchant = RowField(Merchant.objects.all(), label=_("Merchant"))
    address = AddressField(label=_("Cold wallet"), help_text=_("Where this merchant's deposits will be sent"))
    ends = forms.CharField(
        max_length=40,
        label=_("Its first and last six characters, typed again"),
        help_text=_("Read them from the merchant's own paper, not from the field above: TXabcd uvwxyz"),
    )
    label = forms.CharField(max_length=64, required=False, validators=[check_printable], label=_("Label"))
    reason = forms.CharField(max_length=150, validators=[check_printable], label=_("Reason"))

    def clean_ends(self) -> str:
        typed, address = "".join(self.cleaned_data["ends"].split()), self.cleaned_data.get("address", "")
        if address and typed != address[:ENDS] + address[-ENDS:]:
            raise ValidationError(
                gettext("These are not the first and last six characters of the address above.")
            )
        return typed


@admin.register(ColdWallet)
class ColdWalletAdmin(ReadOnlyAdmin):
    list_display = ("address_shown", "state", "merchant_link", "label", "approved", "created")
    list_filter = (("merchant", MerchantFilter),)
    list_select_related = ("merchant", "approval__decided_by", "approval__requested_by")
    list_before_template = "admin/orders/coldwallet/list_before.html"
    search_fields = ("address", "label")
    fields = ("address_shown", "state", "merchant_link", "label", "approved", "created", "retired")
    readonly_fields = fields

    class Media:
        css = {"all": ["backoffice/orders.css"]}

    def get_urls(self) -> list[URLPattern]:
        propose = self.admin_site.admin_view(self.propose_view)
        urls: list[URLPattern] = super().get_urls()
        return [path("propose/", propose, name="orders_coldwallet_propose"), *urls]

    def propose_view(self, request: HttpRequest) -> HttpResponse:
        user = staff(request)
        if not user.has_perm("orders.propose_coldwallet"):
            raise PermissionDenied
        form = ProposalForm(request.POST or None, initial={"merchant": request.GET.get("merchant")})
        narrow(form, user)
        stops = _stops(form) if request.method == "POST" and form.is_valid() else []

        def run() -> acts.Told:
            if stops:
                raise ValidationError(stops)
            given = form.cleaned_data
            try:
                approval = approvals.propose_cold_wallet(
                    given["merchant"],
                    address=given["address"],
                    label=given["label"],
                    reason=given["reason"],
                    user=user,
                    now=timezone.now(),
                )
            except ValueError as error:
                raise ValidationError(acts.capitalised(error)) from error
            return acts.Told(gettext("Asked for. Another person must grant it."), formats.page_of(approval))

        act = acts.Act(
            title=gettext("Ask for a cold wallet"),
            button=gettext("Ask for it"),
            note=gettext(
                "Sweeps go there once another administrator has granted it. The one before is retired."
            ),
        )
        return acts.page(self, request, None, form, act, run)

    @display(description=_("address"))
    def address_shown(self, wallet: ColdWallet) -> str:
        return formats.copyable(wallet.address)

    @display(description=_("state"))
    def state(self, wallet: ColdWallet) -> SafeString:
        return (
            formats.badge(gettext("retired"))
            if wallet.retired_at
            else formats.badge(gettext("target"), "success")
        )

    @display(description=_("merchant"))
    def merchant_link(self, wallet: ColdWallet) -> str:
        return formats.link(wallet.merchant)

    @display(description=_("granted by"))
    def approved(self, wallet: ColdWallet) -> str:
        return formats.link(wallet.approval, wallet.approval.decided_by)

    @display(description=_("since"))
    def created(self, wallet: ColdWallet) -> str:
        return formats.moment(wallet.created_at, wallet.merchant.time_zone)

    @display(description=_("retired"))
    def retired(self, wallet: ColdWallet) -> str:
        return formats.moment(wallet.retired_at, wallet.merchant.time_zone)


def _stops(form: ProposalForm) -> list[str]:
    """Asked before the transaction of the act."""
    nodes = WalletNodes(clock=timezone.now)
    found = address_checks.findings(form.cleaned_data["address"], nodes=nodes, is_target=True)
    return [finding.text for finding in found if finding.is_stop]
