"""The load of callbacks, as a process of the installation that is measured: `python -m tests.bench.callback_load WHAT
[ARGUMENT …]`, JSON out.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from statistics import median
from typing import Any

import aiohttp
import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402 - needs the settings
from django_q.tasks import async_task  # noqa: E402

from orders.models import ApiCredential, Callback, CallbackLog, Lane, Merchant  # noqa: E402
from orders.services import merchants, rotation, signing, waking  # noqa: E402
from orders.services.dispatching import claiming, recording, sending  # noqa: E402
from orders.services.dispatching.jobs import Jobs  # noqa: E402
from orders.services.dispatching.outcomes import outcome  # noqa: E402
from orders.services.signing import Owner, Signed  # noqa: E402
from providers.http import Ending, Posted  # noqa: E402
from tests import outbox  # noqa: E402

LOOK_SECONDS = 0.01
METER_SECONDS = 0.05  # counting what is left costs the database some milliseconds, which the engine needs
BARE_CONCURRENCY = 128


def prepare() -> None:
    merchant = merchants.create_merchant(name="Sample of callbacks", time_zone="UTC", now=timezone.now())
    rotation.issue(merchant, "crossingpay", now=timezone.now())


def credential() -> ApiCredential:
    return ApiCredential.objects.get(merchant=Merchant.objects.get(name="Sample of callbacks"))


def urls(ports: str) -> list[str]:
    return [f"http://127.0.0.1:{port}/cb" for port in ports.split(",")]


def fill(count: str, ports: str) -> None:
    outbox.fill(credential(), urls(ports), int(count), now=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as autovacuum would have done for rows that came one by one


def rate() -> float:
    """Callbacks a second, from the first that is on record to the last."""
    pending = Callback.objects.filter(status="pending")
    total = pending.count()
    started, left_then = 0.0, total
    while left := pending.count():
        if left < total and not started:
            started, left_then = time.perf_counter(), left
        time.sleep(METER_SECONDS)
    rate = left_then / (time.perf_counter() - started)
    assert CallbackLog.objects.filter(verdict="delivered").count() >= total
    return rate


def enqueue() -> None:
    for pk in Callback.objects.filter(status="pending").values_list("pk", flat=True):
        async_task("tests.bench.callback_task.deliver", pk)


def bare(count: str) -> float:
    """The newest so many callbacks, read before the clock starts."""
    return asyncio.run(_bare(int(count), _by_aiohttp))


def bare_own(count: str) -> float:
    return asyncio.run(_bare(int(count), _by_our_poster))


Post = Callable[[str, Signed], Awaitable[int | None]]


@asynccontextmanager
async def _by_aiohttp() -> AsyncIterator[Post]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def post(url: str, signed: Signed) -> int:
            async with session.post(url, data=signed.body, headers=signed.headers) as answer:
                await answer.read()
                return answer.status

        yield post


@asynccontextmanager
async def _by_our_poster() -> AsyncIterator[Post]:
    async with sending.poster() as poster:

        async def post(url: str, signed: Signed) -> int | None:
            return (await poster.post(url, headers=signed.headers, body=signed.body)).status

        yield post


async def _bare(count: int, client: Callable[[], AbstractAsyncContextManager[Post]]) -> float:
    """Sign and post, nothing else."""
    callbacks = await asyncio.to_thread(list, Callback.objects.order_by("-id")[:count])
    owner = Owner(callbacks[0].merchant_id, callbacks[0].credential_id)
    keys = await asyncio.to_thread(signing.open_keys, owner, now=timezone.now())
    assert keys
    left = iter(callbacks)

    async def work(post: Post) -> None:
        for callback in left:
            assert await post(callback.url, signing.signed(callback, keys, now=timezone.now())) == 200

    async with client() as post:
        started = time.perf_counter()
        await asyncio.gather(*(work(post) for _ in range(BARE_CONCURRENCY)))
        return count / (time.perf_counter() - started)


def offer(well: str, ill: str, a_second: str, seconds: str) -> list[float]:
    """Events at a steady rate, to all hosts in turn; how long each to one of `well` waited for its first try, ms."""
    everywhere, owner, step = urls(f"{well},{ill}"), credential(), 1 / int(a_second)
    begin = time.perf_counter()
    for number in range(int(a_second) * int(seconds)):
        time.sleep(max(begin + number * step - time.perf_counter(), 0))
        with transaction.atomic():
            outbox.fill(owner, [everywhere[number % len(everywhere)]], 1, now=timezone.now())
            waking.wake_dispatchers()
    healthy = [f"127.0.0.1:{port}" for port in well.split(",")]
    while Callback.objects.filter(status="pending", host__in=healthy).exists():
        time.sleep(LOOK_SECONDS)
    firsts = CallbackLog.objects.filter(host__in=healthy, attempt_number=1)
    rows = firsts.values_list("created_at", "duration_ms", "callback__created_at")
    return [(ended - made).total_seconds() * 1000 - took for ended, took, made in rows]


_HISTORY = """
INSERT INTO orders_callback (merchant_id, is_test, event, event_id, url, host, format, credential_id, payload, status,
    attempts, round_attempts, trigger, is_retried, lane, created_at, delivered_at)
