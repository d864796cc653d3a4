"""How orders, attempts and callbacks move: every state is a key of its table, final ones map to {}
(but a person may attach late money to a failed payment order, and take back what a person attached).

Pure tables. A change outside them raises IllegalTransition and changes nothing. `orders.services` turns a legal change
into a conditional UPDATE on the old status; nothing else assigns a status.

A resource order (we buy TRON resources):

    new ──▶ sending ──▶ accepted ──▶ succeeded
     ▲         │  ▲         │
     │         ▼  │         ├──▶ new        the upstream failed it and proved a full refund: next account
     ├──── unknown┘         ├──▶ failed     final there without a full refund: the hold is released
     │         │            └──▶ attention  past its deadline, or what we found is not what we ordered
     └── refused, unavailable, or proven never arrived

A payment order (we wait for an exact amount) is the same with `waiting` instead of `accepted`; one that our own node
watches goes from `new` straight to `waiting`, and fails once the chain is past its end. `attention` waits for a
person, and still listens: a late answer of the upstream settles it like any other.
"""

from collections.abc import Mapping
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class OrderStatus(TextChoices):
    NEW = "new", _("new")
    SENDING = "sending", _("sending")
    UNKNOWN = "unknown", _("unknown")
    ACCEPTED = "accepted", _("in progress")
    WAITING = "waiting", _("waiting for payment")
    ATTENTION = "attention", _("needs a person")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")


class AttemptStatus(TextChoices):
    SENDING = "sending", _("sending")
    UNKNOWN = "unknown", _("outcome unknown")
    ACCEPTED = "accepted", _("accepted")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed at the upstream")
    REFUNDED = "refunded", _("failed, fully refunded")
    REFUSED = "refused", _("refused")
    UNAVAILABLE = "unavailable", _("nothing was sent")
    NEVER_ARRIVED = "never_arrived", _("never arrived")
    WRITTEN_OFF = "written_off", _("written off by a person")
    LOST = "lost", _("executed after it was written off")


class CallbackStatus(TextChoices):
    PENDING = "pending", _("waiting to be sent")
    NO_CREDENTIAL = "no_credential", _("waits for a credential")
    DELIVERED = "delivered", _("delivered")
    EXHAUSTED = "exhausted", _("given up")
    CANCELLED = "cancelled", _("cancelled")


class IllegalTransition(Exception):
    pass


class ResendStatus(TextChoices):
    """Of a job that resends many callbacks."""

    RUNNING = "running", _("running")
    PAUSED = "paused", _("paused")
    CANCELLED = "cancelled", _("cancelled")
    DONE = "done", _("done")


Table = Mapping[str, frozenset[str]]

_O, _A, _C = OrderStatus, AttemptStatus, CallbackStatus


def _order_table(
    accepted: OrderStatus,
    *,
    from_new: frozenset[OrderStatus] = frozenset(),
    from_failed: frozenset[OrderStatus] = frozenset(),
    from_succeeded: frozenset[OrderStatus] = frozenset(),
) -> Table:
    return {
        _O.NEW: frozenset({_O.SENDING, _O.FAILED}) | from_new,
        _O.SENDING: frozenset({_O.NEW, _O.UNKNOWN, accepted, _O.SUCCEEDED, _O.FAILED, _O.ATTENTION}),
        _O.UNKNOWN: frozenset({_O.NEW, accepted, _O.SUCCEEDED, _O.FAILED, _O.ATTENTION}),
        accepted: frozenset({_O.NEW, _O.SUCCEEDED, _O.FAILED, _O.ATTENTION}),
        _O.ATTENTION: frozenset({_O.NEW, accepted, _O.SUCCEEDED, _O.FAILED}),
        _O.SUCCEEDED: from_succeeded,
        _O.FAILED: from_failed,
    }


RESOURCE_ORDER: Table = _order_table(_O.ACCEPTED)
# Somebody may have paid although nobody watched, so only a person may end it unpaid; and an upstream that had seemed
# never to have heard of it may still tell of its payment. Our own node watches from the placement on. Money that came
# too late may be attached by a person and taken back: the ways out of an end (specs/crossingpay.md sections 6, 10).
PAYMENT_ORDER: Table = _order_table(
    _O.WAITING,
    from_new=frozenset({_O.ATTENTION, _O.SUCCEEDED, _O.WAITING}),
    from_failed=frozenset({_O.SUCCEEDED}),
    from_succeeded=frozenset({_O.FAILED}),
)

