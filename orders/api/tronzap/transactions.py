"""POST /v1/transaction/new and /check (sections 3.6 and 3.7)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet

from orders.api.tronzap import parameters, presentation, purchases, sold
from orders.api.tronzap.gate import Call, Refused, signed
from orders.models import Dialect, Merchant, Order, Source
from orders.services import chain_facts
from orders.services.chain_facts import Facts
from orders.services.placing import OrderRefused, OrderSpec, place_order
from providers.base import Kind
from providers.tronzap import wire
from providers.tronzap.wire import Code


@signed
def create(call: Call) -> dict[str, Any]:
    """Checks in the order of section 4: service and parameters, address, duration, amount, 35, 24 or 25, funds."""
    kind = parameters.kind(call.params, "service")
    params = parameters.purchase_params(call.params)
    external_id = parameters.identifier(call.params, "external_id")
    unique_key = _unique_key(call.merchant, external_id)
    wants_activation = parameters.flag(params, "activate_address")
    if kind is Kind.ACTIVATION:
        spec, echo = _activation(call, params)
    else:
        spec, echo = _resources(call, kind, params)
    if "activate_address" in params and kind is not Kind.ACTIVATION:
        echo["activate_address"] = wants_activation
    facts = _facts(call, spec, wants_activation=wants_activation)
    spec = replace(
        spec,
        activate=wants_activation and kind is not Kind.ACTIVATION and facts.is_active is not True,
        external_id=external_id,
        unique_key=unique_key,
        credential=call.caller.credential,
        request={"service": wire.SERVICES[kind], "params": echo, "external_id": external_id},
    )
    return presentation.transaction(_placed(call, spec, facts), [])


def _activation(call: Call, params: Mapping[str, Any]) -> tuple[OrderSpec, dict[str, Any]]:
    address = parameters.address(params)
    if sold.price_list(call.merchant).activation_sun is None:
        raise Refused(Code.SERVICE_UNAVAILABLE)
    return purchases.spec(call, Kind.ACTIVATION, {"address": address}), {"address": address}


def _resources(call: Call, kind: Kind, params: Mapping[str, Any]) -> tuple[OrderSpec, dict[str, Any]]:
    address = parameters.address(params)
    hours = parameters.duration_hours(params)
    prices = sold.price_list(call.merchant)
    resources = purchases.resources_of(kind)
    sold.check_duration(prices, resources, hours)
    fields = parameters.amount_fields(params, resources[0])
    energy, bandwidth = wire.resolve_amounts(fields, wire.SERVICES[kind])
    amounts = {"energy": energy, "bandwidth": bandwidth}
    spec = purchases.resource_spec(call, prices, kind, address=address, amounts=amounts, hours=hours)
    return spec, {"address": address, **fields, "duration": hours}


def _facts(call: Call, spec: OrderSpec, *, wants_activation: bool) -> Facts:
    """The chain is asked only where its answer decides about a fee; else what was read lately has to do."""
    if not wants_activation and spec.kind is not Kind.ACTIVATION:
        facts = chain_facts.known_facts(spec.address)
        if facts.is_active is False:
            raise Refused(Code.ADDRESS_NOT_ACTIVATED)
        return facts
    facts = chain_facts.facts(spec.address, now=call.now)
    if spec.kind is Kind.ACTIVATION and facts.is_active:
        raise Refused(Code.ADDRESS_ALREADY_ACTIVATED)
    return facts


def _unique_key(merchant: Merchant, external_id: str) -> str | None:
    """Where the merchant has external ids used once only; else each post is an order. The key decides a race, the
    look before it finds what was placed before the switch was turned on."""
    if not external_id or not merchant.unique_external_id:
        return None
    if _orders(merchant).filter(external_id=external_id).exists():
        raise _used_before()
    return f"tronzap:{merchant.pk}:{external_id}"


def _used_before() -> Refused:
    return Refused(Code.INVALID_SERVICE_OR_PARAMS, "external_id", "This external_id was used before")


def _placed(call: Call, spec: OrderSpec, facts: Facts) -> Order:
    try:
        order, is_new = place_order(call.merchant, spec, facts, now=call.now)
    except OrderRefused as refused:
        raise purchases.translated(refused) from refused
    if not is_new:
        raise _used_before()
    return order


@signed
def check(call: Call) -> dict[str, Any]:
    """Both given: `id` decides; several orders share an external_id: the newest."""
    own_id = parameters.identifier(call.params, "id")
    external_id = parameters.identifier(call.params, "external_id")
    if not own_id and not external_id:
        raise Refused(Code.INVALID_SERVICE_OR_PARAMS, "id", "Either id or external_id is required")
    wanted = {"serial": own_id} if own_id else {"external_id": external_id}
    order = _orders(call.merchant).filter(**wanted).order_by("-id").first()
    if order is None:
        raise Refused(Code.NOT_FOUND, "transaction", "Transaction not found")
    return presentation.transaction(order, list(order.attempts.all()))


def _orders(merchant: Merchant) -> QuerySet[Order]:
    return Order.objects.filter(merchant=merchant, dialect=Dialect.TRONZAP, source=Source.API)
