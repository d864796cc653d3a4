"""The only place that assigns a sweep's status: a conditional UPDATE on the old one, with its event."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from orders import states, sweeps
from orders.models import Sweep, SweepEvent, SweepTransaction
from orders.sweeps import ACTIVE_SWEEP, SweepStatus, TransactionStatus


def move(
    sweep: Sweep,
    to: SweepStatus,
    text: str,
    *,
    now: datetime,
    wait_seconds: float = 0,
    actor: User | None = None,
    is_alarm: bool = False,
    data: dict[str, Any] | None = None,
    **fields: Any,
) -> bool:
    """False when somebody else moved it first. Raises IllegalTransition. Updates `sweep` in place."""
    old = sweep.status
    states.check(sweeps.SWEEP, old, to)
    is_active = to in ACTIVE_SWEEP
    fields |= {
        "status": to,
        "moved_at": now,
        "reason": text[:255] if to in (SweepStatus.ATTENTION, SweepStatus.CANCELLED) else "",
        "next_action_at": now + timedelta(seconds=wait_seconds) if is_active else None,
        "finished_at": None if is_active else now,
    }
    if not Sweep.objects.filter(pk=sweep.pk, status=old).update(**fields):
        return False
    for name, value in fields.items():
        setattr(sweep, name, value)
    record(sweep, text, now=now, moved=(old, str(to)), actor=actor, is_alarm=is_alarm, data=data)
    return True


def call_person(sweep: Sweep, text: str, *, now: datetime, **data: Any) -> bool:
    """The signer goes on following what may still be executed."""
    if sweep.status == SweepStatus.ATTENTION:
        return wait(sweep, text, now=now, seconds=60)
    return move(sweep, SweepStatus.ATTENTION, text, now=now, is_alarm=True, data=data, wait_seconds=10)


def wait(sweep: Sweep, reason: str, *, now: datetime, seconds: float) -> bool:
    """Look again later. What it waits for is told once in the timeline, not at every look."""
    is_news = sweep.reason != reason[:255] and sweep.status != SweepStatus.ATTENTION
    fields: dict[str, Any] = {"next_action_at": now + timedelta(seconds=seconds)}
    if is_news:
        fields["reason"] = reason[:255]
    if not Sweep.objects.filter(pk=sweep.pk, status=sweep.status).update(**fields):
        return False
    if is_news and reason:
        record(sweep, f"waits: {reason}", now=now)
    return True


def record(
    sweep: Sweep,
    text: str,
    *,
    now: datetime,
    moved: tuple[str, str] = ("", ""),
    actor: User | None = None,
    is_alarm: bool = False,
    data: dict[str, Any] | None = None,
) -> None:
    SweepEvent.objects.create(
        sweep=sweep,
        text=text[:512],
        old_status=moved[0],
        new_status=moved[1],
        actor=actor if actor and actor.pk else None,
        is_alarm=is_alarm,
        data=data or {},
        created_at=now,
    )


def end_transaction(
    transaction: SweepTransaction, to: TransactionStatus, *, now: datetime, **fields: Any
) -> bool:
    """False when it has ended already."""
    states.check(sweeps.TRANSACTION, transaction.status, to)
    fields |= {"status": to, "finished_at": now}
    rows = SweepTransaction.objects.filter(pk=transaction.pk, status=TransactionStatus.LIVE)
    if not rows.update(**fields):
        return False
    for name, value in fields.items():
        setattr(transaction, name, value)
    return True


def live_transaction(sweep: Sweep) -> SweepTransaction | None:
    return sweep.transactions.filter(status=TransactionStatus.LIVE).first()
