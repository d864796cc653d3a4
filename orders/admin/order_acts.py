"""What staff may do with an order: each act checks its permission, calls one service and says what came of it."""

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.admin import acts, badges, formats, limits, order_page
from orders.admin.base import BackOfficeAdmin, staff
from orders.admin.guard import demand
from orders.models import Approval, ApprovalStatus, Asset, Order
from orders.models.checks import check_printable
from orders.services import approvals, placing, queue, resolving
from orders.states import OrderAct

TXID = re.compile(r"[0-9a-f]{64}", re.ASCII)


class ReasonForm(acts.ActForm):
    reason = forms.CharField(max_length=200, validators=[check_printable], label=_("Reason"))


class DecisionForm(ReasonForm):
    """What became of an order in doubt. A transaction is the evidence that it was executed."""

    executed = forms.TypedChoiceField(
        choices=[("yes", _("it was executed")), ("no", _("it was not executed"))],
        coerce=lambda word: word == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
        label=_("Decision"),
    )
    txid = forms.CharField(
        max_length=66,
        required=False,
        label=_("Transaction hash"),
        help_text=_("Evidence, needed when it was executed."),
    )
    field_order = ["executed", "txid", "reason"]

    def clean_txid(self) -> str:
        txid = str(self.cleaned_data["txid"]).lower().removeprefix("0x")
        if txid and not TXID.fullmatch(txid):
            raise ValidationError(gettext("A transaction hash has 64 hexadecimal digits."))
        return txid

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("executed") and not cleaned.get("txid") and "txid" not in self.errors:
            self.add_error("txid", gettext("The hash of the transaction is needed as evidence."))
        return cleaned


def run(admin: BackOfficeAdmin, request: HttpRequest, pk: int, name: str) -> HttpResponse:
    if name not in ACTS:
        raise Http404
    return ACTS[name](admin, request, order_page.find(admin, request, pk))


def _facts(order: Order) -> list[tuple[str, object]]:
    price = formats.trx(order.price_sun) if order.amount_micro is None else formats.usdt(order.amount_micro)
    return [
        (gettext("Order"), order.number),
        (gettext("Merchant"), order.merchant),
        (gettext("Status"), badges.state(order)),
        (gettext("Price or amount"), price),
    ]


def _cancel(admin: BackOfficeAdmin, request: HttpRequest, order: Order) -> HttpResponse:
    demand(request, "orders.change_order")
    form = ReasonForm(request.POST or None)

    def cancel() -> acts.Told:
        reason = form.cleaned_data["reason"]
        if not placing.cancel(order, user=staff(request), reason=reason, now=timezone.now()):
            raise ValidationError(
                _("It has moved on: only an order of which nothing was sent can be cancelled.")
            )
        return acts.Told(gettext("The order is cancelled and its money released."))

    act = acts.Act(
        title=gettext("Cancel the order"),
        button=gettext("Cancel the order"),
        facts=_facts(order),
        is_danger=True,
    )
    return acts.page(admin, request, order, form, act, cancel)


def _look_up(admin: BackOfficeAdmin, request: HttpRequest, order: Order) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    demand(request, "orders.add_order")
    queue.enqueue("orders.tasks.advance", order.pk)
    messages.success(request, gettext("A worker looks into it now."))
    return HttpResponseRedirect(formats.page_of(order))


def _decide(admin: BackOfficeAdmin, request: HttpRequest, order: Order) -> HttpResponse:
    """At once, or as a proposal that another person grants."""
    user = staff(request)
    if not (user.has_perm("orders.resolve_order") or user.has_perm("orders.add_order")):
        raise PermissionDenied
    alone = user.has_perm("orders.resolve_order") and not approvals.needs_approval(order)
    form = DecisionForm(request.POST or None)

    def decide() -> acts.Told:
        given = {name: form.cleaned_data[name] for name in ("executed", "txid", "reason")}
        if alone:
            resolving.resolve(order, **given, user=user, now=timezone.now())
            return acts.Told(gettext("The order is decided."))
        if Approval.objects.filter(order=order, status=ApprovalStatus.PENDING).exists():
            raise ValidationError(_("A decision was proposed already and waits for another person."))
        approvals.propose_resolve(order, **given, user=user, now=timezone.now())
        return acts.Told(gettext("Your decision is proposed. Another person must grant it."))

    verb = gettext("Decide") if alone else gettext("Propose a decision")
    act = acts.Act(title=verb, button=verb, note=_note(order, alone), facts=_facts(order), is_danger=alone)
    return acts.page(admin, request, order, form, act, decide)


def _note(order: Order, alone: bool) -> str:
    effect = gettext(
        "Executed: the order succeeds and is charged. Not executed: it fails and the money is released."
    )
    step = gettext("This is final.") if alone else gettext("Another person must grant it first.")
    return f"{effect} {step} {limits.second_person(Asset.USDT if order.is_payment else Asset.TRX)}"


ACTS: dict[str, Callable[[BackOfficeAdmin, HttpRequest, Order], HttpResponse]] = {
    OrderAct.CANCEL: _cancel,
    OrderAct.LOOK_UP: _look_up,
    OrderAct.DECIDE: _decide,
}
