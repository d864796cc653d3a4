import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backoffice import supervisor
from tests.backoffice.conftest import Start
from tests.processes import Running, is_alive
from tests.waiting import wait_until

# Each child adds its process id to the file it is given, then plays its part.
NOTE = (
    "import os, signal, subprocess, sys, time; "
    "note = open(sys.argv[1], 'a'); print(os.getpid(), file=note, flush=True); "
)
STAYS = NOTE + "time.sleep(600)"
DIES = NOTE + "sys.exit(3)"
DIES_ONCE = NOTE + "sys.exit(3) if len(open(sys.argv[1]).readlines()) == 1 else time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + STAYS
LEAVES_A_GRANDCHILD = (
    NOTE
    + "first = len(open(sys.argv[1]).readlines()) == 1; "
    + "child = subprocess.Popen(['sleep', '600']) if first else None; "
    + "print(child.pid, file=note, flush=True) if child else time.sleep(600); sys.exit(3)"
)


class Supervised:
    """The supervisor in a process of its own, over the given children; `pids` is what they have noted."""

    def __init__(self, start: Start, directory: Path, **scripts: str) -> None:
        self.notes = {name: directory / name for name in scripts}
        for note in self.notes.values():
            note.touch()
        commands = {
            name: [sys.executable, "-c", script, str(self.notes[name])] for name, script in scripts.items()
        }
        self.running: Running = start(
            [sys.executable, "-m", "tests.backoffice.supervise", json.dumps(commands)]
        )

    def pids(self, name: str, *, at_least: int = 1) -> list[int]:
        wait_until(lambda: len(self.notes[name].read_text().splitlines()) >= at_least)
        return [int(line) for line in self.notes[name].read_text().splitlines()]


@pytest.fixture(autouse=True)
def hangs_up() -> Iterator[None]:
    """Under nohup programs inherit a signal that is ignored, and the supervisor leaves it so."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def test_a_dead_child_is_named_with_its_exit_code_and_started_again(start: Start, tmp_path: Path) -> None:
    supervised = Supervised(start, tmp_path, flaky=DIES_ONCE, calm=STAYS)
    first, second = supervised.pids("flaky", at_least=2)
    supervised.running.wait_for_err("flaky ended with exit code 3; starting it again")
    assert not is_alive(first)
    assert is_alive(second)
    assert len(supervised.pids("calm")) == 1
    assert supervised.running.exit_code(after=signal.SIGTERM) == 0


def test_a_child_killed_by_a_signal_is_named_with_it(start: Start, tmp_path: Path) -> None:
    supervised = Supervised(start, tmp_path, calm=STAYS)
    os.kill(supervised.pids("calm")[0], signal.SIGKILL)
    supervised.running.wait_for_err("calm ended with exit code -9 (SIGKILL)")
    assert is_alive(supervised.pids("calm", at_least=2)[1])


def test_repeated_deaths_end_everything_with_an_error(start: Start, tmp_path: Path) -> None:
    supervised = Supervised(start, tmp_path, broken=DIES, calm=STAYS)
    assert supervised.running.exit_code() == 1
    assert (
        "broken ended with exit code 3 for the 5th time within a minute; giving up" in supervised.running.err
    )
    assert len(supervised.pids("broken")) == supervisor.DEATHS_ALLOWED
    assert not is_alive(supervised.pids("calm")[0])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_every_child(start: Start, tmp_path: Path, number: signal.Signals) -> None:
    supervised = Supervised(start, tmp_path, one=STAYS, other=STAYS)
    pids = supervised.pids("one") + supervised.pids("other")
    supervised.running.wait_for_out("ready")
    assert supervised.running.exit_code(after=number) == 0
    assert [pid for pid in pids if is_alive(pid)] == []
    assert supervised.running.err == ""


def test_a_child_that_ignores_the_request_is_killed(start: Start, tmp_path: Path) -> None:
    assert supervisor.STOP_SECONDS < 10
    supervised = Supervised(start, tmp_path, stubborn=STUBBORN, calm=STAYS)
    pids = supervised.pids("stubborn") + supervised.pids("calm")
    assert supervised.running.exit_code(after=signal.SIGTERM) == 0
    assert [pid for pid in pids if is_alive(pid)] == []
    assert supervised.running.err == "stubborn did not end when asked; killed\n"


def test_what_a_dead_child_had_started_is_ended_with_it(start: Start, tmp_path: Path) -> None:
    supervised = Supervised(start, tmp_path, parent=LEAVES_A_GRANDCHILD)
    _, grandchild, _ = supervised.pids("parent", at_least=3)
    assert not is_alive(grandchild)


@pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel")
def test_no_child_outlives_a_killed_supervisor(start: Start, tmp_path: Path) -> None:
    supervised = Supervised(start, tmp_path, one=STAYS, other=STAYS)
    pids = supervised.pids("one") + supervised.pids("other")
    supervised.running.wait_for_out("ready")
    assert supervised.running.exit_code(after=signal.SIGKILL) == -signal.SIGKILL
    wait_until(lambda: not any(is_alive(pid) for pid in pids))
