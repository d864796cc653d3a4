"""Figures of the callback engine on PostgreSQL. The yardstick is measured before and after, in the same run.

BENCH_CALLBACKS: how many are delivered. BENCH_ATTEMPTS: how many stored attempts the large installation has.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

from tests.bench.site import fresh_database
from tests.processes import ROOT, Running, manage
from tests.surroundings import postgres_answers
from tests.waiting import wait_until

COUNT = int(os.environ.get("BENCH_CALLBACKS", "10000"))
ATTEMPTS = int(os.environ.get("BENCH_ATTEMPTS", "1000000"))
FEW_ATTEMPTS = 10_000
TASKS = max(COUNT // 20, 100)
HOSTS = 32
OFFERED_SECONDS, OFFERED_A_SECOND = 20, 200
ROW = "{:<44}{:>12}{:>12}"


class Installation:
    """A fresh database with one merchant, and servers that receive."""

    def __init__(self, directory: Path, database: str) -> None:
        self._directory = directory
        self._environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "backoffice.settings",
            "DATA_DIR": str(directory),
            "DATABASE_URL": database,
            "LOG_LEVEL": "ERROR",
            "CALLBACK_ALLOWED_NETWORKS": "127.0.0.0/8",
            "Q_NAME": f"bench-{uuid.uuid4().hex}",
        }
        subprocess.run(manage("migrate", "--verbosity", "0"), cwd=ROOT, env=self._environment, check=True)
        self.load("prepare")

    def load(self, *arguments: object) -> Any:
        command = [sys.executable, "-m", "tests.bench.callback_load", *map(str, arguments)]
        answer = subprocess.run(command, cwd=ROOT, env=self._environment, check=True, stdout=subprocess.PIPE)
        return json.loads(answer.stdout)

    @contextmanager
    def running(self, command: list[str], **variables: str) -> Iterator[Running]:
        directory = Path(tempfile.mkdtemp(dir=self._directory))
        program = Running(command, directory, self._environment | variables)
        try:
            yield program
        finally:
            if program.process.poll() is None:
                program.process.send_signal(signal.SIGTERM)
                program.process.wait(60)
            program.close()

    @contextmanager
    def receiver(self, *arguments: object) -> Iterator[str]:
        """The ports, comma-separated."""
        with self.running([sys.executable, "-m", *map(str, arguments)]) as program:
            wait_until(lambda: program.out.endswith("\n"))
            yield ",".join(map(str, json.loads(program.out)))


@contextmanager
def installation() -> Iterator[Installation]:
    with tempfile.TemporaryDirectory(prefix="bench-") as directory, fresh_database() as database:
        yield Installation(Path(directory), database)


def figures() -> Iterator[list[str]]:
    if postgres_answers():
        yield delivery_figures()
        yield latency_figures()
        yield size_figures()


def delivery_figures() -> list[str]:
    with installation() as site, site.receiver("tests.bench.receiver", HOSTS) as ports:
        site.load("fill", TASKS, ports)
        site.load("enqueue")
        with site.running(manage("work")):
            tasks = site.load("rate")
        site.load("fill", COUNT, ports)
        before = site.load("bare", COUNT)
        with site.running(manage("deliver_callbacks")):
            engine = site.load("rate")
        bare = (before + site.load("bare", COUNT)) / 2
        own = site.load("bare_own", COUNT)
    return [
        ROW.format(f"{COUNT} callbacks to {HOSTS} hosts, PostgreSQL", "a second", "ratio"),
        ROW.format("bare loop: sign and post by aiohttp", f"{bare:.0f}", "1.00"),
        ROW.format("the same by the engine's own client", f"{own:.0f}", f"{own / bare:.2f}"),
        ROW.format("engine: delivered and logged", f"{engine:.0f}", f"{engine / bare:.2f}"),
        ROW.format(f"a django-q2 task each ({TASKS}, 4 processes)", f"{tasks:.0f}", f"{tasks / bare:.2f}"),
        ROW.format("engine beside tasks", "", f"{engine / tasks:.1f}"),
    ]


def latency_figures() -> list[str]:
    """From the commit of a row to the first byte of its first try, towards hosts that answer."""
    silent = ("tests.receiver", os.devnull, 9, 0, 1.0, "hang")
    with (
        installation() as site,
        site.receiver("tests.bench.receiver", 21) as well,
        site.receiver(*silent) as ill,
        site.running(manage("deliver_callbacks")),
    ):
        waits = site.load("offer", well, ill, OFFERED_A_SECOND, OFFERED_SECONDS)
    cuts = quantiles(waits, n=100)
    return [
        ROW.format(f"{OFFERED_A_SECOND} events/s, 9 of 30 hosts hang, ms", "median", "p99"),
        ROW.format(f"first attempts to the others ({len(waits)})", f"{cuts[49]:.0f}", f"{cuts[98]:.0f}"),
    ]


def size_figures() -> list[str]:
    seen: list[dict[str, float]] = []
    for attempts in (FEW_ATTEMPTS, ATTEMPTS):
        with installation() as site:
            site.load("grow", attempts)
            seen.append(site.load("steps"))
    few, many = seen
    lines = [ROW.format(f"{FEW_ATTEMPTS} and {ATTEMPTS} stored attempts, ms", "few, many", "ratio")]
    for name, value in few.items():
        lines.append(ROW.format(name, f"{value:.2f} {many[name]:.2f}", f"{many[name] / value:.2f}"))
    return lines
