"""Ending an order: final status, money and callback in the caller's transaction."""

from datetime import datetime

from django.contrib.auth.models import User

from orders.models import Attempt, Order, Payment
from orders.services import delivery, ledger, timeline
from orders.states import FINAL_ORDER, IllegalTransition, OrderStatus


def finish(
    order: Order,
    status: OrderStatus,
    text: str,
    *,
    now: datetime,
    attempt: Attempt | None = None,
    payment: Payment | None = None,
    reason: str = "",
    actor: User | None = None,
) -> bool:
    """Success captures the whole hold, failure releases it. `attempt` or `payment` is what ended it, for the
    callback. False when somebody else moved the order first; then nothing is written. Raises IllegalTransition, also
    for an order that has ended: only a person takes it out of an end, and not by this door."""
    if order.status in FINAL_ORDER:
        raise IllegalTransition(f"{order.status} → {status}")
    if not timeline.move_order(order, status, text, now=now, reason=reason, actor=actor):
        return False
    succeeded = status == OrderStatus.SUCCEEDED
    ledger.settle(order, capture_sun=order.price_sun if succeeded else 0, now=now)
    delivery.write_callback(order, attempt=attempt, payment=payment, now=now)
    return True
