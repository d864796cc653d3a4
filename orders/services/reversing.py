"""A person takes back what a person has attached to an order (specs/crossingpay.md section 10, manual "mark paid").

The payment returns to the queue and the order fails; the fee is paid back, and what the books made of the payment is
undone. A callback of the success that was never sent is held back for good; where the merchant may have it, that stands
on the order's timeline as an alarm, and who asked for failures is told of this one. Money already on the cold wallet
stays there: it is in suspense until the payment is attached again.
"""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from orders.models import Callback, Order, Payment, PaymentStatus, Wallet
from orders.services import audit, delivery, ledger, sweep_books, timeline
from orders.states import CallbackStatus, OrderStatus

UNSENT = Q(status__in=(CallbackStatus.PENDING, CallbackStatus.NO_CREDENTIAL), attempts=0)


class NotReversible(Exception):
    """Nobody has attached it (any more), or its money is gone. The message is for staff."""


def check(payment: Payment) -> Order:
    """The order that it was attached to. Raises NotReversible."""
    if payment.order is None or payment.decided_by_id is None:
        raise NotReversible(_("No person has attached it to an order."))
    return payment.order


def may_be_known(order: Order) -> bool:
    """Whether the merchant may have been sent that it succeeded."""
    told = Callback.objects.filter(order=order, event=delivery.SUCCEEDED)
    return (
        told.exclude(UNSENT, leased_until=None).exclude(status=CallbackStatus.CANCELLED, attempts=0).exists()
    )


def reverse(payment: Payment, *, reason: str, user: User, now: datetime) -> bool:
    """True: the merchant may know of the success. Raises NotReversible."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=check(payment).pk)
        rows = Payment.objects.select_for_update(of=("self",)).select_related("order", "merchant")
        payment = rows.get(pk=payment.pk)
        if check(payment) != order:
            raise NotReversible(_("It was attached to another order meanwhile."))
        _stop_telling(order)
        is_known = may_be_known(order)
        _return_to_queue(payment, order, reason)
        _undo_money(payment, order, now=now)
        text = f"payment {payment.txid} was taken back by a person: {reason}"
        why = f"a person took its payment back: {reason}"
        timeline.move_order(
            order, OrderStatus.FAILED, text, now=now, reason=why, actor=user, is_alarm=is_known
        )
        if is_known:
            delivery.write_callback(order, attempt=None, payment=None, now=now, again=True)
        after = {"order": order.number, "reason": reason, "merchant_may_know": is_known}
        audit.record("payment.reverse", user=user, now=now, target=payment, after=after)
    return is_known


def _stop_telling(order: Order) -> None:
    """No further try says that it succeeded."""
    told = Callback.objects.select_for_update(of=("self",)).filter(order=order, event=delivery.SUCCEEDED)
    for row in told.filter(status__in=(CallbackStatus.PENDING, CallbackStatus.NO_CREDENTIAL)):
        if row.leased_until is not None:
            raise NotReversible(_("Its callback is being sent this very moment. Try again in a minute."))
        timeline.move_callback(row, CallbackStatus.CANCELLED)


def _return_to_queue(payment: Payment, order: Order, reason: str) -> None:
    """What an upstream told stays told for this order, so that the books know it again."""
    payment.status, payment.order, payment.decided_by = PaymentStatus.UNMATCHED, None, None
    if payment.account_id and payment.hinted_order_id is None:
        payment.hinted_order = order
    payment.reason = f"taken back from order {order.number}: {reason}"[:255]
    payment.save()


def _undo_money(payment: Payment, order: Order, *, now: datetime) -> None:
    ledger.fee_refund(order, now=now)
    for wallet in Wallet.objects.filter(address=payment.address, merchant=payment.merchant_id):
        sweep_books.take_back(wallet, now=now)
    try:
        ledger.detach(order, now=now)
    except ledger.InsufficientFunds as error:
        raise NotReversible(
            _("The merchant's deposits hold less than this payment: it has been paid out.")
        ) from error