ATTEMPT: Table = {
    _A.SENDING: frozenset(
        {_A.UNKNOWN, _A.ACCEPTED, _A.SUCCEEDED, _A.FAILED, _A.REFUNDED, _A.REFUSED, _A.UNAVAILABLE}
    ),
    _A.UNKNOWN: frozenset(
        {
            _A.ACCEPTED,
            _A.SUCCEEDED,
            _A.FAILED,
            _A.REFUNDED,
            _A.REFUSED,
            _A.UNAVAILABLE,  # proof that nothing was sent, from a sender thought dead
            _A.NEVER_ARRIVED,
            _A.WRITTEN_OFF,
        }
    ),
    _A.ACCEPTED: frozenset({_A.SUCCEEDED, _A.FAILED, _A.REFUNDED, _A.WRITTEN_OFF}),
    _A.NEVER_ARRIVED: frozenset({_A.LOST}),
    _A.WRITTEN_OFF: frozenset({_A.LOST}),
    _A.SUCCEEDED: frozenset(),
    _A.FAILED: frozenset(),
    _A.REFUNDED: frozenset(),
    _A.REFUSED: frozenset(),
    _A.UNAVAILABLE: frozenset(),
    _A.LOST: frozenset(),
}

CALLBACK: Table = {
    _C.PENDING: frozenset({_C.DELIVERED, _C.EXHAUSTED, _C.CANCELLED, _C.NO_CREDENTIAL}),
    _C.NO_CREDENTIAL: frozenset({_C.PENDING, _C.CANCELLED}),
    _C.EXHAUSTED: frozenset({_C.PENDING, _C.DELIVERED}),  # resent, or a try that outlived its lease succeeded
    _C.DELIVERED: frozenset({_C.PENDING}),
    _C.CANCELLED: frozenset(),
}

RESEND_JOB: Table = {
    ResendStatus.RUNNING: frozenset({ResendStatus.PAUSED, ResendStatus.CANCELLED, ResendStatus.DONE}),
    ResendStatus.PAUSED: frozenset({ResendStatus.RUNNING, ResendStatus.CANCELLED}),
    ResendStatus.CANCELLED: frozenset(),
    ResendStatus.DONE: frozenset(),
}

# May have reached an upstream and is not known to have failed: an order has at most one of these.
LIVE_ATTEMPT = frozenset({_A.SENDING, _A.UNKNOWN, _A.ACCEPTED})
# Ended without an upstream's word that it failed: one that tells otherwise later is a loss of the house.
WRITTEN_OFF_ATTEMPT = frozenset({_A.NEVER_ARRIVED, _A.WRITTEN_OFF})
FINAL_ORDER = frozenset({_O.SUCCEEDED, _O.FAILED})
OPEN_ORDER = frozenset(_O.values) - FINAL_ORDER


class OrderAct(StrEnum):
    """What staff may do with an order as it is."""

    CANCEL = "cancel"  # nothing was sent
    DECIDE = "decide"  # no machine can know the outcome
    LOOK_UP = "look-up"  # a worker looks into it now instead of later


OFFERS: Mapping[OrderAct, frozenset[str]] = {
    OrderAct.CANCEL: frozenset({_O.NEW}),
    OrderAct.DECIDE: frozenset({_O.UNKNOWN, _O.ATTENTION}),
    OrderAct.LOOK_UP: OPEN_ORDER,
}
# Where an act takes the order by itself.
LEADS_TO: Mapping[OrderAct, frozenset[str]] = {
    OrderAct.CANCEL: frozenset({_O.FAILED}),
    OrderAct.DECIDE: frozenset({_O.SUCCEEDED, _O.FAILED}),
    OrderAct.LOOK_UP: frozenset(),
}


def offers(status: str, act: OrderAct) -> bool:
    return status in OFFERS[act]


def order_table(*, is_payment: bool) -> Table:
    return PAYMENT_ORDER if is_payment else RESOURCE_ORDER


def accepted_status(*, is_payment: bool) -> OrderStatus:
    return _O.WAITING if is_payment else _O.ACCEPTED


def check(table: Table, old: str, new: str) -> None:
    """Raises IllegalTransition."""
    if new not in table.get(old, frozenset()):
        raise IllegalTransition(f"{old} → {new}")
