"""Assigns statuses: a conditional UPDATE on the old one, with its event in the same transaction. Nothing else does, but
dispatching/moving.py, which moves many callbacks at once by the same table.
"""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from orders import states
from orders.models import Attempt, Callback, Order, OrderEvent


def record(
    order: Order,
    code: str,
    text: str,
    *,
    now: datetime,
    actor: User | None = None,
    is_alarm: bool = False,
    data: dict[str, Any] | None = None,
    moved: tuple[str, str] = ("", ""),
) -> OrderEvent:
    return OrderEvent.objects.create(
        order=order,
        code=code,
        text=text[:512],
        old_status=moved[0],
        new_status=moved[1],
        actor=actor if actor and actor.pk else None,
        is_alarm=is_alarm,
        data=data or {},
        created_at=now,
    )


def move_order(
    order: Order,
    to: states.OrderStatus,
    text: str,
    *,
    now: datetime,
    next_action_at: datetime | None = None,
    reason: str = "",
    actor: User | None = None,
    is_alarm: bool = False,
    data: dict[str, Any] | None = None,
) -> bool:
    """False when somebody else moved the order first. Raises IllegalTransition. Updates `order` in place."""
    old = order.status
    states.check(states.order_table(is_payment=order.is_payment), old, to)
    fields: dict[str, Any] = {
        "status": to,
        "next_action_at": next_action_at,
        "reason": reason[:255],
        "finished_at": now if to in states.FINAL_ORDER else None,
    }
    if not Order.objects.filter(pk=order.pk, status=old).update(**fields):
        return False
    for name, value in fields.items():
        setattr(order, name, value)
    record(order, "status", text, now=now, actor=actor, is_alarm=is_alarm, data=data, moved=(old, str(to)))
    return True


def move_attempt(attempt: Attempt, to: states.AttemptStatus, *, now: datetime, **fields: Any) -> bool:
    """False when somebody else moved it first. Raises IllegalTransition. Updates `attempt` in place."""
    states.check(states.ATTEMPT, attempt.status, to)
    fields |= {"status": to, "finished_at": None if to in states.LIVE_ATTEMPT else now}
    if "reason" in fields:
        fields["reason"] = fields["reason"][:512]
    if not Attempt.objects.filter(pk=attempt.pk, status=attempt.status).update(**fields):
        return False
    for name, value in fields.items():
        setattr(attempt, name, value)
    return True


def move_callback(callback: Callback, to: states.CallbackStatus, **fields: Any) -> bool:
    """As move_attempt. `next_attempt_at` and the lease are cleared unless given."""
    if to != callback.status:
        states.check(states.CALLBACK, callback.status, to)
    fields = {"next_attempt_at": None, "leased_until": None} | fields | {"status": to}
    fields.setdefault("claimable_at", fields["next_attempt_at"])
    if not Callback.objects.filter(pk=callback.pk, status=callback.status).update(**fields):
        return False
    for name, value in fields.items():
        setattr(callback, name, value)
    return True
