"""Placing an order by hand: one page per kind, with the merchant's balance and a price that follows the form."""

import secrets
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from orders.admin import order_quote, order_widgets
from orders.admin.base import BackOfficeAdmin, staff
from orders.admin.formats import page_of
from orders.admin.guard import demand, narrow
from orders.fields import RowField
from orders.forms import ORDER_FORMS, OrderForm
from orders.models import Merchant, Order, OrderKind
from orders.services import placing, routing

KIND_TABS = [(value, capfirst(label)) for value, label in OrderKind.choices]
CALLBACK_FIELDS = ("callback_format", "callback_url", "credential")
REFERENCE_FIELDS = ("external_id", "watcher", "account_choice")


class MerchantForm(forms.Form):
    merchant = RowField(
        Merchant.objects.filter(enabled=True),
        empty_label=_("choose a merchant"),
        widget=UnfoldAdminSelectWidget,
        error_messages={"invalid_choice": _("There is no such merchant, or it is disabled.")},
        label=_("Merchant"),
    )


def new_order(model_admin: BackOfficeAdmin, request: HttpRequest) -> HttpResponse:
    demand(request, "orders.add_order")
    given = request.POST if request.method == "POST" else request.GET
    kind = _kind(given.get("kind", ""))
    chooser = MerchantForm(given if "merchant" in given else None)
    narrow(chooser, staff(request))
    merchant = _merchant(chooser)
    if merchant is None:
        return _page(model_admin, request, kind, chooser)
    form = _form(kind, merchant, request)
    if request.method == "POST" and form.is_valid():
        order = _place(request, merchant, form, chooser)
        if order is not None:
            return HttpResponseRedirect(page_of(order))
    return _page(model_admin, request, kind, chooser, merchant, form)


def price_preview(request: HttpRequest) -> HttpResponse:
    """A fragment: what the form as it stands would cost. Nothing is stored."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    demand(request, "orders.add_order")
    chooser = MerchantForm(request.POST)
    narrow(chooser, staff(request))
    merchant = _merchant(chooser)
    if merchant is None:
        return HttpResponse(gettext("Choose a merchant."), status=400, content_type="text/plain")
    form = _form(_kind(request.POST.get("kind", "")), merchant, request)
    context = order_quote.context(merchant, form, now=timezone.now())
    return TemplateResponse(request, "admin/orders/order/quote.html", context)


def _kind(name: str) -> OrderKind:
    return OrderKind(name) if name in OrderKind.values else OrderKind.COLLECT


def _merchant(chooser: MerchantForm) -> Merchant | None:
    return chooser.cleaned_data["merchant"] if chooser.is_valid() else None


def _form(kind: OrderKind, merchant: Merchant, request: HttpRequest) -> OrderForm:
    """Bound to a POST; on a GET prefilled from the address line."""
    now = timezone.now()
    given = {name: value for name, value in request.GET.items() if name in ORDER_FORMS[kind].base_fields}
    initial = order_widgets.initial(kind, merchant, now=now) | given
    form = ORDER_FORMS[kind](
        request.POST if request.method == "POST" else None,
        merchant=merchant,
        now=now,
        accounts=routing.supporting(kind),
        initial=initial | {"submit_token": secrets.token_urlsafe(24)},
    )
    order_widgets.fit(form, merchant, now=now)
    return form


def _place(request: HttpRequest, merchant: Merchant, form: OrderForm, chooser: MerchantForm) -> Order | None:
    """None when it is refused; the form then says why. Chain facts are read before any transaction."""
    now, spec = timezone.now(), form.spec()
    facts = placing.facts_for(spec, now=now)
    try:
        order, is_new = placing.place_order(merchant, spec, facts, now=now, user=staff(request))
    except placing.OrderRefused as error:
        if error.field == "merchant":
            chooser.add_error("merchant", str(error))
        else:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        return None
    if is_new:
        messages.success(request, gettext("Order %(number)s is placed.") % {"number": order.number})
    else:
        messages.warning(
            request,
            gettext("This form was sent before and made order %(number)s; nothing was placed twice.")
            % {"number": order.number},
        )
    return order


def _page(
    model_admin: BackOfficeAdmin,
    request: HttpRequest,
    kind: OrderKind,
    chooser: MerchantForm,
    merchant: Merchant | None = None,
    form: OrderForm | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": gettext("New order: %(kind)s") % {"kind": kind.label},
        "kinds": KIND_TABS,
        "kind": kind,
        "chooser": chooser,
        "merchant": merchant,
        "form": form,
        "quote_url": reverse("admin:orders_order_quote"),
    }
    if merchant is not None and form is not None:
        context |= _sections(form) | {"funds": order_quote.funds(merchant)}
    return TemplateResponse(request, "admin/orders/order/new.html", context)


def _sections(form: OrderForm) -> dict[str, Any]:
    """The form's fields by what they are about."""
    apart = {*CALLBACK_FIELDS, *REFERENCE_FIELDS, "submit_token"}
    return {
        "kind_fields": [form[name] for name in form.fields if name not in apart],
        "callback_fields": [form[name] for name in CALLBACK_FIELDS if name in form.fields],
        "reference_fields": [form[name] for name in REFERENCE_FIELDS if name in form.fields],
        "can_call_back": order_widgets.can_call_back(form),
        "callback_dialect": order_widgets.callback_dialect(form).label,
    }
