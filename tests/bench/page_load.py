"""The busiest pages and searches, as a process over the database that is measured, JSON out:
`python -m tests.bench.page_load`. The server's own time: no network, no browser."""

import json
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import django

django.setup()

from django.contrib.auth.models import Group, User  # noqa: E402 - needs the settings
from django.db import connection  # noqa: E402
from django.db.models import QuerySet  # noqa: E402
from django.test import Client  # noqa: E402

from backoffice.roles import ADMINISTRATOR, create_roles  # noqa: E402
from orders.admin import formats  # noqa: E402
from orders.models import Attempt, Callback, CallbackLog, Merchant, Order, Payment, Transfer  # noqa: E402
from providers.models import ProviderCall  # noqa: E402

ROUNDS = 5
SEARCH = "/admin/orders/order/search/"


def paths() -> dict[str, str]:
    """By what a person would call it. Rows are from the middle of each table, where no cache is warm."""
    order = _middle(Order.objects.exclude(external_id=""))
    payment, attempt = _middle(Payment.objects.all()), _middle(Attempt.objects.exclude(upstream_id=""))
    merchant = order.merchant
    day = {
        "created_at_from_0": f"{order.created_at:%Y-%m-%d}",
        "created_at_to_0": f"{order.created_at:%Y-%m-%d}",
    }
    searches = {
        "hash": payment.txid,
        "address": order.address,
        "amount": formats.digits(payment.amount_micro),
        "our number": order.number,
        "merchant's number": order.external_id,
        "beginning of it": order.external_id[:-1],
        "upstream's number": attempt.upstream_id,
        "serial, 8 of it": order.serial[:8],
        "merchant": merchant.name,
        "callback host": f"callbacks-{merchant.name.rpartition(' ')[2]}.",
        "nothing": "no such thing",
    }
    return {
        "home": "/admin/",
        "orders": formats.list_of(Order),
        "orders, page in the middle": formats.list_of(Order, before=order.pk),
        "orders of a merchant, failed": formats.list_of(
            Order, merchant__id__exact=merchant.pk, status__exact="failed"
        ),
        "orders of a kind without any": formats.list_of(Order, kind__exact="activation"),
        "orders of a day": formats.list_of(Order, **day),
        "orders, given up callbacks": formats.list_of(Order, callback="exhausted"),
        "orders, callback to come": formats.list_of(Order, callback="later"),
        "orders, no callback wanted": formats.list_of(Order, callback="unwanted"),
        "order": formats.page_of(order),
        "payments": formats.list_of(Payment),
        "payments, unmatched": formats.list_of(Payment, status__exact="unmatched"),
        "payments of a day": formats.list_of(
            Payment, **{name.replace("created", "paid"): value for name, value in day.items()}
        ),
        "callbacks": formats.list_of(Callback),
        "callbacks of a day": formats.list_of(Callback, **day),
        "callback log": formats.list_of(CallbackLog),
        "callback log of a day": formats.list_of(CallbackLog, **day),
        "callback log, failed": formats.list_of(CallbackLog, result="failed"),
        "transfers": formats.list_of(Transfer),
        "transfers of a day": formats.list_of(Transfer, **day),
        "provider calls": formats.list_of(ProviderCall),
        "provider calls of a day": formats.list_of(ProviderCall, **day),
        "endpoints": "/admin/orders/callbackhost/",
        "merchants": formats.list_of(Merchant),
        "merchant": formats.page_of(merchant),
        "balances": "/admin/orders/ledgeraccount/balances/",
        "ledger accounts": "/admin/orders/ledgeraccount/",
        **{f"search: {what}": f"{SEARCH}?q={term}".replace(" ", "+") for what, term in searches.items()},
    }


def _middle(rows: QuerySet[Any]) -> Any:
    last = rows.order_by("-pk").values_list("pk", flat=True)[0]
    return rows.filter(pk__gte=last // 2).order_by("pk")[0]


def client() -> Client:
    create_roles()
    user, _ = User.objects.get_or_create(username="bench", defaults={"is_staff": True})
    user.groups.add(Group.objects.get(name=ADMINISTRATOR))
    found = Client(SERVER_NAME="127.0.0.1")
    found.force_login(user)
    return found


def measure(viewer: Client, path: str) -> dict[str, float]:
    """Milliseconds, of the page and of the database in it; how many questions it was asked. The first time is not
    counted."""
    check(viewer, path)
    whole, asked = [], []
    for _ in range(ROUNDS):
        clock = Clock()
        start = time.perf_counter()
        with connection.execute_wrapper(clock):
            viewer.get(path)
        whole.append(1000 * (time.perf_counter() - start))
        asked.append(1000 * clock.seconds)
    return {"page_ms": median(whole), "database_ms": median(asked), "queries": clock.count}


def check(viewer: Client, path: str) -> None:
    """It must be a page, or a search that leads to the one page it found. Raises RuntimeError."""
    response = viewer.get(path, follow=True)
    way = [url for url, _ in response.redirect_chain]
    leads_there = path.startswith(SEARCH) and len(way) == 1 and way[0].endswith("/change/")
    if response.status_code != 200 or (way and not leads_there):
        raise RuntimeError(f"{path} is no page: {response.status_code} by way of {way}")


class Clock:
    def __init__(self) -> None:
        self.seconds, self.count = 0.0, 0

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        start = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            self.seconds += time.perf_counter() - start
            self.count += 1


def main(only: str = "") -> dict[str, dict[str, float]]:
    viewer = client()
    return {name: measure(viewer, path) for name, path in paths().items() if only in name}


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:]), sys.stdout)
