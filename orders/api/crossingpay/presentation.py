"""Our rows in CrossingPay's words (sections 2, 3 and 7.3)."""

from datetime import datetime

from orders.models import Order, OrderKind, Payment
from orders.states import OrderStatus
from providers.crossingpay import wire
from providers.crossingpay.wire import DepositCreated, OrderFound, Status


def created(order: Order) -> bytes:
    """The seed's two answers, to the byte."""
    if order.kind == OrderKind.MONITOR:
        return wire.MONITOR_CREATED
    amount_micro, _, _ = _terms(order)
    return wire.deposit_created(
        DepositCreated(address=order.address, amount_micro=amount_micro, ordersn=order.number)
    )


def window_headers(order: Order) -> dict[str, str]:
    """The window as it was understood: the bodies of the seed have no room for it (section 6 #9)."""
    _, start_at, end_at = _terms(order)
    return {"X-Window-Start": wire.utc_text(start_at), "X-Window-End": wire.utc_text(end_at)}


def found(order: Order) -> bytes:
    payment: Payment | None = getattr(order, "payment", None)
    amount_micro, start_at, end_at = _terms(order)
    return wire.order_found(
        OrderFound(
            kind=order.kind,
            order_id=order.external_id,
            ordersn=order.number,
            address=order.address,
            amount_micro=amount_micro,
            status=status(order),
            start_at=start_at,
            end_at=end_at,
            late=payment is not None and payment.paid_at > end_at,
            txid=payment.txid if payment else None,
            log_index=payment.log_index if payment else None,
            block_time=payment.paid_at if payment else None,
        )
    )


def status(order: Order) -> Status:
    """Whatever is not final waits: with a person, too, since a payment may still be found."""
    match order.status:
        case OrderStatus.SUCCEEDED:
            return Status.SUCCESS
        case OrderStatus.FAILED:
            return Status.FAILED
        case _:
            return Status.WAITING


def _terms(order: Order) -> tuple[int, datetime, datetime]:
    """Amount in micro-USDT, start and end: a CHECK constraint says that payment orders have them."""
    assert order.amount_micro is not None  # noqa: S101
    assert order.window_start is not None  # noqa: S101
    assert order.window_end is not None  # noqa: S101
    return order.amount_micro, order.window_start, order.window_end
