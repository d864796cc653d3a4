"""What a granted approval does, with exactly the values that were asked for."""

from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from orders.models import Approval, ApprovalKind, Asset, Order, Payment, Period
from orders.services import attaching, cold_wallets, merchants, periods, resolving, reversing


class NotDecidable(Exception):
    """Decided already, expired, or asked for by the same person."""


def latest_request(order: Order) -> str:
    """Of the attempt that a decision is about; "" for an order of which nothing was sent."""
    newest = order.attempts.order_by("-id").values_list("request_id", flat=True).first()
    return str(newest or "")


def _do_top_up(approval: Approval, user: User, now: datetime) -> None:
    assert approval.merchant is not None  # noqa: S101 - set by propose_top_up
    merchants.top_up(
        approval.merchant,
        amount_sun=approval.data["amount_sun"],
        reason=_asked(approval),
        now=now,
        user=user,
    )


def _do_adjustment(approval: Approval, user: User, now: datetime) -> None:
    assert approval.merchant is not None  # noqa: S101 - set by adjust
    merchants.adjust(
        approval.merchant,
        asset=Asset(approval.data["asset"]),
        amount=approval.data["amount"],
        reason=_asked(approval),
        now=now,
        user=user,
    )


def _asked(approval: Approval) -> str:
    """The reason, and by whom."""
    return f"{approval.reason} (asked for by {approval.requested_by})"[:255]


def _do_resolve(approval: Approval, user: User, now: datetime) -> None:
    assert approval.order is not None  # noqa: S101 - set by propose_resolve
    if approval.data["request_id"] != latest_request(approval.order):
        raise NotDecidable(_("the order was sent again since; look at it anew"))
    resolving.resolve(
        approval.order,
        executed=approval.data["executed"],
        txid=approval.data["txid"],
        reason=approval.reason,
        user=user,
        now=now,
    )


def _do_attach(approval: Approval, user: User, now: datetime) -> None:
    assert approval.order is not None  # noqa: S101 - set by attach
    payment = Payment.objects.get(pk=approval.data["payment"])
    try:
        attaching.attach(payment, approval.order, reason=_asked(approval), user=user, now=now)
    except attaching.NotAttachable as error:
        raise NotDecidable(*error.args) from error


def _do_reverse(approval: Approval, user: User, now: datetime) -> None:
    payment = Payment.objects.select_related("order").get(pk=approval.data["payment"])
    if payment.order_id != approval.order_id:
        raise NotDecidable(_("it is not attached to this order any more"))
    try:
        reversing.reverse(payment, reason=_asked(approval), user=user, now=now)
    except reversing.NotReversible as error:
        raise NotDecidable(*error.args) from error


def _do_cold_wallet(approval: Approval, user: User, now: datetime) -> None:
    assert approval.merchant is not None  # noqa: S101 - set by propose_cold_wallet
    try:
        cold_wallets.set_target(approval, approval.merchant, user=user, now=now)
    except ValueError as error:
        raise NotDecidable(*error.args) from error


def _do_reopen(approval: Approval, user: User, now: datetime) -> None:
    try:
        periods.reopen(Period.objects.get(pk=approval.data["period"]), user=user, now=now)
    except periods.NotClosable as error:
        raise NotDecidable(*error.args) from error


ACTS: dict[str, Callable[[Approval, User, datetime], None]] = {
    ApprovalKind.TOP_UP: _do_top_up,
    ApprovalKind.RESOLVE: _do_resolve,
    ApprovalKind.ATTACH: _do_attach,
    ApprovalKind.REVERSE: _do_reverse,
    ApprovalKind.COLD_WALLET: _do_cold_wallet,
    ApprovalKind.REOPEN_PERIOD: _do_reopen,
    ApprovalKind.ADJUSTMENT: _do_adjustment,
}
