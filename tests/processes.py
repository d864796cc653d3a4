"""Real processes in tests: output kept in a file, ended with the test, looked up by their parent."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from backoffice.child import die_with_parent
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent


class Running:
    """A started program whose stdout and stderr go to files, so that no pipe can fill and block it."""

    def __init__(
        self, command: Sequence[str], directory: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.out_file = directory / "stdout"
        self.err_file = directory / "stderr"
        with self.out_file.open("wb") as out, self.err_file.open("wb") as err:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
                preexec_fn=die_with_parent(),  # a test run that is killed leaves nothing behind
            )

    @property
    def out(self) -> str:
        return self.out_file.read_text()

    @property
    def err(self) -> str:
        return self.err_file.read_text()

    def wait_for_out(self, text: str) -> None:
        wait_until(lambda: text in self.out or self.process.poll() is not None, seconds=120)
        assert text in self.out, self.err

    def wait_for_err(self, text: str) -> None:
        wait_until(lambda: text in self.err or self.process.poll() is not None, seconds=120)
        assert text in self.err, self.err

    def exit_code(self, *, after: signal.Signals | None = None) -> int:
        """Waits for the end, generously; `after` is sent first."""
        if after is not None:
            self.process.send_signal(after)
        return self.process.wait(timeout=180)

    def kill_group(self) -> None:
        """SIGKILL for the program and everything it has forked, at one blow, as when its host dies."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        """Leaves nothing behind, whatever the test did."""
        family = [self.process.pid, *descendants(self.process.pid)]
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pid in family[1:]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def manage(*arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def descendants(pid: int) -> list[int]:
    return [each for child in children(pid) for each in (child, *descendants(child))]


def is_alive(pid: int) -> bool:
    """A zombie has ended: only its parent has not noticed yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
