"""GET index-data and order/price (specs/itrx.md 3.1, 3.2). Prices are those that an order is held to."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from orders.api.itrx import parameters, tariffs
from orders.api.itrx.access import key_holder, key_holder_if_any
from orders.api.itrx.parameters import PriceForm
from orders.models import Dialect
from orders.pricing import Part
from orders.services import chain_facts, ledger, placing
from orders.services import tariffs as sold
from orders.services.placing import OrderRefused, OrderSpec
from providers.base import Kind


def index_data(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """Everybody sees the general prices; a key its own, and its balance."""
    caller = key_holder_if_any(request, now=now)
    merchant = caller.merchant if caller else None
    figures = tariffs.public_figures(sold.rates_for(merchant, Dialect.ITRX))
    return figures | ({"balance": ledger.available_sun(merchant)} if merchant else {})


def price(request: HttpRequest, now: datetime) -> dict[str, Any]:
    merchant = key_holder(request, now=now).merchant
    form = PriceForm(parameters.data(PriceForm.names, request.GET))
    parameters.check(form, PriceForm.names, request.GET)
    hours: int = form.cleaned_data["period"]
    energy: int = form.cleaned_data["energy_amount"] or _transfer_energy(form.cleaned_data["to_address"], now)
    wanted = OrderSpec(
        kind=Kind.ENERGY, dialect=Dialect.ITRX, address="", energy=energy, duration_hours=hours
    )
    try:
        quote = placing.quote(merchant, wanted, chain_facts.UNKNOWN)
    except OrderRefused as error:
        raise tariffs.not_sold(merchant, energy, request.GET.get("period")) from error
    parts = dict(quote.parts)
    return {
        "period": request.GET["period"],
        "energy_amount": energy,
        "price": parts[Part.ENERGY] // (energy * max(1, hours // 24)),
        "total_price": quote.total_sun,
        "addition": parts.get(Part.SMALL_ORDER, 0),
    }


def _transfer_energy(to_address: str, now: datetime) -> int:
    """Of one USDT transfer to that address; the dearer where nobody knows whether it holds USDT."""
    facts = chain_facts.facts(to_address, now=now)
    return sold.transfer_energy(to_address=to_address, holds_usdt=facts.holds_usdt)
