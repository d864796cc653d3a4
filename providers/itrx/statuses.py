"""Order statuses of iTRX and what they mean to us (spec 6)."""

from collections.abc import Mapping
from enum import IntEnum

from providers.base import State


class Status(IntEnum):
    CLOSED = 0
    AWAITING_PAYMENT = 10
    PAID = 20
    PREPARING = 30
    PARTLY_DELEGATED = 31
    RETRYING = 32
    COMPLETED = 40
    REFUNDED = 41
    ABNORMAL = 43


STATES: Mapping[int, State] = {
    Status.CLOSED: State.FAILED,
    Status.AWAITING_PAYMENT: State.PENDING,
    Status.PAID: State.PENDING,
    Status.PREPARING: State.PENDING,
    Status.PARTLY_DELEGATED: State.PARTIAL,
    Status.RETRYING: State.PENDING,
    Status.COMPLETED: State.SUCCEEDED,
    Status.REFUNDED: State.FAILED,
    Status.ABNORMAL: State.FAILED,
}


class DelegationStatus(IntEnum):
    """`details[].status` of a queried order."""

    DELEGATED = 20
    RECLAIMED = 30


def state_of(status: int) -> State:
    """An unknown status is PENDING: poll again."""
    return STATES.get(status, State.PENDING)
