"""Driving a sweep to its end; the signer's loop calls `advance` for each that is due.

`advance` looks at where the sweep is and does the next thing, on one node. It may be called any number of times, in any
number of processes, and killed anywhere: each move is a conditional UPDATE, what is signed is stored before it is sent,
and at most one signed transaction of a sweep can be executed (orders.sweeps).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from orders.models import Sweep
from orders.services import audit, sweep_buying, sweep_following, sweep_moves, sweep_signing
from orders.services.signer import Signer
from orders.sweeps import ACTIVE_SWEEP, FOLLOWED, MOST_ORDERS, SweepStatus
from providers.tron.wallet_node import WalletNode

CLAIM_SECONDS = 60
RELATED = ("merchant", "wallet__merchant", "wallet__tree", "order", "cold_wallet")
Clock = Callable[[], datetime]


class NotDecidableNow(Exception):
    """The sweep has moved on, or bytes signed for it may still be executed. The message is for staff."""


def due(*, now: datetime, limit: int = 50) -> list[int]:
    rows = Sweep.objects.filter(status__in=ACTIVE_SWEEP, next_action_at__lte=now)
    return list(rows.order_by("next_action_at").values_list("pk", flat=True)[:limit])


def advance(sweep_id: int, node: WalletNode, signer: Signer, *, clock: Clock) -> bool:
    """One step. False when another process has it. Raises ProviderUnavailable when the node fails: nothing is lost,
    the next look is in CLAIM_SECONDS."""
    now = clock()
    sweep = _claim(sweep_id, now=now)
    if sweep is None:
        return False
    match sweep.status:
        case SweepStatus.DETECTED:
            sweep_buying.consider(sweep, node, now=now)
        case SweepStatus.ORDERED:
            sweep_buying.await_energy(sweep, node, now=now)
        case SweepStatus.DELIVERED:
            sweep_signing.prepare(sweep, node, signer, now=now)
        case status if status in FOLLOWED | {SweepStatus.ATTENTION}:
            sweep_following.follow(sweep, node, now=now)
    return True


def _claim(sweep_id: int, *, now: datetime) -> Sweep | None:
    """Before anything else the next look is put off, so that a step which never ends costs no more than its turn."""
    sweep = Sweep.objects.filter(pk=sweep_id, next_action_at__lte=now).select_related(*RELATED).first()
    if sweep is None or sweep.status not in ACTIVE_SWEEP:
        return None
    rows = Sweep.objects.filter(
        pk=sweep_id, status=sweep.status, next_action_at=sweep.next_action_at, moved_at=sweep.moved_at
    )
    later = now + timedelta(seconds=CLAIM_SECONDS)
    if not rows.update(next_action_at=later):
        return None
    sweep.next_action_at = later
    return sweep


def retry(sweep: Sweep, *, reason: str, user: User, now: datetime) -> None:
    """A person sends it on from the start. Raises NotDecidableNow."""
    _decide(sweep, SweepStatus.DETECTED, f"sent on again: {reason}", reason, user=user, now=now)


def cancel(sweep: Sweep, *, reason: str, user: User, now: datetime) -> None:
    """The money stays in the wallet; the next paid deposit asks for a sweep again. Raises NotDecidableNow."""
    _decide(sweep, SweepStatus.CANCELLED, f"cancelled: {reason}", reason, user=user, now=now)


def _decide(sweep: Sweep, to: SweepStatus, text: str, reason: str, *, user: User, now: datetime) -> None:
    with transaction.atomic():
        sweep = Sweep.objects.select_for_update().get(pk=sweep.pk)
        decidable = {SweepStatus.ATTENTION} | (
            {SweepStatus.DETECTED} if to == SweepStatus.CANCELLED else set()
        )
        if sweep.status not in decidable:
            raise NotDecidableNow(
                format_lazy(_("it is {status} now"), status=SweepStatus(sweep.status).label)
            )
        if sweep_moves.live_transaction(sweep) is not None:
            raise NotDecidableNow(
                _("the transfer that was signed may still be executed; wait until it expires")
            )
        fields: dict[str, Any] = {}
        if to == SweepStatus.DETECTED:
            fields["orders_allowed"] = sweep.orders_made + MOST_ORDERS
        sweep_moves.move(sweep, to, text, now=now, actor=user, **fields)
        audit.record(f"sweep.{to}", user=user, now=now, target=sweep, after={"reason": reason})
