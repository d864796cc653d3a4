"""`make bench`: figures of this machine, as tables with ratios. Nothing here passes or fails.

BENCH_ORDERS sets the size (tests/bench/callbacks.py has its own); BENCH_ONLY=queue, web, callbacks, chain or pages
leaves all else out, BENCH_OPEN_ORDERS lists the numbers of open orders to read blocks at, BENCH_PAGE_ORDERS those of
the orders behind the pages. What is missing (PostgreSQL, Redis) is left out.
"""

import os
import sys
from statistics import median, quantiles

from tests.bench import callbacks, chain, pages
from tests.bench.site import Site, sites
from tests.surroundings import missing, postgres_answers

ORDERS = int(os.environ.get("BENCH_ORDERS", "200"))
EMPTY_TASKS = 5 * ORDERS
PRUNING = "tests.bench.pruning_settings"
REQUESTS = 2 * ORDERS
CONNECTIONS = 4
AIM_BLOCKS_PER_SECOND = 50
WEB_ROWS = {
    "bare": "bare view, one row",
    "rows": "bare view, same rows",
    "collect": "order/collect-manual",
    "monitor": "orders/monitor",
}
ROW = "{:<28}{:>14}{:>14}{:>9}"


def main() -> None:
    parts = {
        "queue": queue_figures,
        "web": web_figures,
        "callbacks": callback_figures,
        "chain": chain_figures,
        "pages": page_figures,
    }
    for name, figures in parts.items():
        if (os.environ.get("BENCH_ONLY") or name) == name:
            figures()
    show("", *(f"left out: {what}" for what in missing()))


def callback_figures() -> None:
    for lines in callbacks.figures():
        show("", *lines)


def web_figures() -> None:
    """Beside views that authenticate and insert one row, or as many as an order has, and do nothing else."""
    show("", f"2 web processes, {CONNECTIONS} connections, {REQUESTS} requests each")
    for site in sites(redis=False):
        with site:
            rates = site.request_rates(REQUESTS, CONNECTIONS)
        show("", ROW.format(f"requests a second, {site.name}", "rate", "to one row", "to same"))
        for name, value in rates.items():
            ratios = f"{value / rates['bare']:.2f}", f"{value / rates['rows']:.2f}"
            show(ROW.format(WEB_ROWS[name], f"{value:.0f}", *ratios))


def chain_figures() -> None:
    """A block of 380 transactions, 115 of them USDT, two of which settle an order."""
    for found in chain.sites():
        figures = chain.measure(found)
        show("", ROW.format(f"a block, ms, {figures.name}", "open orders", "median", "ratio"))
        first = next(iter(figures.block_ms.values()))
        for size, milliseconds in figures.block_ms.items():
            show(ROW.format("", size, f"{milliseconds:.1f}", f"{milliseconds / first:.2f}"))
        rate = figures.blocks_per_second
        show(
            ROW.format("catch-up, blocks a second", "", f"{rate:.0f}", f"{rate / AIM_BLOCKS_PER_SECOND:.2f}")
        )
        show(ROW.format("its processor time, ms a block", "", f"{figures.cpu_ms:.1f}", ""))
    counted = chain.requests_a_day()
    show("", ROW.format("requests a day", "", "requests", "ratio"))
    for what, count in counted:
        show(f"{what:<42}{count:>14.0f}{count / counted[0][1]:>9.2f}")


def page_figures() -> None:
    for lines in pages.figures() if postgres_answers() else ():
        show("", *lines)


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
