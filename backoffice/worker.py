"""The worker process: django-q2's cluster, and beside it the clock that hands it rows whose time has come.

django-q2 looks at its schedules only every 30 seconds; a poll of an accepted order cannot wait that long.
"""

import logging
import signal
import time
from types import FrameType

from django.db import close_old_connections, connections
from django.utils import timezone
from django_q.cluster import Cluster

from backoffice.alert_loop import AlertLoop
from orders.services import fulfilment, resending

logger = logging.getLogger(__name__)
TICK_SECONDS = 0.25
ROUND_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0


class Worker:
    def __init__(self) -> None:
        self.is_stopping = False
        self.pause_seconds = ROUND_SECONDS

    def run(self) -> int:
        """Blocks until SIGTERM or SIGINT (0), or until the cluster's own guard process has died (1)."""
        connections.close_all()  # the cluster forks, and a connection must not be shared
        cluster = Cluster()
        for number in (signal.SIGTERM, signal.SIGINT):  # in place of the cluster's, whose handler blocks
            signal.signal(number, self._note_signal)
        cluster.start()
        alerts = AlertLoop()
        alerts.start()  # after the cluster has forked
        try:
            self._watch(cluster)
        finally:
            alerts.stop()
            cluster.stop()
        if not self.is_stopping:
            logger.critical("the queue's guard process died with exit code %s", cluster.sentinel.exitcode)
        return 0 if self.is_stopping else 1

    def _note_signal(self, number: int, frame: FrameType | None) -> None:
        self.is_stopping = True

    def _watch(self, cluster: Cluster) -> None:
        next_round_at = time.monotonic()
        while not self.is_stopping and cluster.sentinel.is_alive():
            if time.monotonic() >= next_round_at:
                self._enqueue()
                next_round_at = time.monotonic() + self.pause_seconds
            time.sleep(TICK_SECONDS)

    def _enqueue(self) -> None:
        """One round; a database or broker that is away makes the pauses longer and ends nothing."""
        try:
            now = timezone.now()
            fulfilment.enqueue_due(now=now)
            resending.enqueue_due(now=now)
        except Exception:
            self.pause_seconds = min(self.pause_seconds * 2, LONGEST_PAUSE_SECONDS)
            logger.exception("could not enqueue what is due; next try in %g s", self.pause_seconds)
        else:
            self.pause_seconds = ROUND_SECONDS
        finally:
            close_old_connections()
