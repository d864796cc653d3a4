"""Topping up a merchant, or asking another person to."""

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from orders.admin import acts, formats
from orders.admin.base import BackOfficeAdmin, staff
from orders.fields import UnitsField
from orders.models import Merchant
from orders.models.checks import check_printable
from orders.services import approvals, ledger


class TopUpForm(acts.ActForm):
    amount = UnitsField(most=ledger.MOST_TOP_UP_SUN, label="Amount, TRX", help_text="Such as 100 or 12.5")
    reason = forms.CharField(
        max_length=150, validators=[check_printable], help_text="Such as the merchant's payment reference"
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
            return acts.Told(f"{formats.digits(amount_sun)} TRX booked to {merchant}.")
        return acts.Told("Asked for. Another person must grant it.", formats.page_of(approval))

    return acts.page(admin, request, merchant, form, _act(merchant, may_book), run)


def _act(merchant: Merchant, may_book: bool) -> acts.Act:
    limit = f"{formats.digits(settings.APPROVAL_LIMIT_SUN)} TRX"
    if may_book:
        note = f"Booked at once. Above {limit} another administrator must grant it."
    else:
        note = "An administrator must grant it before anything is booked."
    return acts.Act(
        title="Top up" if may_book else "Ask for a top-up",
        button="Top up" if may_book else "Ask for it",
        note=note,
        facts=[("Merchant", merchant), ("Available now", formats.trx(ledger.available_sun(merchant)))],
    )
