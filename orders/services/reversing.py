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

from orders.models import Callback, Order, OrderKind, Payment, PaymentStatus, Wallet
from orders.services import audit, delivery, ledger, sweep_books, timeline
from orders.states import CallbackStatus, OrderStatus

UNSENT = Q(status__in=(CallbackStatus.PENDING, CallbackStatus.NO_CREDENTIAL), attempts=0)


class NotReversible(Exception):
    """Nobody has attached it (any more), or its money is gone. The message is for staff."""


class MayBeKnown(NotReversible):
    """The merchant may have been told since it was looked at."""


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


def reverse(payment: Payment, *, reason: str, user: User, now: datetime, only_untold: bool = False) -> bool:
    """True: the merchant may know of the success. Raises NotReversible; `only_untold`: MayBeKnown in that case."""
    with transaction.atomic():
        # Who writes rows of the order with locks of its callbacks held must not wait for it: no_key.
        order = Order.objects.select_for_update(no_key=True).get(pk=check(payment).pk)
        wallet = Wallet.objects.filter(address=payment.address, merchant=payment.merchant_id).first()
        if wallet is not None:
            sweep_books.hold(wallet)
        rows = Payment.objects.select_for_update(of=("self",)).select_related(
            "order", "hinted_order", "merchant"
        )
        payment = rows.get(pk=payment.pk)
        if check(payment) != order:
            raise NotReversible(_("It was attached to another order meanwhile."))
        if not delivery.stop_telling(order, delivery.SUCCEEDED):
            raise NotReversible(_("Its callback is being sent this very moment. Try again in a minute."))
        is_known = may_be_known(order)
        if is_known and only_untold:
            raise MayBeKnown
        _return_to_queue(payment, order, reason)
        _undo_money(order, wallet, now=now)
        text = f"payment {payment.txid} was taken back by a person: {reason}"
        why = f"a person took its payment back: {reason}"
        timeline.move_order(
            order, OrderStatus.FAILED, text, now=now, reason=why, actor=user, is_alarm=is_known
        )
        if is_known or not _has_heard_of_a_failure(order):
            delivery.write_callback(order, attempt=None, payment=None, now=now, again=True)
        after = {"order": order.number, "reason": reason, "merchant_may_know": is_known}
        audit.record("payment.reverse", user=user, now=now, target=payment, after=after)
    return is_known


def _return_to_queue(payment: Payment, order: Order, reason: str) -> None:
    """What an upstream told stays told for this order, so that the books know it again."""
    payment.status, payment.order, payment.decided_by = PaymentStatus.UNMATCHED, None, None
    hinted = payment.hinted_order
    is_in_books = hinted is not None and hinted.kind == OrderKind.DEPOSIT
    if payment.account_id and not is_in_books:
        payment.hinted_order = order
    payment.reason = f"taken back from order {order.number}: {reason}"[:255]
    payment.save()


def _has_heard_of_a_failure(order: Order) -> bool:
    """Or will: it had failed before the payment was attached."""
    told = Callback.objects.filter(order=order, event=delivery.FAILED)
    return told.exclude(status=CallbackStatus.CANCELLED, attempts=0).exists()


def _undo_money(order: Order, wallet: Wallet | None, *, now: datetime) -> None:
    """Deposits before what is available, as a sweep that ends."""
    if wallet is not None:
        sweep_books.take_back(wallet, now=now)
    try:
        ledger.detach(order, now=now)
    except ledger.InsufficientFunds as error:
        raise NotReversible(
            _("The merchant's deposits hold less than this payment: it has been paid out.")
        ) from error
    ledger.fee_refund(order, now=now)
