"""Requests by one person that another must grant, bound to exact values and expiring."""

from contextlib import suppress
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from orders.models import (
    Approval,
    ApprovalKind,
    ApprovalStatus,
    Asset,
    Merchant,
    Order,
    Payment,
    Period,
)
from orders.services import (
    approval_limits,
    attaching,
    audit,
    cold_wallets,
    ledger,
    merchants,
    periods,
    resolving,
    reversing,
    timeline,
)
from orders.services.approved_acts import ACTS, NotDecidable, latest_request

LIFETIME = timedelta(days=3)


def propose_top_up(
    merchant: Merchant, *, amount_sun: int, reason: str, user: User, now: datetime
) -> Approval:
    """Raises ValueError for an amount that nobody could grant."""
    ledger.check_top_up(amount_sun)
    return _propose(
        ApprovalKind.TOP_UP,
        {"amount_sun": amount_sun},
        reason=reason,
        user=user,
        now=now,
        merchant=merchant,
    )


def top_up(
    merchant: Merchant, *, amount_sun: int, reason: str, may_book: bool, user: User, now: datetime
) -> Approval | None:
    """Book it, or ask for it: everybody asks above the limit, and at any amount who may not book. None when booked."""
    if may_book and not approval_limits.is_above(Asset.TRX, amount_sun):
        merchants.top_up(merchant, amount_sun=amount_sun, reason=reason, now=now, user=user)
        return None
    return propose_top_up(merchant, amount_sun=amount_sun, reason=reason, user=user, now=now)


def adjust(
    merchant: Merchant,
    *,
    asset: Asset,
    amount: int,
    reason: str,
    may_book: bool,
    user: User,
    now: datetime,
) -> Approval | None:
    """As a top-up: booked, or asked for. Raises ValueError for an amount that nobody could grant, and
    InsufficientFunds for more than the merchant has when it is booked."""
    if may_book and not approval_limits.is_above(asset, amount):
        merchants.adjust(merchant, asset=asset, amount=amount, reason=reason, now=now, user=user)
        return None
    ledger.check_adjustment(amount)
    data = {"asset": str(asset), "amount": amount}
    return _propose(ApprovalKind.ADJUSTMENT, data, reason=reason, user=user, now=now, merchant=merchant)


def needs_approval(order: Order) -> bool:
    """A decision takes two persons when the price or the awaited amount is above its limit."""
    return approval_limits.is_above(Asset.TRX, order.price_sun) or approval_limits.is_above(
        Asset.USDT, order.amount_micro or 0
    )


def propose_resolve(
    order: Order, *, executed: bool, txid: str, reason: str, user: User, now: datetime
) -> Approval:
    """Raises NotResolvable."""
    resolving.check(order, executed=executed, txid=txid)
    approval = _propose(
        ApprovalKind.RESOLVE,
        {"executed": executed, "txid": txid, "request_id": latest_request(order)},
        reason=reason,
        user=user,
        now=now,
        merchant=order.merchant,
        order=order,
    )
    word = "executed" if executed else "not executed"
    timeline.record(order, "approval", f"proposed to decide as {word}: {reason}", now=now, actor=user)
    return approval


def attach(payment: Payment, order: Order, *, reason: str, user: User, now: datetime) -> Approval | None:
    """Attach it, or ask for it above the limit. None when attached. Raises NotAttachable."""
    if not approval_limits.is_above(Asset.USDT, max(payment.amount_micro, order.amount_micro or 0)):
        attaching.attach(payment, order, reason=reason, user=user, now=now)
        return None
    attaching.check(payment, order)
    if pending_for(payment, now=now) is not None:
        raise attaching.NotAttachable(_("This was asked for already and waits for another person."))
    approval = _propose(
        ApprovalKind.ATTACH,
        {"payment": payment.pk, "txid": payment.txid, "amount_micro": payment.amount_micro},
        reason=reason,
        user=user,
        now=now,
        merchant=order.merchant,
        order=order,
    )
    text = f"proposed to attach payment {payment.txid}: {reason}"
    timeline.record(order, "approval", text, now=now, actor=user)
    return approval


