import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from orders.management.watcher import Watcher
from orders.services import node_gate

# A free key's day has room for a look at the head every six seconds besides the blocks (specs/tron.md 6.1).
POLL_SECONDS = 1.0
LIMITED_POLL_SECONDS = 6.0


class Command(BaseCommand):
    help = "Read solidified blocks and settle payment orders until stopped; of several, one works and the others wait."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="read what there is and end")

    def handle(self, *args: Any, **options: Any) -> None:
        if not node_gate.has_node():
            raise CommandError("TRON_NODE_URL is not set: there is no node to read from.")
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        Watcher(
            node_gate.nodes(clock=timezone.now, is_first=True),
            clock=timezone.now,
            stop=stop,
            poll_seconds=LIMITED_POLL_SECONDS if settings.TRON_REQUESTS_PER_SECOND else POLL_SECONDS,
            shows=True,
        ).run(once=options["once"])
