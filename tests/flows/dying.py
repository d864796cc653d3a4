"""A program that runs calls of the product in children of its own which die, by SIGKILL, before their n-th step.

A step is a statement that writes, or an exchange over HTTP: between two steps nothing changes that would outlive the
process. For each line `CALL ID N` on stdin it writes one line: the step at which the child died, or `done`.
"""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from itertools import count
from typing import Any, NoReturn
from unittest import mock

import django

django.setup()

from django.db import connection  # noqa: E402 - needs the settings
from django.utils import timezone  # noqa: E402

from orders.services import fulfilment  # noqa: E402
from orders.services.dispatching import bulk  # noqa: E402
from orders.services.dispatching.sending import deliver_due  # noqa: E402
from providers.http import Poster, Transport  # noqa: E402

READS = ("SELECT", "PRAGMA", "SAVEPOINT", "RELEASE")


def advance(order_id: int) -> None:
    fulfilment.advance(order_id, clock=timezone.now)


def deliver(callback_id: int) -> None:
    """Whatever is due, as the dispatcher does."""
    deliver_due(clock=timezone.now)


CALLS: dict[str, Callable[[int], None]] = {"advance": advance, "deliver": deliver}


def run(call: str, pk: int, fatal: int) -> NoReturn:
    numbers = count(1)

    def step(name: str) -> None:
        if next(numbers) == fatal:
            os.write(1, f"{name}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)

    def watch_sql(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(READS):
            step(" ".join(sql.split()[:3]))
        return execute(sql, params, many, context)

    exchange, post = Transport.call, Poster.post

    def watch_http(*args: Any, **kwargs: Any) -> Any:
        step("HTTP")
        return exchange(*args, **kwargs)

    def watch_post(*args: Any, **kwargs: Any) -> Any:
        step("HTTP")
        return post(*args, **kwargs)

    append = bulk.append

    def watch_append(model: Any, columns: Any, rows: Any) -> None:
        if connection.vendor == "postgresql":  # a COPY goes past the wrapper of statements
            step(f'INSERT INTO "{model._meta.db_table}"')
        append(model, columns, rows)

    with ExitStack() as watched:
        watched.enter_context(connection.execute_wrapper(watch_sql))
        watched.enter_context(mock.patch.object(Transport, "call", watch_http))
        watched.enter_context(mock.patch.object(Poster, "post", watch_post))
        watched.enter_context(mock.patch.object(bulk, "append", watch_append))
        CALLS[call](pk)
    os.write(1, b"done\n")
    os._exit(0)


def main() -> None:
    for line in sys.stdin:
        call, pk, fatal = line.split()
        child = os.fork()
        if child == 0:
            run(call, int(pk), int(fatal))
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status) and os.WEXITSTATUS(status):
            os.write(1, b"failed\n")


if __name__ == "__main__":
    main()
