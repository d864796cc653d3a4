"""Our rows in TronZap's words (sections 3.6 and 5)."""

from collections.abc import Sequence
from typing import Any

from orders.models import Attempt, Order
from orders.states import AttemptStatus, OrderStatus
from providers.base import Kind
from providers.tronzap import wire
from providers.tronzap.wire import results


def transaction(order: Order, attempts: Sequence[Attempt]) -> dict[str, Any]:
    return results.transaction(
        upstream_id=order.serial,
        external_id=order.external_id,
        service=wire.SERVICES[Kind(order.kind)],
        params=order.request["params"],
        status=status(order, attempts),
        amount=wire.json_trx(order.price_sun),
        created_at=order.created_at,
        txid=txid(attempts),
    )


def status(order: Order, attempts: Sequence[Attempt]) -> str:
    match order.status:
        case OrderStatus.SUCCEEDED:
            return "success"
        case OrderStatus.FAILED:
            return "failed"
        # An order between two upstreams is new to us again, but its caller has seen it pending.
        case OrderStatus.NEW if not attempts:
            return "new"
        case _:
            return "pending"


def txid(attempts: Sequence[Attempt]) -> str:
    """Of the purchase that succeeded; an upstream may tell an activation's apart."""
    done = [each for each in attempts if each.status == AttemptStatus.SUCCEEDED]
    return next((each.txid or each.active_hash or each.bandwidth_hash for each in done), "")