def reverse(payment: Payment, *, reason: str, user: User, now: datetime) -> Approval | None:
    """Take it back from its order; or ask for it, above the limit and wherever the merchant may know of the success.
    None when taken back. Raises NotReversible."""
    order = reversing.check(payment)
    is_large = approval_limits.is_above(Asset.USDT, payment.amount_micro)
    if not is_large and not reversing.may_be_known(order):
        with suppress(reversing.MayBeKnown):
            reversing.reverse(payment, reason=reason, user=user, now=now, only_untold=True)
            return None
    if pending_for(payment, now=now) is not None:
        raise reversing.NotReversible(_("This was asked for already and waits for another person."))
    approval = _propose(
        ApprovalKind.REVERSE,
        {"payment": payment.pk, "txid": payment.txid, "amount_micro": payment.amount_micro},
        reason=reason,
        user=user,
        now=now,
        merchant=order.merchant,
        order=order,
    )
    text = f"proposed to take back payment {payment.txid}: {reason}"
    timeline.record(order, "approval", text, now=now, actor=user)
    return approval


def pending_for(payment: Payment, *, now: datetime) -> Approval | None:
    """To attach it to whichever order, or to take it back."""
    pending = Approval.objects.filter(status=ApprovalStatus.PENDING, expires_at__gt=now)
    waiting = pending.filter(kind__in=(ApprovalKind.ATTACH, ApprovalKind.REVERSE), data__payment=payment.pk)
    return waiting.select_related("order", "requested_by").first()


def propose_cold_wallet(
    merchant: Merchant, *, address: str, label: str, reason: str, user: User, now: datetime
) -> Approval:
    """Raises ValueError for an address that could not be granted."""
    cold_wallets.check(merchant, address)
    return _propose(
        ApprovalKind.COLD_WALLET,
        {"address": address, "label": label},
        reason=reason,
        user=user,
        now=now,
        merchant=merchant,
    )


def propose_reopen(period: Period, *, reason: str, user: User, now: datetime) -> Approval:
    """Raises NotClosable for a month that could not be opened again."""
    periods.check_reopenable(period)
    data = {"period": period.pk, "month": str(period)}
    return _propose(ApprovalKind.REOPEN_PERIOD, data, reason=reason, user=user, now=now)


def _propose(
    kind: ApprovalKind,
    data: dict[str, object],
    *,
    reason: str,
    user: User,
    now: datetime,
    merchant: Merchant | None = None,
    order: Order | None = None,
) -> Approval:
    with transaction.atomic():
        approval = Approval.objects.create(
            kind=kind,
            data=data,
            reason=reason[:255],
            merchant=merchant,
            order=order,
            requested_by_id=user.pk,
            created_at=now,
            expires_at=now + LIFETIME,
        )
        audit.record("approval.request", user=user, now=now, target=approval, after=data)
    return approval


def grant(approval: Approval, *, user: User, note: str, now: datetime) -> None:
    """Decide and do it, in one transaction. Raises NotDecidable, or what the act itself raises."""
    with transaction.atomic():
        approval = _decide(approval, ApprovalStatus.GRANTED, user=user, note=note, now=now)
        ACTS[approval.kind](approval, user, now)


def refuse(approval: Approval, *, user: User, note: str, now: datetime) -> None:
    with transaction.atomic():
        _decide(approval, ApprovalStatus.REFUSED, user=user, note=note, now=now)


def _decide(approval: Approval, status: ApprovalStatus, *, user: User, note: str, now: datetime) -> Approval:
    approval = Approval.objects.select_for_update().get(pk=approval.pk)
    if approval.status != ApprovalStatus.PENDING:
        raise NotDecidable(format_lazy(_("already {status}"), status=ApprovalStatus(approval.status).label))
    if approval.expires_at <= now:
        raise NotDecidable(_("it has expired; ask again"))
    if approval.requested_by_id == user.pk:
        raise NotDecidable(_("another person must decide what you asked for"))
    approval.status, approval.decision_note = status, note[:255]
    approval.decided_by_id, approval.decided_at = user.pk, now
    approval.save(update_fields=["status", "decision_note", "decided_by", "decided_at"])
    audit.record(f"approval.{status}", user=user, now=now, target=approval, after=approval.data)
    return approval


def expire(*, now: datetime) -> int:
    return Approval.objects.filter(status=ApprovalStatus.PENDING, expires_at__lte=now).update(
        status=ApprovalStatus.EXPIRED
    )
