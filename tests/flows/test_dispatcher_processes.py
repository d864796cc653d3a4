"""One dispatcher is several processes on PostgreSQL, which begin and end together."""

import os
import signal

import pytest
from django.db import connection

from tests.flows.stack import Stack
from tests.processes import Running, children, is_alive
from tests.waiting import wait_until


def started(stack: Stack) -> tuple[Running, list[int]]:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite takes one writer at a time: there is one process")
    running = stack.start("deliver_callbacks", CALLBACK_PROCESSES="3")
    wait_until(lambda: len(children(running.process.pid)) == 3 or running.process.poll() is not None)
    return running, children(running.process.pid)


def test_they_end_when_told(stack: Stack) -> None:
    running, engines = started(stack)
    assert len(engines) == 3, running.err
    assert running.exit_code(after=signal.SIGTERM) == 0, running.err
    assert not any(map(is_alive, engines))


def test_the_death_of_one_ends_all(stack: Stack) -> None:
    """So that who watches over the dispatcher sees it."""
    running, engines = started(stack)
    os.kill(engines[1], signal.SIGKILL)
    assert running.exit_code() != 0
    assert not any(map(is_alive, engines))


def test_none_outlives_its_parent(stack: Stack) -> None:
    running, engines = started(stack)
    running.process.kill()
    running.process.wait()
    wait_until(lambda: not any(map(is_alive, engines)))
