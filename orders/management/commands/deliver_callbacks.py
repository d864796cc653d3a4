import logging
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections, connection
from django.utils import timezone

from orders.models import Callback
from orders.services import delivery, sending

logger = logging.getLogger(__name__)

THREADS = 8


class Command(BaseCommand):
    help = "Deliver due callbacks to merchants until stopped; any number of processes may run."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--pause", type=float, default=0.5, help="seconds between looks while nothing is due"
        )
        parser.add_argument("--once", action="store_true", help="deliver what is due now and end")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        with ThreadPoolExecutor(THREADS, thread_name_prefix="callback") as pool:
            while not stop.is_set():
                busy = self._round(pool)
                if options["once"] and not busy:
                    return
                if not busy:
                    stop.wait(options["pause"])

    def _round(self, pool: ThreadPoolExecutor) -> int:
        try:
            close_old_connections()
            # Twice the threads: with ten seconds a try the whole round ends well within the lease.
            batch = delivery.claim(now=timezone.now(), size=2 * THREADS)
        except Exception:
            logger.exception("claiming callbacks failed")
            connection.close()
            return 0
        list(pool.map(self._deliver, batch))
        return len(batch)

    @staticmethod
    def _deliver(callback: Callback) -> None:
        close_old_connections()
        try:
            sending.deliver(callback, clock=timezone.now)
        except Exception:
            # The lease brings the row back; nothing else may stop the loop.
            logger.exception("delivering %s failed", callback.event_id)
