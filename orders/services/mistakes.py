"""A payment that a person attached to the wrong order. That can't be undone: the order has succeeded, and its merchant
may know and have delivered. The money is right, for payment and order are of one merchant. What is wrong is put on
record, where support reads it, and a callback that nobody was sent yet is held back for good.
"""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from orders.models import Callback, Order, OrderEvent, Payment
from orders.services import audit, delivery, timeline
from orders.services.attaching import NotAttachable
from orders.states import CallbackStatus

CODE = "mistake"


def on_record(order: Order) -> OrderEvent | None:
    return OrderEvent.objects.filter(order=order, code=CODE).first()


def record(payment: Payment, *, reason: str, user: User, now: datetime) -> bool:
    """True: a callback was held back. Raises NotAttachable."""
    with transaction.atomic():
        payment = Payment.objects.select_for_update(of=("self",)).select_related("order").get(pk=payment.pk)
        order = payment.order
        if order is None or payment.decided_by_id is None:
            raise NotAttachable(_("No person has attached it to an order."))
        if on_record(order):
            raise NotAttachable(_("That it was a mistake is on record already."))
        is_held_back = _hold_back(order)
        if is_held_back:
            text = f"payment {payment.txid} was attached by mistake and the callback held back: {reason}"
        else:
            text = f"payment {payment.txid} was attached by mistake, its merchant may know: {reason}"
        timeline.record(order, CODE, text, now=now, actor=user, is_alarm=True)
        after = {"order": order.number, "reason": reason, "callback_held_back": is_held_back}
        audit.record("payment.mistake", user=user, now=now, target=payment, after=after)
    return is_held_back


def _hold_back(order: Order) -> bool:
    """One that a dispatcher holds, or has tried, may have arrived."""
    untold = Callback.objects.select_for_update(of=("self",)).filter(
        order=order, event=delivery.SUCCEEDED, status=CallbackStatus.PENDING, attempts=0, leased_until=None
    )
    return any(timeline.move_callback(row, CallbackStatus.CANCELLED) for row in untold)
