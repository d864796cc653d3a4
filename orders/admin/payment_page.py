"""One payment: what it was meant for, attaching it to an order, dismissing it; and the sums of all of them."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.admin import acts, badges, detail, formats, limits
from orders.admin.base import BackOfficeAdmin, staff
from orders.admin.guard import demand, demand_all_merchants
from orders.admin.order_acts import ReasonForm
from orders.admin.order_search import by_number
from orders.models import Asset, Merchant, Order, Payment, PaymentStatus
from orders.sentences import read
from orders.services import approvals, attaching, candidates, reckoning, reversing, settlement
from providers.base import PAYMENT_KINDS


class AttachForm(ReasonForm):
    order = forms.CharField(max_length=32, label=gettext_lazy("Order number"))
    field_order = ["order", "reason"]

    def __init__(self, data: Any = None, *, user: User, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self._orders = Order.objects.visible_to(user).filter(kind__in=PAYMENT_KINDS)

    def clean_order(self) -> Order:
        number = by_number(self.cleaned_data["order"])
        order = self._orders.select_related("merchant").filter(number).first() if number else None
        if order is None:
            raise ValidationError(_("There is no payment order of this number."))
        return order


def merchant(payment: Payment) -> Merchant | None:
    """In whose wallet it is, or whose order it was paid or reported for."""
    order = payment.order or payment.hinted_order
    return payment.merchant or (order.merchant if order else None)


def zone(payment: Payment) -> str:
    owner = merchant(payment)
    return owner.time_zone if owner else ""


def show(admin: BackOfficeAdmin, request: HttpRequest, payment: Payment) -> TemplateResponse:
    now, user = timezone.now(), staff(request)
    waits = payment.status == PaymentStatus.UNMATCHED
    proposal = approvals.pending_for(payment, now=now)
    is_attached = payment.order is not None and payment.decided_by_id is not None
    return detail.page(
        admin,
        request,
        "admin/orders/payment/page.html",
        payment,
        payment=payment,
        merchant=merchant(payment),
        zone=zone(payment),
        age=formats.age(payment.paid_at, now),
        waits=waits,
        likely=_likely(payment, user) if waits else [],
        proposal=proposal,
        may_attach=waits and proposal is None and user.has_perm("orders.attach_payment"),
        may_reverse=is_attached and proposal is None and user.has_perm("orders.attach_payment"),
        may_dismiss=waits and user.has_perm("orders.dismiss_payment"),
    )


def _likely(payment: Payment, user: User) -> list[tuple[candidates.Likely, bool]]:
    """Candidates, and whether each could be attached."""
    likely = candidates.ranked(payment)
    orders = Order.objects.visible_to(user).filter(pk__in=[each.order.pk for each in likely])
    seen = set(orders.values_list("pk", flat=True))
    return [(each, _is_attachable(payment, each.order)) for each in likely if each.order.pk in seen]


def _is_attachable(payment: Payment, order: Order) -> bool:
    try:
        attaching.check(payment, order)
    except attaching.NotAttachable:
        return False
    return True


def _facts(payment: Payment) -> list[tuple[str, object]]:
    return [
        (_("Transaction"), badges.chain_hash(payment.txid)),
        (_("Amount"), formats.money(payment.amount_micro, payment.asset)),
        (_("Paid to"), payment.address),
        (_("Block time"), formats.moment(payment.paid_at, zone(payment))),
        (_("Why it is here"), read(payment.reason)),
    ]


def attach(admin: BackOfficeAdmin, request: HttpRequest, payment: Payment) -> HttpResponse:
    """At once, or above the limit as a proposal that another person grants."""
    demand(request, "orders.attach_payment")
    initial = {"order": request.GET.get("order", "")[:32]}
    form = AttachForm(request.POST or None, user=staff(request), initial=initial)

    def run() -> acts.Told:
        order, reason = form.cleaned_data["order"], form.cleaned_data["reason"]
        asked = approvals.attach(payment, order, reason=reason, user=staff(request), now=timezone.now())
        if asked is not None:
            return acts.Told(_("Above the limit another person must grant it: it is proposed."))
        return acts.Told(_("The payment is attached; the order has succeeded."), formats.page_of(order))

    act = acts.Act(
        title=_("Attach the payment to an order"),
        button=_("Attach"),
        note=_(
            "The order succeeds with this payment, whatever its amount and time, and the merchant is told at once. "
            "It can be taken back, but what the merchant was told can't."
        )
        + f" {limits.second_person(Asset.USDT)}",
        facts=_facts(payment),
    )
    return acts.page(admin, request, payment, form, act, run)


def dismiss(admin: BackOfficeAdmin, request: HttpRequest, payment: Payment) -> HttpResponse:
    demand(request, "orders.dismiss_payment")
    form = ReasonForm(request.POST or None)

    def run() -> acts.Told:
        reason = form.cleaned_data["reason"]
        if not settlement.dismiss(payment, reason=reason, user=staff(request), now=timezone.now()):
            raise ValidationError(gettext_lazy("It is not in the queue any more."))
        return acts.Told(_("The payment is dismissed."))

    act = acts.Act(
        title=_("Dismiss the payment"),
        button=_("Dismiss"),
        note=_("It leaves the queue and settles no order. The money itself does not move."),
        facts=[*_facts(payment), (_("Reported for"), formats.link(payment.hinted_order))],
        is_danger=True,
    )
    return acts.page(admin, request, payment, form, act, run)


def reverse(admin: BackOfficeAdmin, request: HttpRequest, payment: Payment) -> HttpResponse:
    """At once, or as a proposal that another person grants."""
    demand(request, "orders.attach_payment")
    form = ReasonForm(request.POST or None)

    def run() -> acts.Told:
        reason = form.cleaned_data["reason"]
        if approvals.reverse(payment, reason=reason, user=staff(request), now=timezone.now()) is not None:
            return acts.Told(_("Another person must grant it: it is proposed."))
        return acts.Told(_("The payment is back in the queue; the order has failed and cost nothing."))

    act = acts.Act(
        title=_("Take the payment back"),
        button=_("Take back"),
        note=f"{_what_reversing_does()} {_what_the_merchant_knows(payment.order)}",
        facts=[
            *_facts(payment),
            (_("Attached to"), formats.link(payment.order)),
            (_("Attached by"), payment.decided_by or formats.NOTHING),
        ],
        is_danger=True,
    )
    return acts.page(admin, request, payment, form, act, run)


def _what_reversing_does() -> str:
    return _(
        "The payment returns to the queue, where it can be attached to the right order. This order fails, and its fee "
        "is paid back."
    )


def _what_the_merchant_knows(order: Order | None) -> str:
    if order is not None and reversing.may_be_known(order):
        return _(
            "The merchant may have been told that the order is paid, so another person must grant it. A merchant who "
            "is told of failures is told of this one; call any other."
        )
    untold = _("No callback has told the merchant of the payment yet, and none will.")
    return f"{untold} {limits.second_person(Asset.USDT)}"


def sums(admin: BackOfficeAdmin, request: HttpRequest) -> HttpResponse:
    """received = matched + unmatched + dismissed + credited, and what we hold of it against the books."""
    demand(request, "orders.view_payment")
    demand_all_merchants(request)
    context: dict[str, Any] = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "title": _("Sums of payments"),
        "arrived": reckoning.arrived(),
        "in_books": reckoning.in_books(),
    }
    return TemplateResponse(request, "admin/orders/payment/sums.html", context)
