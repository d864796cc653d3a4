"""One watcher leads; a stand-by takes over after a silence by its own clock, whatever the clocks of the hosts say."""

import pytest

from orders.models import ChainCursor
from orders.services import leadership
from orders.services.leadership import LeaseLost, StandBy
from tests.orders.conftest import NOW

pytestmark = pytest.mark.django_db


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def leads(stand_by: StandBy) -> bool:
    return stand_by.try_to_lead(now=NOW)


def test_the_first_leads_at_once_and_the_second_waits(clock: Clock) -> None:
    first, second = StandBy("first", monotonic=clock), StandBy("second", monotonic=clock)
    assert leads(first)
    for _ in range(30):
        assert not leads(second)
        clock.seconds += 2
        leadership.beat("first")
    assert ChainCursor.objects.get().holder == "first"


def test_silence_hands_over_within_fifteen_seconds(clock: Clock) -> None:
    first, second = StandBy("first", monotonic=clock), StandBy("second", monotonic=clock)
    leads(first)
    assert not leads(second)
    began = clock.seconds
    while not leads(second):
        clock.seconds += 1
    assert leadership.SILENCE_SECONDS <= clock.seconds - began < 15
    with pytest.raises(LeaseLost):
        leadership.beat("first")
    leadership.beat("second")


def test_of_two_that_wait_one_takes_over(clock: Clock) -> None:
    stand_bys = [StandBy(name, monotonic=clock) for name in ("dead", "second", "third")]
    assert [leads(each) for each in stand_bys] == [True, False, False]
    clock.seconds += 11
    assert [leads(each) for each in stand_bys[1:]] == [True, False]
    clock.seconds += 1
    assert not leads(stand_bys[2]), "the new one has been seen to live"


def test_who_resigns_is_followed_at_once(clock: Clock) -> None:
    first, second = StandBy("first", monotonic=clock), StandBy("second", monotonic=clock)
    leads(first)
    assert not leads(second)
    leadership.resign("first")
    assert leads(second)
    leadership.resign("first")
    assert ChainCursor.objects.get().holder == "second"


def test_two_processes_never_have_one_name() -> None:
    assert leadership.holder_name() != leadership.holder_name()
