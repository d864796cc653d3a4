"""Looks for what operators want to be told, beside the worker: a queue that is stuck could not tell that it is."""

import logging
from threading import Event, Thread

from django.db import connections
from django.utils import timezone

from orders.services import alert_sending, alerting

logger = logging.getLogger(__name__)
FIRST_SECONDS, ROUND_SECONDS = 5.0, 60.0
STOP_SECONDS = 5.0


class AlertLoop:
    def __init__(self) -> None:
        self._stop = Event()
        self._thread = Thread(target=self._run, name="alerts", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """A webhook that hangs is not waited for: its notice is sent again."""
        self._stop.set()
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        wait = FIRST_SECONDS
        while not self._stop.wait(wait):
            wait = ROUND_SECONDS
            try:
                alerting.evaluate(now=timezone.now())
                alert_sending.send_due(clock=timezone.now)
            except Exception:
                logger.exception("could not look for alerts; next try in %g s", wait)
            finally:
                connections.close_all()
