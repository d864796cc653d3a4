"""How many tries a host is given."""

from orders.models import Lane
from orders.services.dispatching.hosts import Host


def test_a_host_earns_its_slots() -> None:
    host = Host(most=16)
    assert host.free(Lane.FIRST) == 5
    for _ in range(30):
        host.take(Lane.FIRST)
        host.give_back(Lane.FIRST, is_alive=True)
    assert host.free(Lane.FIRST) == 16


def test_a_host_that_fails_loses_them_and_keeps_one() -> None:
    host = Host(most=16)
    for left in (2, 1, 1):
        host.take(Lane.FIRST)
        host.give_back(Lane.FIRST, is_alive=False)
        assert host.free(Lane.FIRST) == left


def test_a_hanging_host_holds_few() -> None:
    host = Host(most=16)
    while host.free(Lane.FIRST):
        host.take(Lane.FIRST)
    assert host.in_hand[Lane.FIRST] == 5
    assert not host.is_idle


def test_retries_leave_slots_to_first_attempts() -> None:
    host = Host(most=16)
    while host.free(Lane.AGAIN):
        host.take(Lane.AGAIN)
    assert host.in_hand[Lane.AGAIN] == 3
    assert host.free(Lane.FIRST) == 2


def test_one_slot_serves_both() -> None:
    host = Host(most=1)
    assert (host.free(Lane.FIRST), host.free(Lane.AGAIN)) == (1, 1)
    host.take(Lane.AGAIN)
    assert (host.free(Lane.FIRST), host.free(Lane.AGAIN)) == (0, 0)
