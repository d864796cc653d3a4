"""A slow database stalls no caller but the one it is slow for. Exactness under load: tests/orders/api."""

import threading

import pytest

from orders.services import limits
from tests.orders.conftest import NOW

WAIT_SECONDS = 20


@pytest.mark.django_db
def test_one_slow_write_stalls_its_own_key_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    writing, go_on = threading.Event(), threading.Event()

    def take(key: str, minute: int, per_minute: int) -> int:
        if key == "slow":
            writing.set()
            assert go_on.wait(WAIT_SECONDS)
        return 1

    monkeypatch.setattr(limits, "_take", take)
    limits.forget()
    waits: dict[str, int] = {}

    def call(key: str) -> None:
        waits[key] = limits.seconds_to_wait(key, per_minute=10, now=NOW)

    slow = threading.Thread(target=call, args=["slow"])
    slow.start()
    assert writing.wait(WAIT_SECONDS)
    quick = threading.Thread(target=call, args=["quick"])
    quick.start()
    quick.join(WAIT_SECONDS)
    done_meanwhile = dict(waits)
    go_on.set()
    slow.join(WAIT_SECONDS)
    assert done_meanwhile == {"quick": 0}
    assert waits == {"quick": 0, "slow": 0}
