"""One supervised program: a process group of its own, its health and its deaths."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

DEATHS_WINDOW_SECONDS = 60.0
FIRST_DELAY_SECONDS = 0.5
PROBE_TIMEOUT_SECONDS = 1.0
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


@dataclass
class Child:
    """`health_url` answers 200 once the program works; None means that running is enough."""

    name: str
    command: list[str]
    health_url: str | None = None
    process: subprocess.Popen[bytes] | None = None
    deaths: deque[float] = field(default_factory=deque)
    start_at: float = 0.0

    def start_if_due(self) -> None:
        if self.process is None and time.monotonic() >= self.start_at:
            # The own session keeps the terminal's Ctrl-C away: the supervisor decides when a child ends.
            self.process = subprocess.Popen(  # noqa: S603
                self.command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=die_with_parent()
            )

    def reap(self) -> int | None:
        """Exit code, once, if the program has died since; plans its next start with a growing delay."""
        if self.process is None or self.process.poll() is None:
            return None
        exit_code = self.process.returncode
        self.kill_group()  # what it started may still hold its port or its tasks
        self.process = None
        now = time.monotonic()
        self.deaths.append(now)
        while self.deaths[0] < now - DEATHS_WINDOW_SECONDS:
            self.deaths.popleft()
        self.start_at = now + self.delay_seconds
        return exit_code

    @property
    def delay_seconds(self) -> float:
        return FIRST_DELAY_SECONDS * 2.0 ** (len(self.deaths) - 1)

    def is_healthy(self) -> bool:
        return self.process is not None and (self.health_url is None or answers(self.health_url))

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def terminate(self) -> None:
        """Ask the program itself, not its group: it knows in which order its own children end."""
        if self.process is not None:
            self.process.terminate()

    def kill_group(self) -> None:
        """End at once whatever is left, and wait until the program is gone."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def answers(url: str) -> bool:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=PROBE_TIMEOUT_SECONDS)
    try:
        connection.request("GET", parts.path)
        response = connection.getresponse()
        response.read()  # closing with unread bytes would reset the connection under the server
        return response.status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def die_with_parent() -> Callable[[], None] | None:
    """Runs in the child before its program: SIGTERM when the supervisor dies, even of SIGKILL. Linux only."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl  # looked up before the fork
    supervisor = os.getpid()

    def ask_the_kernel() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != supervisor:  # it died before the kernel was asked
            os._exit(1)

    return ask_the_kernel
