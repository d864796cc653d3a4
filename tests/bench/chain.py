"""Time per block against the number of open orders, and blocks a second in catch-up, on each database."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from statistics import median
from typing import Any

from tests.bench.site import fresh_database
from tests.processes import ROOT, manage
from tests.surroundings import postgres_answers

# 1000000 as well: BENCH_OPEN_ORDERS=1000,100000,1000000
SIZES = [int(size) for size in os.environ.get("BENCH_OPEN_ORDERS", "1000,100000").split(",")]
CATCH_UP_BLOCKS = int(os.environ.get("BENCH_BLOCKS", "200"))
POLLED_ADDRESSES = (10, 100, 1000)
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class ChainSite:
    name: str
    environment: dict[str, str]

    def load(self, what: str, count: int) -> Any:
        command = [sys.executable, "-m", "tests.bench.chain_load", what, str(count)]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.PIPE)
        return json.loads(done.stdout)


@contextmanager
def site(name: str, *, postgres: bool) -> Iterator[ChainSite]:
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as directory,
        fresh_database() if postgres else nullcontext("") as url,
    ):
        environment = {**os.environ, "DATA_DIR": directory, "DATABASE_URL": url, "LOG_LEVEL": "ERROR"}
        environment["DJANGO_SETTINGS_MODULE"] = "backoffice.settings"
        subprocess.run(manage("migrate", "--verbosity", "0"), cwd=ROOT, env=environment, check=True)
        yield ChainSite(name, environment)


def sites() -> Iterator[ChainSite]:
    with site("SQLite", postgres=False) as found:
        yield found
    if postgres_answers():
        with site("PostgreSQL", postgres=True) as found:
            yield found


@dataclass(frozen=True)
class Figures:
    name: str
    block_ms: dict[int, float]
    blocks_per_second: float
    cpu_ms: float


def measure(found: ChainSite) -> Figures:
    """The median of the blocks; each of them settles two orders, the rest of its transfers is strangers'."""
    times = {}
    for number, size in enumerate(SIZES):
        found.load("fill", size)
        times[size] = median(found.load("block_times", 100 * number))
    caught_up = found.load("catch_up", CATCH_UP_BLOCKS)
    return Figures(found.name, times, caught_up["blocks_per_second"], caught_up["cpu_ms"])


def requests_a_day() -> list[tuple[str, float]]:
    """Counted at the node over some minutes of chain time: ours do not grow with addresses, those of a poll per
    address and token do, as django-tron-payments and TokenPay make it."""
    rows: list[tuple[str, float]] = []
    with site("SQLite", postgres=False) as found:
        found.load("fill", 1)
        for count in POLLED_ADDRESSES:
            made = found.load("requests_made", count)
            days = DAY_SECONDS / made["seconds"]
            if not rows:
                rows.append(("blocks, any number of addresses", days * made["ours"]))
            rows.append((f"each of {count} addresses every 15 s", days * made["polled"]))
    return rows
