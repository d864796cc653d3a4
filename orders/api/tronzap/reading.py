"""The endpoints without effect (sections 3.1 to 3.5 and 3.8)."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse

from orders.api.tronzap import parameters, purchases, sold
from orders.api.tronzap.gate import Call, Refused, post_only, refusal, signed
from orders.models import Dialect
from orders.services import chain_facts, ledger, node_gate, tariffs
from orders.services.chain_facts import Facts
from orders.services.placing import OrderSpec
from providers.base import Kind
from providers.tronzap import wire
from providers.tronzap.wire import Code, PriceList, results

USDT_CONTRACT = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
CALCULATED = {"energy": Kind.ENERGY, "bandwidth": Kind.BANDWIDTH}


@signed
def services(call: Call) -> dict[str, Any]:
    return results.price_list(sold.price_list(call.merchant))


@signed
def balance(call: Call) -> dict[str, Any]:
    """The merchant's top-up address, but only while a node watches it: else TRX sent there would not be credited."""
    address = call.merchant.top_up_address if node_gate.has_node() else None
    return results.balance(ledger.available_sun(call.merchant), address or "")


@signed
def address_info(call: Call) -> dict[str, Any]:
    info = chain_facts.address_info(parameters.address(call.params), now=call.now)
    if info is None:
        raise Refused(Code.SERVICE_UNAVAILABLE)
    return results.address_info(info)


@signed
def estimate_energy(call: Call) -> dict[str, Any]:
    """For a purchase by the sender: the energy goes to its address, which must be active for that. Only of USDT is
    known who holds it; a transfer of another token is quoted as the dearer one."""
    given = dict(call.params)
    if wire.is_absent(given.get("contract_address")):
        given["contract_address"] = USDT_CONTRACT
    names = ("from_address", "to_address", "contract_address")
    echo = {name: parameters.address(given, name, sub_key=name) for name in names}
    sender, receiver = echo["from_address"], echo["to_address"]
    facts = chain_facts.facts_for_order(address=sender, to_address=receiver, now=call.now)
    holds_token = facts.holds_usdt if echo["contract_address"] == USDT_CONTRACT else None
    energy = tariffs.transfer_energy(to_address=receiver, holds_usdt=holds_token)
    spec = OrderSpec(
        kind=Kind.ENERGY, dialect=Dialect.TRONZAP, address=sender, energy=energy, duration_hours=1
    )
    return _offer(call, sold.price_list(call.merchant), spec, energy, facts) | echo


@signed
def calculate(call: Call) -> dict[str, Any]:
    kind = parameters.kind(call.params, "type", among=CALCULATED, default="energy")
    address = parameters.address(call.params)
    hours = parameters.duration_hours(call.params)
    prices = sold.price_list(call.merchant)
    sold.check_duration(prices, (kind.value,), hours)
    amount = parameters.count(call.params, "amount", kind.value)
    amount = amount or parameters.count(call.params, "energy", kind.value)  # the name of the oldest clients
    spec = purchases.resource_spec(
        call, prices, kind, address=address, amounts={kind.value: amount}, hours=hours
    )
    facts = chain_facts.facts(address, now=call.now)
    return {"address": address, "type": kind.value} | _offer(call, prices, spec, amount, facts)


def _offer(call: Call, prices: PriceList, spec: OrderSpec, amount: int, facts: Facts) -> dict[str, Any]:
    """`price` is what transaction/new charges without activate_address, `total` what it charges with it, if it may."""
    may_activate = facts.is_active is not True and prices.activation_sun is not None
    price_sun = purchases.quote_sun(call, spec, facts)
    total_sun = purchases.quote_sun(call, replace(spec, activate=may_activate), facts)
    return results.offer(
        amount,
        duration_hours=spec.duration_hours,
        price_sun=price_sun,
        activation_sun=total_sun - price_sun,
    )


@post_only
def direct_recharge_info(_request: HttpRequest) -> HttpResponse:
    """Public, so neither body nor signature is looked at. Not offered: TRX is credited by the address it was
    sent to, which is the merchant's own and told in `balance`."""
    return refusal(Code.SERVICE_UNAVAILABLE)


@signed
def not_offered(_call: Call) -> dict[str, Any]:
    """AML checks and subscriptions."""
    raise Refused(Code.SERVICE_UNAVAILABLE)
