"""POST order and order/collect-manual (specs/itrx.md 3.3, 3.4)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from orders.api.itrx import parameters, presentation, refusals, tariffs
from orders.api.itrx.access import Signed, signer
from orders.api.itrx.parameters import CollectOrderForm, EnergyOrderForm
from orders.models import CallbackFormat, Dialect, Order, OrderKind
from orders.services import chain_facts, placing
from orders.services.chain_facts import Facts
from orders.services.placing import OrderRefused, OrderSpec
from providers.itrx import wire


def order(request: HttpRequest, now: datetime) -> dict[str, Any]:
    signed = signer(request, now=now)
    spec = _spec(EnergyOrderForm, signed, now=now)
    if spec.activate:
        facts = chain_facts.facts(spec.address, now=now)
        # An active address is not activated again, nor is that charged.
        spec = replace(spec, activate=facts.is_active is not True)
    else:
        facts = chain_facts.known_facts(spec.address)
        if facts.is_active is False and not Order.objects.filter(unique_key=spec.unique_key).exists():
            raise refusals.detail(f"{spec.address} {wire.INACTIVE_ADDRESS}")
    return _place(signed, spec, facts, now=now)


def collect(request: HttpRequest, now: datetime) -> dict[str, Any]:
    signed = signer(request, now=now)
    spec = _spec(CollectOrderForm, signed, now=now)
    facts = placing.facts_for(spec, now=now)
    return _place(signed, spec, facts, now=now)


def _spec(
    form_class: type[CollectOrderForm | EnergyOrderForm], signed: Signed, *, now: datetime
) -> OrderSpec:
    """The order's own callback URL, else the merchant's default, else no callback. Raises Refused."""
    names = form_class.names
    data: dict[str, Any] = parameters.data(names, signed.parameters)
    credential = signed.caller.credential
    if data["callback_url"] or signed.merchant.default_callback_url:
        data["callback_format"] = CallbackFormat.ITRX
    form = form_class(data, merchant=signed.merchant, now=now, credential=credential)
    parameters.check(form, names, signed.parameters)
    return replace(
        form.spec(),
        dialect=Dialect.ITRX,
        credential=credential,
        request=parameters.given(names, signed.parameters),
        unique_key=signed.once,
    )


def _place(signed: Signed, spec: OrderSpec, facts: Facts, *, now: datetime) -> dict[str, Any]:
    """The same request again gets the answer of the order it has placed."""
    try:
        placed, _ = placing.place_order(signed.merchant, spec, facts, now=now)
    except OrderRefused as error:
        raise _refused(error, signed, spec) from error
    scene = placing.executed_scene(placed) if placed.kind == OrderKind.COLLECT else None
    return presentation.placed(placed, scene=scene)


def _refused(error: OrderRefused, signed: Signed, spec: OrderSpec) -> refusals.Refused:
    match error.code:
        case "insufficient_funds":
            return refusals.detail(str(error))
        case "merchant_disabled":
            return refusals.detail(wire.UNKNOWN_KEY)
        case "no_rate" if error.field == "energy" and spec.energy:
            return tariffs.not_sold(signed.merchant, spec.energy, signed.parameters.get("period"))
        case _:
            return refusals.failed(str(error))
