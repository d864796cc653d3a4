"""transaction/new and the transaction object (spec sections 3.6, 3.7 and 5)."""

from collections.abc import Mapping
from typing import Any

from providers.base import Kind, Progress, ResourceRequest, State
from providers.tronzap.wire.values import (
    Unreadable,
    is_absent,
    read_count,
    read_object,
    read_sun,
    read_text,
)

# A collect order buys the energy for its transfer; TronZap has no service of that name.
SERVICES: dict[Kind, str] = {
    Kind.COLLECT: "energy",
    Kind.ENERGY: "energy",
    Kind.BANDWIDTH: "bandwidth",
    Kind.BUNDLE: "resource_bundle",
    Kind.ACTIVATION: "activate_address",
}
# Which units a service sells, in the order in which SDKs write them.
RESOURCES: dict[str, tuple[str, ...]] = {
    "energy": ("energy",),
    "bandwidth": ("bandwidth",),
    "resource_bundle": ("energy", "bandwidth"),
    "activate_address": (),
}
STATES: dict[str, State] = {
    "new": State.PENDING,
    "pending": State.PENDING,
    "success": State.SUCCEEDED,
    "failed": State.FAILED,
}


def state_of(status: str) -> State:
    return STATES.get(status, State.PENDING)


def purchase_body(request: ResourceRequest) -> dict[str, Any]:
    """The recommended `amounts` form, as SDKs write it. Raises ValueError for what TronZap cannot sell."""
    if not request.request_id:
        raise ValueError("a purchase without a request id could not be looked up")
    amounts = requested_amounts(request)
    params: dict[str, Any] = {"address": request.address}
    if amounts:
        params |= {"amounts": amounts, "duration": _duration_hours(request)}
        if request.activate:
            params["activate_address"] = True
    return {"service": SERVICES[request.kind], "params": params, "external_id": request.request_id}


def requested_amounts(request: ResourceRequest) -> dict[str, int]:
    """Units by resource, {} for an activation. Raises ValueError for a kind or amount that is not sold."""
    if request.kind not in SERVICES:
        raise ValueError(f"TronZap sells no {request.kind}")
    wanted = {"energy": request.energy, "bandwidth": request.bandwidth}
    amounts = {resource: wanted[resource] for resource in RESOURCES[SERVICES[request.kind]]}
    for resource, amount in amounts.items():
        if amount <= 0:
            raise ValueError(f"a purchase of {resource} needs its amount")
    return amounts


def calculate_body(request: ResourceRequest, resource: str, amount: int) -> dict[str, Any]:
    body = {"address": request.address, "amount": amount, "duration": _duration_hours(request)}
    return body if resource == "energy" else body | {"type": resource}


def _duration_hours(request: ResourceRequest) -> int:
    return 1 if request.kind is Kind.COLLECT else request.duration_hours


def resolve_amounts(params: Mapping[str, Any], service: str = "energy") -> tuple[int, int]:
    """(energy, bandwidth) by the documented order: `amounts`, `amount`, `energy_amount`; 0 where not named.

    `service` only decides what a bare `amount` counts. Raises Unreadable, for negative amounts too.
    """
    amounts = read_object(params.get("amounts"))
    if amounts:
        return _count(amounts, "energy"), _count(amounts, "bandwidth")
    if not is_absent(params.get("amount")):
        amount = _count(params, "amount")
        return (0, amount) if service == "bandwidth" else (amount, 0)
    return _count(params, "energy_amount"), 0


def _count(params: Mapping[str, Any], name: str) -> int:
    value = params.get(name)
    return 0 if is_absent(value) else read_count(value)


def read_transaction(result: object) -> Progress:
    """Raises Unreadable. `energy` is None where none was bought; a refund is never reported by TronZap.

    `service` only tells what the bare `amount` of old rows counts: a bundle comes back as "energy" anyway.
    """
    transaction = read_object(result)
    params = read_object(transaction.get("params"))
    upstream_id, status = read_text(transaction.get("id")), read_text(transaction.get("status"))
    if not upstream_id or not status:
        raise Unreadable("a transaction without id or status")
    energy, _ = resolve_amounts(params, read_text(transaction.get("service")))
    amount = transaction.get("amount")
    return Progress(
        state=state_of(status),
        upstream_id=upstream_id,
        upstream_status=status,
        address=read_text(params.get("address")) or None,
        energy=energy or None,
        cost_sun=None if is_absent(amount) else read_sun(amount),
        txid=read_text(transaction.get("hash")),
    )


def external_id_of(result: object) -> str:
    """ "" where the transaction has none. Raises Unreadable."""
    return read_text(read_object(result).get("external_id"))
