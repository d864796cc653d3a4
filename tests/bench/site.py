"""An installation of its own for each way to run it: fresh database and sandbox, one worker."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from providers.tron import wallet_keys
from tests.processes import ROOT, Running, manage
from tests.sandbox_process import SandboxProcess, free_port
from tests.surroundings import POSTGRES_URL, REDIS_URL, postgres_answers, redis_answers
from tests.waiting import wait_until

# Orders stay accepted: no poll and no sweep may take part in what is measured.
QUIET = {"POLL_SECONDS": "3600", "CLAIM_SECONDS": "3600", "LOG_LEVEL": "ERROR", "Q_WORKERS": "4"}


class Site:
    def __init__(self, name: str, *, postgres: bool, redis: bool) -> None:
        self.name = name
        self._postgres = postgres
        self._redis = redis
        self._parts = ExitStack()
        self._environment: dict[str, str] = {}

    def __enter__(self) -> "Site":
        self.directory = Path(self._parts.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        url = self._parts.enter_context(fresh_database()) if self._postgres else ""
        broker = {"Q_BROKER": "redis", "REDIS_URL": REDIS_URL} if self._redis else {}
        sandbox = SandboxProcess(self.directory / "sandbox").start()
        self._parts.callback(sandbox.kill)
        sandbox.settings(delay_seconds=3600)
        self._environment = {
            **{name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
            **QUIET,
            **broker,
            "Q_NAME": f"bench-{uuid.uuid4().hex}",
            "DATA_DIR": str(self.directory),
            "DATABASE_URL": url,
            "SANDBOX_PORT": str(sandbox.port),
            **dict.fromkeys(("CALLBACK_ALLOWED_NETWORKS", "PROVIDER_ALLOWED_NETWORKS"), "127.0.0.1/32"),
            "WALLET_PUBLIC_KEY": wallet_keys.public_of(wallet_keys.generate()),
        }
        subprocess.run(manage("migrate", "--verbosity", "0"), cwd=ROOT, env=self._environment, check=True)
        self._load("prepare")
        return self

    def __exit__(self, *exception: object) -> None:
        self._parts.close()

    def latencies(self, orders: int) -> list[float]:
        """Milliseconds from `place_order` to the first byte of the purchase, an idle worker, one order at a time."""
        with self._worker(""):
            waits: list[float] = self._load("latencies", str(orders))
            return waits

    def rate(self, what: str, tasks: int, settings: str) -> float:
        """Tasks a second of a queue that was full before the worker started."""
        self._load(f"queue_{what}", str(tasks))
        with self._worker(settings):
            rate: float = self._load(f"rate_{what}", str(tasks))
            return rate

    def request_rates(self, requests: int, connections: int) -> dict[str, float]:
        """Requests a second by what is asked of the web server; no worker runs."""
        port = free_port()
        directory = Path(tempfile.mkdtemp(dir=self.directory))
        chosen = {"DJANGO_SETTINGS_MODULE": "tests.bench.bare_settings", "PORT": str(port)}
        unlimited = {"API_REQUESTS_PER_MINUTE": str(10**9)}
        web = Running(manage("web"), directory, self._environment | chosen | unlimited)
        try:
            wait_until(lambda: _accepts(port))
            rates: dict[str, float] = self._run(
                "tests.bench.web_load", *map(str, (port, requests, connections))
            )
            return rates
        finally:
            web.kill_group()

    @contextmanager
    def _worker(self, settings: str) -> Iterator[None]:
        directory = Path(tempfile.mkdtemp(dir=self.directory))
        chosen = {"DJANGO_SETTINGS_MODULE": settings} if settings else {}
        worker = Running(manage("work"), directory, self._environment | chosen)
        try:
            yield
        finally:
            worker.kill_group()

    def _load(self, *arguments: str) -> Any:
        return self._run("tests.bench.load", *arguments)

    def _run(self, module: str, *arguments: str) -> Any:
        command = [sys.executable, "-m", module, *arguments]
        environment = self._environment | {"DJANGO_SETTINGS_MODULE": "backoffice.settings"}
        answer = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE)
        return json.loads(answer.stdout)


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def sites(*, redis: bool) -> Iterator[Site]:
    databases = {"SQLite": False} | ({"PostgreSQL": True} if postgres_answers() else {})
    for name, postgres in databases.items():
        yield Site(name, postgres=postgres, redis=False)
    if redis and redis_answers():
        for name, postgres in databases.items():
            yield Site(f"{name}, Redis broker", postgres=postgres, redis=True)


@contextmanager
def fresh_database() -> Iterator[str]:
    name = f"bench_{uuid.uuid4().hex}"
    with psycopg.connect(POSTGRES_URL, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            yield urlsplit(POSTGRES_URL)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
