import pytest

from orders.api.itrx import presentation
from orders.models import Attempt, Order
from orders.states import AttemptStatus, OrderStatus
from providers.itrx import wire

A = AttemptStatus


@pytest.mark.parametrize(
    ("attempts", "told"),
    [
        ([], 20),
        ([A.SENDING], 30),
        ([A.SUCCEEDED], 30),
        ([A.REFUSED], 32),
        ([A.NEVER_ARRIVED, A.REFUNDED], 32),
        ([A.REFUSED, A.UNKNOWN], 30),
    ],
)
def test_a_new_order_whose_attempts_are_read_a_moment_later(attempts: list[A], told: int) -> None:
    """The worker may have begun in between; that is no exception to retry."""
    order = Order(status=OrderStatus.NEW)
    assert presentation.status(order, [Attempt(status=status) for status in attempts]) == told


@pytest.mark.parametrize("status", OrderStatus.values)
def test_every_status_of_ours_has_one_of_theirs(status: str) -> None:
    assert presentation.status(Order(status=status), []) in set(wire.Status)
