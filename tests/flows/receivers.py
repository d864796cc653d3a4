"""Merchants' servers as processes of a test, and the dispatchers that post to them."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.processes import Running
from tests.waiting import wait_until


@dataclass(frozen=True)
class Arrived:
    event: str
    attempt: int
    host: str
    body: str
    act: str


class Receivers:
    """`share` of the requests fail, chosen by `seed`; a share of 1 with `act` hang is a dead host."""

    def __init__(
        self, directory: Path, *, ports: int, seed: int = 0, share: float = 0.0, act: str = ""
    ) -> None:
        directory.mkdir()
        self._journal = directory / "journal"
        self._journal.touch()
        command = [
            sys.executable,
            "-m",
            "tests.receiver",
            str(self._journal),
            str(ports),
            str(seed),
            str(share),
        ]
        self._process = Running([*command, act], directory)
        wait_until(lambda: self._process.out.endswith("\n"))
        self.hosts = [f"127.0.0.1:{port}" for port in json.loads(self._process.out)]
        self.urls = [f"http://{host}/cb" for host in self.hosts]

    def arrived(self) -> list[Arrived]:
        """In the order of arrival; a line being written is not there yet."""
        lines = self._journal.read_text().split("\n")[:-1]
        return [Arrived(**json.loads(line)) for line in lines]

    def close(self) -> None:
        self._process.close()
