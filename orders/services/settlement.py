"""Payments: which order they settle, and what happens to those that settle none."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from orders import matching
from orders.models import Attempt, Order, OrderKind, Payment, PaymentStatus
from orders.services import audit, detecting, ledger, timeline
from orders.services.closing import finish
from orders.services.outcomes import locked
from orders.states import FINAL_ORDER, LIVE_ATTEMPT, AttemptStatus, OrderStatus
from providers.base import InboundPayment


def receive(attempt_id: int, told: InboundPayment, *, now: datetime) -> Payment | None:
    """Book what an upstream says has arrived for this attempt. Once per account and txid; None when known already.

    An exact payment settles the order; any other settles nothing and calls a person.
    """
    with transaction.atomic():
        attempt, order = locked(attempt_id)
        payment, is_new = Payment.objects.get_or_create(
            account=attempt.account,
            txid=told.txid,
            defaults={
                "address": told.address,
                "amount_micro": told.amount_micro,
                "paid_at": told.paid_at,
                "received_at": now,
                "hinted_order": order,
            },
        )
        if not is_new:
            is_ours = order.pk in {payment.order_id, payment.hinted_order_id}
            if not is_ours and not _problem(order, told):
                _told_for_two(payment, order, now=now)
            return None
        problem = _problem(order, told)
        if problem:
            _unmatched(payment, attempt, order, problem, now=now)
        else:
            _settle(payment, attempt, order, now=now)
        return payment


def _problem(order: Order, told: InboundPayment) -> str:
    if order.status in FINAL_ORDER:
        return f"order {order.number} had ended already: {order.get_status_display()}"
    assert order.amount_micro is not None  # noqa: S101 - a CHECK constraint of payment orders
    assert order.window_start is not None  # noqa: S101
    assert order.window_end is not None  # noqa: S101
    expected = matching.Expected(
        address=order.address,
        amount_micro=order.amount_micro,
        start_at=order.window_start,
        end_at=order.window_end,
    )
    return matching.why_not(expected, address=told.address, amount_micro=told.amount_micro)


def _settle(payment: Payment, attempt: Attempt, order: Order, *, now: datetime) -> None:
    _match(payment, order)
    if attempt.status in LIVE_ATTEMPT:
        timeline.move_attempt(attempt, AttemptStatus.SUCCEEDED, now=now, txid=payment.txid)
    _end_others(attempt, order, now=now)
    if order.kind == OrderKind.DEPOSIT:
        ledger.deposit(order, attempt.account, payment.amount_micro, now=now)
    text = f"paid: transaction {payment.txid}"
    finish(order, OrderStatus.SUCCEEDED, text, now=now, payment=payment)
    if order.kind == OrderKind.DEPOSIT:
        detecting.deposit_paid(order.address, now=now)


def _end_others(attempt: Attempt, order: Order, *, now: datetime) -> None:
    """An attempt thought never to have arrived may settle it while another account has been asked to watch."""
    for other in Attempt.objects.filter(order=order, status__in=LIVE_ATTEMPT).exclude(pk=attempt.pk):
        if other.status == AttemptStatus.SENDING:
            timeline.move_attempt(other, AttemptStatus.UNKNOWN, now=now)
        reason = f"settled through {attempt.account}"
        timeline.move_attempt(other, AttemptStatus.WRITTEN_OFF, now=now, reason=reason)


def _told_for_two(payment: Payment, order: Order, *, now: datetime) -> None:
    """One transaction is told for two orders: it may hold two transfers, or be an error. A person must look."""
    other = payment.order or payment.hinted_order
    text = f"transaction {payment.txid} was told for this order too; it is booked for {other}"
    if order.status in {OrderStatus.SENDING, OrderStatus.UNKNOWN, OrderStatus.WAITING}:
        timeline.move_order(
            order,
            OrderStatus.ATTENTION,
            text,
            now=now,
            reason=text,
            next_action_at=order.next_action_at,
            is_alarm=True,
        )
    elif not order.events.filter(text=text[:512]).exists():
        timeline.record(order, "unmatched", text, now=now, is_alarm=True)


def _match(payment: Payment, order: Order) -> None:
    payment.status, payment.order, payment.reason = PaymentStatus.MATCHED, order, ""
    payment.save(update_fields=["status", "order", "reason"])


def _unmatched(payment: Payment, attempt: Attempt, order: Order, problem: str, *, now: datetime) -> None:
    payment.reason = problem[:255]
    payment.save(update_fields=["reason"])
    if order.kind == OrderKind.DEPOSIT:
        ledger.suspense(attempt.account, order, payment.amount_micro, now=now)
    text = f"a payment settled nothing: {problem}"
    data = {"txid": payment.txid, "amount_micro": payment.amount_micro}
    if order.status in {OrderStatus.SENDING, OrderStatus.UNKNOWN, OrderStatus.WAITING}:
        timeline.move_order(
            order,
            OrderStatus.ATTENTION,
            text,
            now=now,
            next_action_at=order.next_action_at,
            reason=problem,
            is_alarm=True,
            data=data,
        )
    else:
        timeline.record(order, "unmatched", text, now=now, is_alarm=True, data=data)


def dismiss(payment: Payment, *, reason: str, user: User, now: datetime) -> bool:
    """Take an unmatched payment out of the queue, on record. False when it is not there any more."""
    with transaction.atomic():
        dismissed = Payment.objects.filter(pk=payment.pk, status=PaymentStatus.UNMATCHED).update(
            status=PaymentStatus.DISMISSED, reason=reason[:255], decided_by=user.pk
        )
        if dismissed:
            audit.record("payment.dismiss", user=user, now=now, target=payment, after={"reason": reason})
    return bool(dismissed)
