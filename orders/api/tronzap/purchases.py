"""What calculate and transaction/new both ask for, checked alike, so that what has a price can be bought at it."""

from collections.abc import Mapping
from dataclasses import replace

from orders.api.tronzap import sold
from orders.api.tronzap.gate import Call, Refused
from orders.api.tronzap.parameters import bad_amount
from orders.forms import ORDER_FORMS, OrderForm
from orders.models import Dialect
from orders.services import placing
from orders.services.chain_facts import Facts
from orders.services.placing import OrderRefused, OrderSpec
from providers.base import Kind
from providers.tronzap.wire import SERVICES, Code, PriceList
from providers.tronzap.wire.purchases import RESOURCES

REFUSALS = {
    "merchant_disabled": Code.AUTH,
    "no_rate": Code.SERVICE_UNAVAILABLE,
    "insufficient_funds": Code.INSUFFICIENT_FUNDS,
}


def resources_of(kind: Kind) -> tuple[str, ...]:
    return RESOURCES[SERVICES[kind]]


def resource_spec(
    call: Call, prices: PriceList, kind: Kind, *, address: str, amounts: Mapping[str, int], hours: int
) -> OrderSpec:
    """A sold purchase of resources, without activation. `amounts` may name others than `kind` sells, at 0."""
    resources = resources_of(kind)
    for resource, amount in amounts.items():
        if amount and resource not in resources:
            text = f"This service sells no {resource}, resource_bundle does"
            raise Refused(Code.INVALID_SERVICE_OR_PARAMS, text=text)
    wanted = {resource: amounts.get(resource, 0) for resource in resources}
    sold.check_amounts(prices, wanted, hours)
    return spec(call, kind, {"address": address, "duration_hours": hours, **wanted})


def spec(call: Call, kind: Kind, fields: Mapping[str, object]) -> OrderSpec:
    """Through the form that staff use too."""
    form = ORDER_FORMS[kind](fields, merchant=call.merchant, now=call.now)
    if not form.is_valid():
        raise _refused(form)
    return replace(form.spec(), dialect=Dialect.TRONZAP)


def _refused(form: OrderForm) -> Refused:
    field = next(iter(form.errors))
    match field:
        case "address":
            return Refused(Code.INVALID_TRON_ADDRESS)
        case "duration_hours":
            return Refused(Code.INVALID_DURATION, "duration")
        case "energy" | "bandwidth":
            return bad_amount(field)
        case _:
            return Refused(Code.INVALID_SERVICE_OR_PARAMS)


def quote_sun(call: Call, spec: OrderSpec, facts: Facts) -> int:
    """What placing it would hold."""
    try:
        return placing.quote(call.merchant, spec, facts).total_sun
    except OrderRefused as refused:
        raise translated(refused) from refused


def translated(refused: OrderRefused) -> Refused:
    return Refused(REFUSALS.get(refused.code, Code.INVALID_SERVICE_OR_PARAMS))
