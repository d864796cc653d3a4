"""Server time of the busiest pages and searches at two volumes on PostgreSQL, each in a filled database of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

from tests.bench.chain import site
from tests.processes import ROOT, manage

# 5000000 as well: BENCH_PAGE_ORDERS=10000,5000000
VOLUMES = [int(size) for size in os.environ.get("BENCH_PAGE_ORDERS", "10000,200000").split(",")]
AIM_RATIO, AIM_DATABASE_MS, AIM_PAGE_MS = 2.0, 50.0, 150.0
ROW = "{:<34}{:>10}{:>10}{:>9}{:>9}{:>8}"
Figures = dict[str, dict[str, float]]


def figures() -> Iterator[list[str]]:
    """Nothing without PostgreSQL."""
    found = {volume: measured(volume) for volume in VOLUMES}
    small, large = found[min(found)], found[max(found)]
    for volume, pages in found.items():
        yield [
            ROW.format(f"ms at {volume:,} orders", "page", "database", "queries", "ratio", "aim"),
            *(_line(name, each, small.get(name, each)) for name, each in pages.items()),
        ]
    yield list(_summary(small, large))


def measured(volume: int) -> Figures:
    with site("PostgreSQL", postgres=True) as found:
        environment = found.environment | {"REQUIRE_TWO_FACTOR": "false"}
        subprocess.run(manage("fill_database", str(volume)), cwd=ROOT, env=environment, check=True)
        command = [sys.executable, "-m", "tests.bench.page_load"]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE)
        pages: Figures = json.loads(done.stdout)
        return pages


def _line(name: str, each: dict[str, float], first: dict[str, float]) -> str:
    page, database = each["page_ms"], each["database_ms"]
    word = "" if page <= AIM_PAGE_MS and database <= AIM_DATABASE_MS else "over"
    ratio = f"{page / first['page_ms']:.2f}"
    return ROW.format(name, f"{page:.1f}", f"{database:.1f}", int(each["queries"]), ratio, word)


def _summary(small: Figures, large: Figures) -> Iterator[str]:
    both = small.keys() & large.keys()
    ratio = max(large[name]["page_ms"] / small[name]["page_ms"] for name in both)
    database = max(each["database_ms"] for each in large.values())
    page = max(each["page_ms"] for each in large.values())
    line = "{:<34}{:>10}{:>10}".format
    yield line("dearest of all", "figure", "aim")
    yield line("ratio of the volumes", f"{ratio:.2f}", f"{AIM_RATIO:.0f}")
    yield line("database, ms", f"{database:.1f}", f"{AIM_DATABASE_MS:.0f}")
    yield line("page, ms", f"{page:.1f}", f"{AIM_PAGE_MS:.0f}")
