"""Adjusting a merchant's account, or asking another person to."""

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.admin import acts, formats, limits
from orders.admin.base import BackOfficeAdmin, staff
from orders.fields import UnitsField
from orders.models import Asset, Merchant
from orders.models.checks import check_printable
from orders.services import approvals, ledger

CREDIT, DEBIT = "credit", "debit"


class AdjustmentForm(acts.ActForm):
    side = forms.ChoiceField(
        label=gettext_lazy("Direction"),
        choices=[
            (CREDIT, gettext_lazy("credit: the merchant gets it")),
            (DEBIT, gettext_lazy("debit: the merchant loses it")),
        ],
        widget=forms.RadioSelect,
    )
    asset = forms.ChoiceField(
        label=gettext_lazy("Account"),
        choices=[
            (Asset.TRX, gettext_lazy("available, TRX")),
            (Asset.USDT, gettext_lazy("deposits, USDT")),
        ],
    )
    amount = UnitsField(
        is_typed=True,
        most=ledger.MOST_ADJUSTMENT,
        label=gettext_lazy("Amount"),
        help_text=gettext_lazy("Such as 100 or 12.5"),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=150,
        validators=[check_printable],
        help_text=gettext_lazy("It stands in the ledger and on the merchant's statement."),
    )

    @property
    def signed(self) -> int:
        amount: int = self.cleaned_data["amount"]
        return amount if self.cleaned_data["side"] == CREDIT else -amount


def adjust(admin: BackOfficeAdmin, request: HttpRequest, merchant: Merchant) -> HttpResponse:
    user = staff(request)
    may_book = user.has_perm("orders.adjust")
    if not may_book and not user.has_perm("orders.propose_adjustment"):
        raise PermissionDenied
    form = AdjustmentForm(request.POST or None)

    def run() -> acts.Told:
        asset = Asset(form.cleaned_data["asset"])
        try:
            approval = approvals.adjust(
                merchant,
                asset=asset,
                amount=form.signed,
                reason=form.cleaned_data["reason"],
                may_book=may_book,
                user=user,
                now=timezone.now(),
            )
        except ledger.InsufficientFunds as error:
            has = {"available": formats.digits(error.available), "asset": asset}
            raise ValidationError(_("The merchant has only %(available)s %(asset)s.") % has) from error
        if approval is not None:
            return acts.Told(_("Asked for. Another person must grant it."), formats.page_of(approval))
        told = {"amount": formats.digits(form.signed), "asset": asset, "merchant": merchant}
        return acts.Told(_("Adjusted by %(amount)s %(asset)s: %(merchant)s.") % told)

    return acts.page(admin, request, merchant, form, _act(merchant, may_book), run)


def _act(merchant: Merchant, may_book: bool) -> acts.Act:
    if may_book:
        above = {"trx": limits.amount(Asset.TRX), "usdt": limits.amount(Asset.USDT)}
        note = _("Booked at once. Above %(trx)s or %(usdt)s another administrator must grant it.") % above
    else:
        note = _("An administrator must grant it before anything is booked.")
    return acts.Act(
        title=_("Adjust an account") if may_book else _("Ask for an adjustment"),
        button=_("Adjust") if may_book else _("Ask for it"),
        note=note,
        facts=[
            (_("Merchant"), merchant),
            (_("Available"), formats.trx(ledger.available_sun(merchant))),
            (_("Deposits"), formats.usdt(ledger.deposits_micro(merchant))),
        ],
    )
