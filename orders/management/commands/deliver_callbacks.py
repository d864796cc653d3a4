import asyncio
import resource
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from orders.services.dispatching.engine import Engine
from orders.services.dispatching.sending import deliver_due


class Command(BaseCommand):
    help = "Deliver due callbacks to merchants until SIGTERM. Any number may run, on any host."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="deliver what is due now and end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            while deliver_due(clock=timezone.now):
                pass
            return
        _allow_many_sockets()
        asyncio.run(_run())


async def _run() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await Engine(clock=timezone.now).run(stop)


def _allow_many_sockets() -> None:
    """As many as the system lets us: the usual limit is the caution of another age."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
