"""What an upstream told us, applied to attempt, order, money and callback in one transaction. Idempotent.

Every way news can arrive (the answer to a purchase, a look-up, a poll, a callback) ends in `apply`. An attempt found
in a state that already knows the news is left alone.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from orders.models import Attempt, Order
from orders.services import ledger, timeline
from orders.services.closing import finish
from orders.states import (
    FINAL_ORDER,
    LIVE_ATTEMPT,
    WRITTEN_OFF_ATTEMPT,
    AttemptStatus,
    OrderStatus,
    accepted_status,
)
from providers.base import Kind, Progress, State

POLL_CEILING_SECONDS = 300


def locked(attempt_id: int) -> tuple[Attempt, Order]:
    """Both rows for update, always in this order. Inside a transaction."""
    order_id = Attempt.objects.values_list("order_id", flat=True).get(pk=attempt_id)
    order = Order.objects.select_for_update().get(pk=order_id)
    attempt = Attempt.objects.select_for_update().select_related("account").get(pk=attempt_id)
    attempt.order = order
    return attempt, order


def apply(attempt_id: int, progress: Progress, *, now: datetime) -> bool:
    """False when it was no news, or a mismatch that changed no state."""
    with transaction.atomic():
        attempt, order = locked(attempt_id)
        if problem := _mismatch(attempt, order, progress):
            return _doubt(order, problem, now=now)
        if attempt.status in WRITTEN_OFF_ATTEMPT:
            return _executed_after_all(attempt, order, progress, now=now)
        if attempt.status not in LIVE_ATTEMPT:
            return _late_cost(attempt, progress, now=now)
        changed = bool(progress.upstream_status) and progress.upstream_status != attempt.upstream_status
        _take_over(attempt, progress)
        match progress.state:
            case State.SUCCEEDED:
                return _succeeded(attempt, order, progress, now=now)
            case State.FAILED:
                return _failed(attempt, order, progress, now=now)
            case _:
                if changed and progress.state is State.PARTIAL:
                    text = f"{attempt.account} has delegated a part"
                    timeline.record(order, "partial", text, now=now, data=_data(progress))
                return _under_way(attempt, order, progress, now=now)


def _late_cost(attempt: Attempt, progress: Progress, *, now: datetime) -> bool:
    """News that outran the answer to the purchase may have told no cost: it is booked when it is told."""
    if attempt.status == AttemptStatus.SUCCEEDED and attempt.cost_sun is None and progress.cost_sun:
        _take_over(attempt, progress)
        _book_cost(attempt, now=now)
    return False


def _mismatch(attempt: Attempt, order: Order, progress: Progress) -> str:
    """A found order must be the one we meant (DESIGN section 5, 4)."""
    if progress.address is not None and progress.address != order.address:
        return f"the upstream's order is for {progress.address}, ours for {order.address}"
    sold_less = progress.energy is not None and 0 < progress.energy < order.energy
    if order.kind in {Kind.ENERGY, Kind.BUNDLE} and sold_less:
        return f"the upstream's order is for {progress.energy:,} energy, ours for {order.energy:,}"
    if order.amount_micro and progress.amount_micro not in {None, order.amount_micro}:
        return f"the upstream waits for {progress.amount_micro} micro-USDT, we for {order.amount_micro}"
    known = attempt.upstream_id and progress.upstream_id and attempt.upstream_id != progress.upstream_id
    return f"the upstream names it {progress.upstream_id}, before {attempt.upstream_id}" if known else ""


def _doubt(order: Order, problem: str, *, now: datetime) -> bool:
    text = f"what the upstream told is not our order: {problem}"
    if order.status in {OrderStatus.ATTENTION, OrderStatus.NEW} | FINAL_ORDER:
        if not order.events.filter(text=text[:512]).exists():
            timeline.record(order, "mismatch", text, now=now, is_alarm=True)
        return False
    again = now + timedelta(seconds=POLL_CEILING_SECONDS)
    return timeline.move_order(
        order, OrderStatus.ATTENTION, text, now=now, next_action_at=again, reason=text, is_alarm=True
    )


def _take_over(attempt: Attempt, progress: Progress) -> None:
    """Keep what the upstream told; a later silence never erases an earlier word."""
    told: dict[str, Any] = {
        "upstream_id": progress.upstream_id,
        "upstream_status": progress.upstream_status[:32],
        "txid": progress.txid,
        "active_hash": progress.active_hash,
        "bandwidth_hash": progress.bandwidth_hash,
    }
    fields = {name: value for name, value in told.items() if value}
    if progress.cost_sun is not None and attempt.cost_sun is None:
        fields["cost_sun"] = progress.cost_sun
    if progress.refund_sun:
        fields["refund_sun"] = progress.refund_sun
    if fields:
        Attempt.objects.filter(pk=attempt.pk).update(**fields)
    for name, value in fields.items():
        setattr(attempt, name, value)


def _book_cost(attempt: Attempt, *, now: datetime) -> None:
    if attempt.cost_sun:
        ledger.provider_cost(attempt, attempt.cost_sun, now=now)


def _under_way(attempt: Attempt, order: Order, progress: Progress, *, now: datetime) -> bool:
    _book_cost(attempt, now=now)
    first_news = attempt.status != AttemptStatus.ACCEPTED
    if first_news:
        timeline.move_attempt(attempt, AttemptStatus.ACCEPTED, now=now)
    target = accepted_status(is_payment=order.is_payment)
    text = f"{attempt.account} accepted it as {attempt.upstream_id or attempt.request_id}"
    # A payment that settled nothing came before this news, which is none for the person it called.
    called = order.status == OrderStatus.ATTENTION and order.reported_payments.exists()
    open_to_it = {OrderStatus.SENDING, OrderStatus.UNKNOWN, OrderStatus.ATTENTION}
    if first_news and order.status in open_to_it and not called:
        return timeline.move_order(
            order, target, text, now=now, next_action_at=next_poll(order, now), data=_data(progress)
        )
    return False


def _succeeded(attempt: Attempt, order: Order, progress: Progress, *, now: datetime) -> bool:
    _book_cost(attempt, now=now)
    timeline.move_attempt(attempt, AttemptStatus.SUCCEEDED, now=now)
    text = f"{attempt.account} executed it"
    return finish(order, OrderStatus.SUCCEEDED, text, now=now, attempt=attempt)


def _failed(attempt: Attempt, order: Order, progress: Progress, *, now: datetime) -> bool:
    """With a proven full refund the next account may try; without one the order ends (and the house bears it)."""
    _book_cost(attempt, now=now)
    if attempt.refund_sun:
        ledger.provider_refund(attempt, min(attempt.refund_sun, attempt.cost_sun or 0), now=now)
    # A refused placement of a payment order cost nothing, so there is nothing to refund.
    refunded = bool(attempt.cost_sun) and (attempt.refund_sun or 0) >= (attempt.cost_sun or 0)
    word = progress.message or progress.upstream_status or "no reason given"
    to = AttemptStatus.REFUNDED if refunded else AttemptStatus.FAILED
    timeline.move_attempt(attempt, to, now=now, reason=word)
    if refunded and order.account_choice_id is None and now < order.deadline_at:
        text = f"{attempt.account} failed ({word}) and refunded it: trying the next account"
        return timeline.move_order(order, OrderStatus.NEW, text, now=now, next_action_at=now)
    text = f"{attempt.account} failed: {word}"
    return finish(order, OrderStatus.FAILED, text, now=now, attempt=attempt, reason=text)


def _executed_after_all(attempt: Attempt, order: Order, progress: Progress, *, now: datetime) -> bool:
    """An attempt written off that later succeeds is a house loss, and somebody must look."""
    if progress.state != State.SUCCEEDED:
        return False
    _take_over(attempt, progress)
    booked = attempt.transfers.filter(code="provider_cost").exists()
    if attempt.cost_sun and not booked:
        ledger.loss(attempt, attempt.cost_sun, now=now)
    timeline.move_attempt(attempt, AttemptStatus.LOST, now=now)
    text = f"{attempt.account} executed an attempt that was written off: booked as a loss"
    timeline.record(order, "loss", text, now=now, is_alarm=True, data=_data(progress))
    return True


def next_poll(order: Order, now: datetime) -> datetime:
    """Often while young, then ever more rarely: every fifth of the age, between POLL_SECONDS and five minutes."""
    age = (now - order.created_at).total_seconds()
    wait = max(settings.POLL_SECONDS, min(age / 5, POLL_CEILING_SECONDS))
    return now + timedelta(seconds=wait)


def _data(progress: Progress) -> dict[str, Any]:
    told = {
        "upstream_id": progress.upstream_id,
        "upstream_status": progress.upstream_status,
        "cost_sun": progress.cost_sun,
        "scene": progress.scene,
        "txid": progress.txid,
    }
    return {name: value for name, value in told.items() if value not in {None, ""}}
