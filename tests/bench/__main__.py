"""`make bench`: figures of this machine, as tables with ratios. Nothing here passes or fails.

BENCH_ORDERS sets the size, BENCH_ONLY=web leaves all but the web server out. What is missing (PostgreSQL, Redis) is
left out.
"""

import os
import sys
from statistics import median, quantiles

from tests.bench.site import Site, sites
from tests.surroundings import missing

ORDERS = int(os.environ.get("BENCH_ORDERS", "200"))
EMPTY_TASKS = 5 * ORDERS
PRUNING = "tests.bench.pruning_settings"
REQUESTS = 2 * ORDERS
CONNECTIONS = 4
WEB_ROWS = {"bare": "bare view", "collect": "order/collect-manual", "monitor": "orders/monitor"}
ROW = "{:<28}{:>14}{:>14}{:>9}"


def main() -> None:
    if os.environ.get("BENCH_ONLY") != "web":
        queue_figures()
    web_figures()
    show("", *(f"left out: {what}" for what in missing()))


def web_figures() -> None:
    """Beside a view that authenticates and inserts one row, and does nothing else."""
    show("", f"2 web processes, {CONNECTIONS} connections, {REQUESTS} requests each")
    for site in sites(redis=False):
        with site:
            rates = site.request_rates(REQUESTS, CONNECTIONS)
        show("", ROW.format(f"requests a second, {site.name}", "", "rate", "ratio"))
        for name, value in rates.items():
            show(ROW.format(WEB_ROWS[name], "", f"{value:.0f}", f"{value / rates['bare']:.2f}"))


def queue_figures() -> None:
    show(f"{ORDERS} orders each, 4 task processes", "")
    show(ROW.format("placed to sent, ms", "median", "p95", "ratio"))
    first = 0.0
    for site in sites(redis=True):
        with site:
            waits = site.latencies(ORDERS)
        first = first or median(waits)
        shown = [f"{value:.1f}" for value in (median(waits), quantiles(waits, n=20)[-1])]
        show(ROW.format(site.name, *shown, f"{median(waits) / first:.2f}"))
    for title, measure in (("submit tasks a second", submit_rate), ("empty tasks a second", empty_rate)):
        show("", ROW.format(title, "history off", "newest 250", "ratio"))
        for site in sites(redis=False):
            with site:
                kept, pruned = measure(site, ""), measure(site, PRUNING)
            show(ROW.format(site.name, f"{kept:.0f}", f"{pruned:.0f}", f"{kept / pruned:.2f}"))


def show(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


def submit_rate(site: Site, settings: str) -> float:
    return site.rate("submit", ORDERS, settings)


def empty_rate(site: Site, settings: str) -> float:
    return site.rate("empty", EMPTY_TASKS, settings)


if __name__ == "__main__":
    main()
