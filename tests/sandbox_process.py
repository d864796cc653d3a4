"""The sandbox as a real process, and its control API."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import requests

from tests.processes import ROOT
from tests.waiting import wait_until

TIMEOUT_SECONDS = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class SandboxProcess:
    def __init__(self, data_dir: Path, port: int = 0) -> None:
        self.data_dir = data_dir
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data_dir / "sandbox.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._http = requests.Session()
        self._http.trust_env = False

    def start(self) -> "SandboxProcess":
        self.data_dir.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "providers.sandbox", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--data-dir", str(self.data_dir)],
                cwd=ROOT,
                env=os.environ.copy(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_until(self._answers)
        return self

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text()
        try:
            return self._http.get(f"{self.url}/healthz", timeout=TIMEOUT_SECONDS).status_code == 200
        except requests.ConnectionError:
            return False

    def stop(self) -> int:
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        return self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.send_signal(number)
        code = self._process.wait(TIMEOUT_SECONDS)
        self._process = None
        return code

    def control(self, path: str, **values: Any) -> None:
        answer = self._http.post(f"{self.url}/control/{path}", json=values, timeout=TIMEOUT_SECONDS)
        assert answer.status_code == 200, answer.text

    def rule(self, dialect: str, outcome: str, count: int = 1, **more: Any) -> None:
        """`account`: a label; `on_lookup`: for the next look-ups instead of purchases."""
        self.control("rules", dialect=dialect, outcome=outcome, count=count, **more)

    def settings(self, **seconds: float) -> None:
        """delay_seconds: how long an order takes; slow_seconds: how late a slow answer comes."""
        self.control("settings", **{name: str(value) for name, value in seconds.items()})

    def inbox_keys(self, name: str, dialect: str, key: str, secret: str) -> None:
        self.control("inbox-keys", name=name, dialect=dialect, key=key, secret=secret)

    def purchases(self) -> list[dict[str, Any]]:
        """Every executed order, the newest first."""
        return self._read("control/purchases")

    def requests_since(self, since: int = 0) -> list[dict[str, Any]]:
        return self._read(f"control/requests?since={since}")

    def inbox(self, name: str) -> list[dict[str, Any]]:
        """Received callbacks, the newest first."""
        return self._read(f"inbox/{name}.json")

    def _read(self, path: str) -> list[dict[str, Any]]:
        answer = self._http.get(f"{self.url}/{path}", timeout=TIMEOUT_SECONDS)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found
