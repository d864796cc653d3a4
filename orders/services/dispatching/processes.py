"""Several engines side by side, a process each: one event loop fills one core."""

import asyncio
import gc
import multiprocessing
import select
import signal
from collections.abc import Callable

from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from orders.services.dispatching.engine import Engine

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def run() -> bool:
    """Until SIGTERM or SIGINT; when one of them dies, the others end too. False: not as they were told.

    SQLite takes one writer at a time, so a second engine would only wait for the first.
    """
    gc.freeze()  # all that is loaded stays: no collection need walk it, which would make a child copy it, too
    count = settings.CALLBACK_PROCESSES if connection.vendor == "postgresql" else 1
    if count == 1:
        asyncio.run(_run(1))
        return True
    connections.close_all()  # a child must not share its parent's
    context = multiprocessing.get_context("fork")
    engines = [context.Process(target=_start, args=(count,)) for _ in range(count)]
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)  # until parent and child each can act on them
    for each in engines:
        each.start()
    was_told = False

    def stop(*_: object) -> None:
        nonlocal was_told
        was_told = True
        for each in engines:
            each.terminate()

    for number in STOP_SIGNALS:
        signal.signal(number, stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
    select.select([each.sentinel for each in engines], [], [])
    is_well = was_told
    stop()
    for each in engines:
        each.join()
    return is_well


def _start(count: int) -> None:
    asyncio.run(_run(count))


async def _run(count: int) -> None:
    """An engine that has one of `count` equal parts of what a dispatcher may have in hand."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
    if parent := multiprocessing.parent_process():
        loop.add_reader(parent.sentinel, _end_with(parent.sentinel, stop))
    await Engine(clock=timezone.now, share=count).run(stop)


def _end_with(sentinel: int, stop: asyncio.Event) -> Callable[[], None]:
    """It stays readable once the parent is gone, and one time is enough."""

    def end() -> None:
        asyncio.get_running_loop().remove_reader(sentinel)
        stop.set()

    return end
