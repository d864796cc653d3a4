"""The facts a callback tells, fixed at the event: what `Callback.payload` holds for each format. No bytes, no keys."""

from datetime import UTC, datetime
from typing import Any

from orders.models import Attempt, CallbackFormat, Order, Payment
from orders.services import ledger
from orders.states import OrderStatus

CROSSINGPAY_FAILED, CROSSINGPAY_SUCCEEDED = 0, 1
NOBODYS_ADDRESS = "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb"  # of twenty zero bytes
NO_TXID = "0" * 64


def payload(
    order: Order, *, attempt: Attempt | None, payment: Payment | None, now: datetime
) -> dict[str, Any]:
    """Of a final order."""
    match order.callback_format:
        case CallbackFormat.ITRX:
            return _itrx(order, attempt)
        case CallbackFormat.NATIVE:
            return _native(order, attempt, payment, now)
        case _:
            return _crossingpay(order, payment, now)


def _itrx(order: Order, attempt: Attempt | None) -> dict[str, Any]:
    """specs/itrx.md section 5. Amounts in sun."""
    succeeded = order.status == OrderStatus.SUCCEEDED
    return {
        "serial": order.serial,
        "out_trade_no": order.external_id or None,
        "receive_address": order.address,
        "energy_amount": order.energy,
        "pay_amount": order.energy if succeeded else 0,
        "amount": order.price_sun,
        "period_hours": order.duration_hours or 1,  # an activation has none, and the format no word for that
        "status": 40 if succeeded else 41,
        "txid": attempt.txid if attempt else "",
        "active_hash": attempt.active_hash if attempt else "",
        "bandwidth_hash": attempt.bandwidth_hash if attempt else "",
    }


def _crossingpay(order: Order, payment: Payment | None, now: datetime) -> dict[str, Any]:
    """specs/crossingpay.md sections 4 to 6. The instant is the block time; of a failure, when it was decided."""
    at = payment.paid_at if payment else now
    return {
        "address": payment.address if payment else order.address,
        "amount_micro": payment.amount_micro if payment else order.amount_micro,
        "txid": payment.txid if payment else "",
        "timestamp": str(int(at.timestamp())),
        "order_id": order.external_id,
        "ordersn": order.number,
        "status": CROSSINGPAY_SUCCEEDED if payment else CROSSINGPAY_FAILED,
    }


def _native(order: Order, attempt: Attempt | None, payment: Payment | None, now: datetime) -> dict[str, Any]:
    """Our own event: `timestamp` and `data` of Standard Webhooks. Amounts in sun and micro-USDT."""
    succeeded = order.status == OrderStatus.SUCCEEDED
    data: dict[str, Any] = {
        "id": order.serial,
        "number": order.number,
        "external_id": order.external_id,
        "kind": order.kind,
        "status": "succeeded" if succeeded else "failed",
        "address": order.address,
        "to_address": order.to_address,
        "charged_sun": _charged_sun(order) if succeeded else 0,
        "txid": payment.txid if payment else attempt.txid if attempt else "",
    }
    if order.is_payment:
        data |= {
            "amount_micro": order.amount_micro,
            "paid_at": utc_text(payment.paid_at) if payment else None,
        }
    else:
        data |= {
            "energy": order.energy,
            "bandwidth": order.bandwidth,
            "duration_hours": order.duration_hours,
            "activation_txid": attempt.active_hash if attempt else "",
            "bandwidth_txid": attempt.bandwidth_hash if attempt else "",
        }
    return {"timestamp": utc_text(now), "data": data}


def _charged_sun(order: Order) -> int:
    """A payment attached after the order had failed costs nothing."""
    return ledger.fee_sun(order) if order.is_payment else order.price_sun


def ping(callback_format: str, number: str, *, now: datetime) -> dict[str, Any]:
    """Of a test callback. The seeds' formats have no word for a test, and a receiver that is given other fields would
    test nothing: all fields are there, and say success of what cannot exist. No wallet has the address, no block holds
    the transaction, no order has the number, and the amount is the smallest there is."""
    match callback_format:
        case CallbackFormat.ITRX:
            return {
                "serial": "0" * 32,
                "out_trade_no": number,
                "receive_address": NOBODYS_ADDRESS,
                "energy_amount": 1,
                "pay_amount": 1,
                "amount": 1,
                "period_hours": 1,
                "status": 40,
                "txid": NO_TXID,
                "active_hash": "",
                "bandwidth_hash": "",
            }
        case CallbackFormat.NATIVE:
            return {"timestamp": utc_text(now), "data": {"test": True, "number": number}}
        case _:
            return {
                "address": NOBODYS_ADDRESS,
                "amount_micro": 1,
                "txid": NO_TXID,
                "timestamp": str(int(now.timestamp())),
                "order_id": number,
                "ordersn": number,
                "status": CROSSINGPAY_SUCCEEDED,
            }


def utc_text(at: datetime) -> str:
    """ISO 8601 in whole seconds, e.g. `2026-03-01T12:00:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
