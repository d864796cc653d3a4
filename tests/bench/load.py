"""The load, as a process of the installation that is measured: `python -m tests.bench.load WHAT [COUNT]`, JSON out."""

import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.utils import timezone  # noqa: E402 - needs the settings
from django_q.models import OrmQ, Success  # noqa: E402
from django_q.tasks import async_task  # noqa: E402

from backoffice import demo  # noqa: E402
from backoffice.roles import create_roles  # noqa: E402
from orders.models import Merchant, Order  # noqa: E402
from orders.services import merchants, placing  # noqa: E402
from orders.services.chain_facts import UNKNOWN  # noqa: E402
from providers.base import Kind  # noqa: E402
from providers.models import ProviderCall  # noqa: E402
from providers.sandbox.outcomes import ADDRESSES, Outcome  # noqa: E402

PAUSE_SECONDS = 0.05
LOOK_SECONDS = 0.01
PURCHASE = "energy"


def prepare() -> None:
    """The demo's merchant and accounts, and a history as long as django-q2 keeps it."""
    create_roles()
    demo.create(now=timezone.now())
    merchants.top_up(merchant(), amount_sun=10**11, reason="bench", now=timezone.now())
    now = timezone.now()
    fields = {"func": "math.gcd", "started": now, "stopped": now, "success": True}
    Success.objects.bulk_create(Success(id=f"{n:032}", name=f"{n}", **fields) for n in range(250))


def merchant() -> Merchant:
    return Merchant.objects.get(name=demo.MERCHANTS[0])


def place(count: int, pause_seconds: float = 0.0) -> list[Order]:
    orders = []
    payer = merchant()
    spec = placing.OrderSpec(
        kind=Kind.ENERGY, address=ADDRESSES[Outcome.SUCCESS], energy=65_000, duration_hours=1
    )
    for _ in range(count):
        orders.append(placing.place_order(payer, spec, UNKNOWN, now=timezone.now())[0])
        time.sleep(pause_seconds)
    return orders


def latencies(count: int) -> list[float]:
    place(5)  # the worker's first tasks open its connections
    wait(5)
    orders = {order.pk: order.created_at for order in place(count, PAUSE_SECONDS)}
    wait(5 + count)
    return [
        (call.created_at - timedelta(milliseconds=call.duration_ms) - orders[pk]).total_seconds() * 1000
        for pk, call in purchases()
        if pk in orders
    ]


def purchases() -> list[tuple[int, ProviderCall]]:
    of_request = dict(Order.objects.values_list("attempts__request_id", "pk"))
    calls = ProviderCall.objects.filter(purpose=PURCHASE).order_by("created_at")
    return [(of_request[call.request_id], call) for call in calls]


def wait(count: int) -> None:
    while ProviderCall.objects.filter(purpose=PURCHASE).count() < count:
        time.sleep(LOOK_SECONDS)


def queue_submit(count: int) -> None:
    place(count)


def rate_submit(count: int) -> float:
    """Over the newest `count` purchases: earlier ones are another measurement's."""
    total = Order.objects.count()
    wait(total)
    calls = [call for _, call in purchases()][-count:]
    return (count - 1) / (calls[-1].created_at - calls[0].created_at).total_seconds()


def queue_empty(count: int) -> None:
    for _ in range(count):
        async_task("math.gcd", 12, 18)


def rate_empty(count: int) -> float:
    """From the first task that has left the queue to the last."""
    first_at, left_then = 0.0, count
    while left := OrmQ.objects.count():
        if left < count and not first_at:
            first_at, left_then = time.monotonic(), left
        time.sleep(LOOK_SECONDS)
    return left_then / (time.monotonic() - first_at)


CALLS: dict[str, Callable[..., Any]] = {
    each.__name__: each for each in (prepare, latencies, queue_submit, rate_submit, queue_empty, rate_empty)
}

if __name__ == "__main__":
    name, *count = sys.argv[1:]
    json.dump(CALLS[name](*map(int, count)), sys.stdout)
