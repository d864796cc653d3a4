"""Turn, rest and health of a node, shared by processes: each gate below stands for one."""

from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from orders.models import ChainNode
from orders.services.node_gate import DatabaseGate
from tests.orders.conftest import NOW

pytestmark = pytest.mark.django_db


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock(settings: Settings) -> Clock:
    settings.TRON_REQUESTS_PER_SECOND = 12
    return Clock()


def granted(gate: DatabaseGate, most: int = 1000) -> int:
    return next((count for count in range(most) if gate.wait_seconds("node", 1)), most)


def test_all_processes_together_stay_within_the_rate(clock: Clock) -> None:
    gates = [DatabaseGate(clock=clock, is_first=True) for _ in range(3)]
    total = 0
    for _ in range(40):
        total += sum(granted(gate) for gate in gates)
        clock.pass_seconds(0.25)
    assert 10 * 12 <= total <= 11 * 12, "ten seconds, and the bucket of one"


def test_a_wait_is_as_long_as_it_must_be(clock: Clock) -> None:
    gate = DatabaseGate(clock=clock, is_first=True)
    granted(gate)
    wait = gate.wait_seconds("node", 1)
    assert 0 < wait <= 0.25
    clock.pass_seconds(wait + 0.001)
    assert gate.wait_seconds("node", 1) == 0


def test_the_watcher_is_served_first(clock: Clock) -> None:
    other, first = DatabaseGate(clock=clock), DatabaseGate(clock=clock, is_first=True)
    assert granted(other) == 6, "half the bucket is left"
    assert granted(first) == 6
    clock.pass_seconds(0.3)
    assert other.wait_seconds("node", 1) > 0
    assert first.wait_seconds("node", 1) == 0


def test_a_suspension_holds_back_every_process(clock: Clock) -> None:
    one, two = DatabaseGate(clock=clock), DatabaseGate(clock=clock)
    assert two.wait_seconds("node", 1) == 0
    one.told("node", error="HTTP 403", rest_seconds=30)
    clock.pass_seconds(1)
    assert [gate.wait_seconds("node", 1) for gate in (one, two)] == [29, 29]
    clock.pass_seconds(30)
    assert [gate.wait_seconds("node", 1) for gate in (one, two)] == [0, 0]


def test_health_is_kept_for_staff_without_a_write_per_answer(
    clock: Clock, django_assert_max_num_queries: object
) -> None:
    gate = DatabaseGate(clock=clock)
    gate.told("node", error="HTTP 500: a page", rest_seconds=2)
    clock.pass_seconds(1)
    gate.told("node", error="HTTP 500: a page", rest_seconds=4)
    row = ChainNode.objects.get()
    assert (row.failing_since, row.failed_at, row.error) == (NOW, clock.now, "HTTP 500: a page")
    gate.told("node", error="", rest_seconds=0)
    row = ChainNode.objects.get()
    assert (row.failing_since, row.error, row.answered_at) == (None, "", clock.now)
    with django_assert_max_num_queries(0):  # type: ignore[operator]
        for _ in range(50):
            gate.told("node", error="", rest_seconds=0)


def test_requests_of_the_day_are_counted(clock: Clock, settings: Settings) -> None:
    settings.TRON_REQUESTS_PER_SECOND = 0
    gate = DatabaseGate(clock=clock)
    for _ in range(5):
        assert gate.wait_seconds("node", 2) == 0
    gate.told("node", error="", rest_seconds=0)
    assert (ChainNode.objects.get().requests_today, ChainNode.objects.get().day) == (10, NOW.date())
    clock.pass_seconds(86_400)
    gate.wait_seconds("node", 2)
    gate.told("node", error="", rest_seconds=0)
    assert ChainNode.objects.get().requests_today == 2
