"""Starts programs, restarts the ones that die, and ends them all together.

A child that dies is named with its exit code and started again after 0.5, 1, 2, 4 seconds; at the fifth death
within a minute everything stops. SIGTERM, SIGINT and SIGHUP end every child: asked first, killed after eight
seconds.
"""

import signal
import time
from collections.abc import Callable, Sequence
from types import FrameType

from backoffice.child import Child

TICK_SECONDS = 0.1
START_SECONDS = 120.0
STOP_SECONDS = 8.0
DEATHS_ALLOWED = 5


class Supervisor:
    """`report` gets one line a notable event; `on_ready` is called once, when every child is healthy."""

    def __init__(
        self, children: Sequence[Child], *, report: Callable[[str], None], on_ready: Callable[[], None]
    ) -> None:
        self.children = children
        self.report = report
        self.on_ready = on_ready
        self.is_stopping = False

    def run(self) -> int:
        """Blocks until a signal (0) or until a child is given up (1)."""
        self._catch_signals()
        try:
            return self._watch()
        finally:
            self._stop()

    def _catch_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note_signal)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup keeps its meaning
            signal.signal(signal.SIGHUP, self._note_signal)

    def _note_signal(self, number: int, frame: FrameType | None) -> None:
        self.is_stopping = True

    def _watch(self) -> int:
        is_ready = False
        give_up_at = time.monotonic() + START_SECONDS
        while not self.is_stopping:
            for child in self.children:
                if self._is_hopeless(child):
                    return 1
                child.start_if_due()
            if not is_ready:
                is_ready = all(child.is_healthy() for child in self.children)
                if is_ready:
                    self.on_ready()
                elif time.monotonic() > give_up_at:
                    self._report_silence()
                    return 1
            time.sleep(TICK_SECONDS)
        return 0

    def _is_hopeless(self, child: Child) -> bool:
        exit_code = child.reap()
        if exit_code is None:
            return False
        ended = f"{child.name} ended with exit code {exit_code}{signal_name(exit_code)}"
        if len(child.deaths) >= DEATHS_ALLOWED:
            self.report(f"{ended} for the {len(child.deaths)}th time within a minute; giving up")
            return True
        self.report(f"{ended}; starting it again in {child.delay_seconds:g} s")
        return False

    def _report_silence(self) -> None:
        silent = ", ".join(
            f"{child.name} ({child.health_url})" for child in self.children if not child.is_healthy()
        )
        self.report(f"no answer after {START_SECONDS:g} s from {silent}; giving up")

    def _stop(self) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children:
            child.terminate()
        while any(child.is_running() for child in self.children) and time.monotonic() < deadline:
            time.sleep(TICK_SECONDS / 2)
        for child in self.children:
            if child.is_running():
                self.report(f"{child.name} did not end when asked; killed")
            child.kill_group()


def signal_name(exit_code: int) -> str:
    return f" ({signal.Signals(-exit_code).name})" if exit_code < 0 else ""
