"""The real processes of an installation on the test's database: sandbox, web, workers, dispatcher."""

import socket
from collections.abc import Mapping
from pathlib import Path

from backoffice.child import answers
from tests.processes import Running, manage
from tests.waiting import wait_until

# Short, so that a lost answer is found out about within seconds.
TIMING = {
    "LOOK_UP_GRACE_SECONDS": 2,
    "POLL_SECONDS": 1,
    "CLAIM_SECONDS": 5,
    "PROVIDER_CONNECT_SECONDS": 1,
    "PROVIDER_TOTAL_SECONDS": 3,
    "CALLBACK_TIMEOUT_SECONDS": 3,
    "WATCH_SILENCE_SECONDS": 10,
}


class Stack:
    """`environment` is that of every program; each start has output files of its own, which `logs` reads."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self.directory = directory
        self.port = free_port()
        self.environment = {
            **environment,
            **{name: str(value) for name, value in TIMING.items()},
            "PORT": str(self.port),
            "PUBLIC_URL": self.web_url,
            "WEB_WORKERS": "1",
            "Q_WORKERS": "6",  # they mostly wait for slow upstreams
            "LOGIN_FAILURES_PER_MINUTE": "1000",  # all people of the browser tests come from one address
        }
        self.started: list[Running] = []
        self.worker: Running | None = None
        self.dispatcher: Running | None = None

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *arguments: str, **variables: str) -> Running:
        """`manage.py` with these arguments, until `close` at the latest."""
        directory = self.directory / f"{len(self.started):03}-{arguments[0]}"
        directory.mkdir()
        self.started.append(Running(manage(*arguments), directory, self.environment | variables))
        return self.started[-1]

    def start_all(self) -> None:
        web = self.start("web")
        self.start_worker()
        self.start_dispatcher()
        wait_until(lambda: answers(f"{self.web_url}/healthz") or web.process.poll() is not None)
        assert web.process.poll() is None, web.err

    def start_worker(self) -> None:
        self.worker = self.start("work")

    def start_dispatcher(self) -> None:
        self.dispatcher = self.start("deliver_callbacks")

    def stop_worker(self) -> None:
        if self.worker is not None:
            self.worker.kill_group()
        self.worker = None

    def stop_dispatcher(self) -> None:
        if self.dispatcher is not None:
            self.dispatcher.kill_group()
        self.dispatcher = None

    def logs(self) -> str:
        """Everything every program has written so far."""
        return "\n".join(f"--- {each.out_file.parent.name}\n{each.out}{each.err}" for each in self.started)

    def close(self) -> None:
        for each in self.started:
            each.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
