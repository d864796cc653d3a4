"""Topping up a merchant, or asking another person to."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.admin import acts, formats, limits
from orders.admin.base import BackOfficeAdmin, staff
from orders.fields import UnitsField
from orders.models import Asset, Merchant
from orders.models.checks import check_printable
from orders.services import approvals, ledger


class TopUpForm(acts.ActForm):
    amount = UnitsField(
        is_typed=True, most=ledger.MOST_TOP_UP_SUN, label=_("Amount, TRX"), help_text=_("Such as 100 or 12.5")
    )
    reason = forms.CharField(
        max_length=150,
        validators=[check_printable],
        help_text=_("Such as the merchant's payment reference"),
        label=_("Reason"),
    )


def top_up(admin: BackOfficeAdmin, request: HttpRequest, merchant: Merchant) -> HttpResponse:
    user = staff(request)
    may_book = user.has_perm("orders.top_up")
    if not may_book and not user.has_perm("orders.propose_top_up"):
        raise PermissionDenied
    form = TopUpForm(request.POST or None)

    def run() -> acts.Told:
        amount_sun = form.cleaned_data["amount"]
        approval = approvals.top_up(
            merchant,
            amount_sun=amount_sun,
            reason=form.cleaned_data["reason"],
            may_book=may_book,
            user=user,
            now=timezone.now(),
        )
        if approval is None:
            return acts.Told(
                gettext("%(amount_sun)s TRX booked to %(merchant)s.")
                % {"amount_sun": formats.digits(amount_sun), "merchant": merchant}
            )
        return acts.Told(gettext("Asked for. Another person must grant it."), formats.page_of(approval))

    return acts.page(admin, request, merchant, form, _act(merchant, may_book), run)


def _act(merchant: Merchant, may_book: bool) -> acts.Act:
    if may_book:
        note = gettext("Booked at once. Above %(limit)s another administrator must grant it.") % {
            "limit": limits.amount(Asset.TRX)
        }
    else:
        note = gettext("An administrator must grant it before anything is booked.")
    return acts.Act(
        title=gettext("Top up") if may_book else gettext("Ask for a top-up"),
        button=gettext("Top up") if may_book else gettext("Ask for it"),
        note=note,
        facts=[
            (gettext("Merchant"), merchant),
            (gettext("Available now"), formats.trx(ledger.available_sun(merchant))),
        ],
    )
