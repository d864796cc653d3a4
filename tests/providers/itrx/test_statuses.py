import pytest

from providers.base import State
from providers.itrx import wire


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (0, State.FAILED),
        (10, State.PENDING),
        (20, State.PENDING),
        (30, State.PENDING),
        (31, State.PARTIAL),
        (32, State.PENDING),
        (40, State.SUCCEEDED),
        (41, State.FAILED),
        (43, State.FAILED),
        (42, State.PENDING),
        (999, State.PENDING),
    ],
)
def test_meaning(status: int, state: State) -> None:
    assert wire.state_of(status) is state


def test_every_status_is_in_the_table() -> None:
    assert set(wire.STATES) == set(wire.Status)
