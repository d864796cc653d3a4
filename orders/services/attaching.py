"""A person decides which order a payment of the queue was meant for. What is wrong with it stays on record."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from orders.models import Attempt, Order, OrderKind, Payment, PaymentStatus
from orders.services import audit, candidates, delivery, detecting, ledger, timeline
from orders.services.closing import finish
from orders.states import LIVE_ATTEMPT, AttemptStatus, OrderStatus
from providers.tron.transfers import USDT


class NotAttachable(Exception):
    """The payment is not in the queue (any more), or cannot be this order's. The message is for staff."""


def check(payment: Payment, order: Order) -> None:
    """Raises NotAttachable."""
    if payment.status != PaymentStatus.UNMATCHED:
        raise NotAttachable(_("The payment is not in the queue any more."))
    if not order.is_payment or order.status == OrderStatus.SUCCEEDED:
        raise NotAttachable(
            format_lazy(
                _("Order {number} takes no payment: {status}."),
                number=order.number,
                status=OrderStatus(order.status).label,
            )
        )
    if payment.asset != USDT:
        raise NotAttachable(
            format_lazy(_("It was paid in {asset}; an order waits for USDT."), asset=payment.asset)
        )
    if payment.address != order.address:
        raise NotAttachable(
            format_lazy(
                _("It was paid to {address}, the order waits at {waits_at}."),
                address=payment.address,
                waits_at=order.address,
            )
        )
    if payment.merchant_id not in {None, order.merchant_id}:
        raise NotAttachable(_("It was paid into a wallet of another merchant."))


def attach(payment: Payment, order: Order, *, reason: str, user: User, now: datetime) -> None:
    """The order succeeds with this payment, whatever its amount and time; an order that had failed is charged nothing
    for it, since its hold was released. Raises NotAttachable."""
    with transaction.atomic():
        order = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        payment = (
            Payment.objects.select_for_update(of=("self",)).select_related("merchant").get(pk=payment.pk)
        )
        check(payment, order)
        odd = list(candidates.reasons(payment, order))
        payment.status, payment.order, payment.decided_by = PaymentStatus.MATCHED, order, user
        payment.reason = f"attached: {reason}"[:255]
        payment.save()
        _write_off_attempts(order, now=now)
        text = f"payment {payment.txid} attached by a person: {reason}"
        timeline.record(order, "attached", text, now=now, actor=user, data={"although": odd})
        if order.status == OrderStatus.FAILED:
            _late(order, payment, user=user, now=now)
        else:
            _book_money(order, payment, now=now)
            finish(order, OrderStatus.SUCCEEDED, text, now=now, payment=payment, actor=user)
        after = {"order": order.number, "reason": reason, "although": odd}
        audit.record("payment.attach", user=user, now=now, target=payment, after=after)


def _late(order: Order, payment: Payment, *, user: User, now: datetime) -> None:
    if not delivery.stop_telling(order, delivery.FAILED):
        raise NotAttachable(_("Its callback is being sent this very moment. Try again in a minute."))
    _book_money(order, payment, now=now)
    text = f"paid late: transaction {payment.txid}"
    if timeline.move_order(order, OrderStatus.SUCCEEDED, text, now=now, actor=user):
        delivery.write_callback(order, attempt=None, payment=payment, now=now, again=True)


def _book_money(order: Order, payment: Payment, *, now: datetime) -> None:
    """Only money that is in our hands, or in an upstream's for us, is in the books."""
    if payment.merchant is not None:
        ledger.wallet_attach(payment.merchant, order, payment.amount_micro, now=now)
        detecting.deposit_paid(order.address, now=now)
    elif payment.account_id and payment.hinted_order and payment.hinted_order.kind == OrderKind.DEPOSIT:
        ledger.attach(order, payment.amount_micro, now=now)


def _write_off_attempts(order: Order, *, now: datetime) -> None:
    """Of an order that an upstream watches: it may still tell of another payment, which then settles nothing."""
    for attempt in Attempt.objects.filter(order=order, status__in=LIVE_ATTEMPT):
        if attempt.status == AttemptStatus.SENDING:
            timeline.move_attempt(attempt, AttemptStatus.UNKNOWN, now=now)
        reason = "a person attached another payment"
        timeline.move_attempt(attempt, AttemptStatus.WRITTEN_OFF, now=now, reason=reason)