SELECT %(merchant)s, true, 'test.ping', 'old_' || n, 'https://m.example/cb', 'h' || n %% 100 || '.example',
    'crossingpay_v2a', %(credential)s, '{}', 'delivered', 1, 1, 'automatic', true, 1, now(), now()
  FROM generate_series(1, %(count)s) AS n;
INSERT INTO orders_callbacklog (direction, callback_id, merchant_id, credential_id, is_test, attempt_number, trigger,
    url, host, request_headers, request_body, status, response_headers, response_body, verdict, note, signed_text,
    resolved_ip, tls, duration_ms, created_at)
SELECT 'out', id, merchant_id, credential_id, true, 1, 'automatic', url, host, '{"content-type": "application/json"}',
    repeat('x', 250), 200, '{"server": "sample"}', 'ok', 'delivered', '', repeat('y', 150), '192.0.2.1', 'TLSv1.3', 31,
    now()
  FROM orders_callback WHERE status = 'delivered'
"""


def grow(count: str) -> None:
    owner = credential()
    wanted = {"merchant": owner.merchant_id, "credential": owner.pk, "count": int(count)}
    with connection.cursor() as cursor:
        cursor.execute(_HISTORY, wanted)
    fill("4000", ",".join(map(str, range(20_000, 20_032))))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def steps() -> dict[str, float]:
    """Median milliseconds of each step of 100 rows, and of a page of the log."""
    taken: dict[str, list[float]] = {
        "claim 100": [],
        "record 100": [],
        "page of the log": [],
        "of a host": [],
    }
    jobs, posted = Jobs(), Posted(headers={"Host": "m.example"}, ending=Ending.ANSWERED, status=200)
    for _ in range(40):
        begin = time.perf_counter()
        rows = claiming.claim(Lane.FIRST, now=timezone.now(), size=100)
        taken["claim 100"].append(time.perf_counter() - begin)
        ended = [outcome(job, None, posted, now=timezone.now()) for job in jobs.of(rows, now=timezone.now())]
        begin = time.perf_counter()
        recording.record(ended)
        taken["record 100"].append(time.perf_counter() - begin)
        begin = time.perf_counter()
        list(CallbackLog.objects.select_related("merchant", "credential")[:100])
        taken["page of the log"].append(time.perf_counter() - begin)
        begin = time.perf_counter()
        list(CallbackLog.objects.filter(host="h7.example")[:100])
        taken["of a host"].append(time.perf_counter() - begin)
    return {name: 1000 * median(values) for name, values in taken.items()}


CALLS: dict[str, Callable[..., Any]] = {
    each.__name__: each for each in (prepare, fill, rate, enqueue, bare, bare_own, offer, grow, steps)
}

if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    json.dump(CALLS[name](*arguments), sys.stdout)
