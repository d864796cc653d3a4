"""A person's decision on an order whose outcome no machine can know, with evidence and reason."""

import re
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from orders.models import Attempt, Order, OrderKind, Payment, PaymentStatus
from orders.services import audit, ledger, outcomes, timeline
from orders.services.closing import finish
from orders.states import LIVE_ATTEMPT, AttemptStatus, OrderAct, OrderStatus, offers

TXID = re.compile("[0-9a-f]{64}")


class NotResolvable(Exception):
    """The order is not in doubt (any more), or the evidence is none or belongs to another order."""


def check(order: Order, *, executed: bool, txid: str) -> None:
    """Raises NotResolvable."""
    if not offers(order.status, OrderAct.DECIDE):
        raise NotResolvable(
            format_lazy(
                gettext_lazy("order {number} is {status}, nothing to decide"),
                number=order.number,
                status=OrderStatus(order.status).label,
            )
        )
    if executed and not TXID.fullmatch(txid):
        raise NotResolvable(gettext_lazy("the hash of the transaction is needed as evidence: 64 hex digits"))


def resolve(order: Order, *, executed: bool, txid: str, reason: str, user: User, now: datetime) -> None:
    """Executed: the order succeeds with `txid` (64 hex, lower case) as evidence. Not executed: it fails and the hold is
    released; should the upstream tell of it later, that is booked as a loss and raises an alarm.
    Raises NotResolvable."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        check(order, executed=executed, txid=txid)
        attempt = order.attempts.select_related("account").order_by("-id").first()
        if attempt:
            attempt, order = outcomes.locked(attempt.pk)
        decide = _executed if executed else _not_executed
        decide(order, attempt, txid, reason, user, now)
        audit.record(
            "order.resolve",
            user=user,
            now=now,
            target=order,
            after={"executed": executed, "txid": txid, "reason": reason},
        )


def _executed(
    order: Order, attempt: Attempt | None, txid: str, reason: str, user: User, now: datetime
) -> None:
    payment = _payment(order, attempt, txid, user, now) if order.is_payment else None
    if attempt and attempt.status in LIVE_ATTEMPT:
        if attempt.status == AttemptStatus.SENDING:
            timeline.move_attempt(attempt, AttemptStatus.UNKNOWN, now=now)
        timeline.move_attempt(attempt, AttemptStatus.SUCCEEDED, now=now, txid=txid, reason=reason)
    text = f"decided by a person, executed: {reason}"
    finish(order, OrderStatus.SUCCEEDED, text, now=now, attempt=attempt, payment=payment, actor=user)


def _payment(order: Order, attempt: Attempt | None, txid: str, user: User, now: datetime) -> Payment:
    """The transfer that a person says settled it: one reported for this order, or one entered by hand."""
    account = attempt.account if attempt else None
    payment, _ = Payment.objects.select_for_update().get_or_create(
        account=account,
        txid=txid,
        defaults={
            "address": order.address,
            "amount_micro": order.amount_micro,
            "paid_at": now,
            "received_at": now,
            "log_index": None,
        },
    )
    if payment.status != PaymentStatus.UNMATCHED:
        raise NotResolvable(gettext_lazy("this transaction has settled another order, or was dismissed"))
    if payment.address != order.address:
        raise NotResolvable(
            format_lazy(gettext_lazy("this transaction paid {address}"), address=payment.address)
        )
    Payment.objects.filter(pk=payment.pk).update(
        status=PaymentStatus.MATCHED, order=order, decided_by=user.pk, reason="settled by a person"
    )
    if account and order.kind == OrderKind.DEPOSIT:
        if _is_in_suspense(payment):
            ledger.attach(order, payment.amount_micro, now=now)
        else:
            ledger.deposit(order, account, payment.amount_micro, now=now)
    payment.refresh_from_db()
    return payment


def _is_in_suspense(payment: Payment) -> bool:
    """Only what was reported for a deposit order came into custody (settlement._unmatched)."""
    return payment.hinted_order is not None and payment.hinted_order.kind == OrderKind.DEPOSIT


def _not_executed(
    order: Order, attempt: Attempt | None, txid: str, reason: str, user: User, now: datetime
) -> None:
    if attempt and attempt.status in LIVE_ATTEMPT:
        if attempt.status == AttemptStatus.SENDING:
            timeline.move_attempt(attempt, AttemptStatus.UNKNOWN, now=now)
        timeline.move_attempt(attempt, AttemptStatus.WRITTEN_OFF, now=now, reason=reason)
    text = f"decided by a person, not executed: {reason}"
    finish(order, OrderStatus.FAILED, text, now=now, attempt=attempt, reason=text, actor=user)
