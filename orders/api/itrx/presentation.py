"""Orders as iTRX words them (specs/itrx.md 3.3 to 3.5, section 6). Sums of money are whole sun."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from orders.models import ApiCredential, Attempt, Order
from orders.states import LIVE_ATTEMPT, AttemptStatus, OrderStatus
from providers.itrx import wire

CHINA = timezone(timedelta(hours=8))
UNDER_WAY = LIVE_ATTEMPT | {AttemptStatus.SUCCEEDED}
PARTLY = str(wire.Status.PARTLY_DELEGATED.value)

STATUSES = {
    OrderStatus.NEW: wire.Status.PAID,
    OrderStatus.SENDING: wire.Status.PREPARING,
    OrderStatus.UNKNOWN: wire.Status.PREPARING,
    OrderStatus.ACCEPTED: wire.Status.PREPARING,
    OrderStatus.WAITING: wire.Status.PREPARING,
    OrderStatus.ATTENTION: wire.Status.RETRYING,
    OrderStatus.SUCCEEDED: wire.Status.COMPLETED,
    OrderStatus.FAILED: wire.Status.REFUNDED,
}


def placed(order: Order, *, scene: int | None) -> dict[str, Any]:
    """`scene`: the executed one; None for anything but a collect order."""
    return {
        "errno": 0,
        "serial": order.serial,
        **({} if scene is None else {"scene": scene}),
        "amount": order.price_sun,
        "balance": order.balance_after_sun,
    }


def status(order: Order, attempts: Sequence[Attempt]) -> wire.Status:
    """`attempts` may be read a moment after the order, and be ahead of it."""
    if order.status == OrderStatus.NEW and attempts:
        is_under_way = any(attempt.status in UNDER_WAY for attempt in attempts)
        return wire.Status.PREPARING if is_under_way else wire.Status.RETRYING
    live = [attempt.upstream_status for attempt in attempts if attempt.status in LIVE_ATTEMPT]
    if order.status == OrderStatus.ACCEPTED and PARTLY in live:
        return wire.Status.PARTLY_DELEGATED
    return STATUSES[OrderStatus(order.status)]


def queried(order: Order, attempts: Sequence[Attempt], *, reclaimed_at: datetime | None) -> dict[str, Any]:
    """Of order/query. `pay_amount` is energy, and a number with a point there."""
    succeeded = order.status == OrderStatus.SUCCEEDED
    delegated = [each for each in attempts if each.status == AttemptStatus.SUCCEEDED and each.txid]
    return {
        "errno": 0,
        "receive_address": order.address,
        "order_no": order.serial,
        "energy_amount": order.energy,
        "pay_amount": float(order.energy) if succeeded else 0.0,
        "amount": order.price_sun,
        "details": [_delegation(order, attempt, reclaimed_at) for attempt in delegated],
        "create_time": order.created_at.astimezone(CHINA).isoformat(timespec="microseconds"),
        "api_name": key_name(order.credential),
        "period": wire.period_number(order.duration_hours or 1),
        "status": int(status(order, attempts)),
        "refund_amount": order.price_sun if order.status == OrderStatus.FAILED else 0,
    }


def _delegation(order: Order, attempt: Attempt, reclaimed_at: datetime | None) -> dict[str, Any]:
    """Upstreams do not tell us the hash of a reclaim."""
    start = attempt.finished_at or order.created_at
    ended = reclaimed_at is not None
    return {
        "delegate_hash": attempt.txid,
        "delegate_time": _utc(start),
        "reclaim_hash": None,
        "reclaim_time": _utc(start + timedelta(hours=order.duration_hours)),
        "reclaim_time_real": _utc(reclaimed_at) if reclaimed_at else None,
        "status": int(wire.DelegationStatus.RECLAIMED if ended else wire.DelegationStatus.DELEGATED),
    }


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def key_name(credential: ApiCredential | None) -> str:
    """Keys have no names here; the end of the key tells them apart. "" for what staff placed unsigned."""
    return f"API {credential.key_hint}" if credential else ""


def local_time(at: datetime) -> str:
    """Of userapi/summary: no zone, meant as +08:00 (3.14)."""
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
