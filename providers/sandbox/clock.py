"""The threads that make time pass: one applies what is due, a few carry callbacks out."""

import logging
import queue
import threading
from datetime import UTC, datetime, timedelta

import requests

from providers.sandbox import deliveries, progress
from providers.sandbox.deliveries import Delivery
from providers.sandbox.sandbox import Sandbox
from providers.sandbox.state import moment
from providers.sandbox.tron import chain, paying

logger = logging.getLogger(__name__)

CARRIERS = 8
LONGEST_NAP = timedelta(seconds=1)


def start(sandbox: Sandbox) -> None:
    """All threads are daemons: a kill at any point is safe, so nothing waits for them at the end."""
    with sandbox.store.transaction() as db:
        deliveries.release_all(db)
    outgoing: queue.SimpleQueue[Delivery] = queue.SimpleQueue()
    threading.Thread(target=_tick, args=(sandbox, outgoing), name="clock", daemon=True).start()
    for number in range(CARRIERS):
        name = f"carrier-{number}"
        threading.Thread(target=_carry, args=(sandbox, outgoing), name=name, daemon=True).start()


def _tick(sandbox: Sandbox, outgoing: queue.SimpleQueue[Delivery]) -> None:
    while not sandbox.stopping.is_set():
        sandbox.wake.clear()
        nap = LONGEST_NAP
        try:
            with sandbox.store.transaction() as db:
                now = datetime.now(UTC)
                progress.apply_due(db, now)
                paying.send_due(db, now)
                next_block_ms = chain.tick(db, now)
                claimed = deliveries.claim_due(db, now)
                due = db.execute(
                    "SELECT MIN(due_at) FROM (SELECT due_at FROM steps UNION ALL"
                    " SELECT due_at FROM deliveries WHERE due_at IS NOT NULL AND NOT claimed)"
                ).fetchone()[0]
            for delivery in claimed:
                outgoing.put(delivery)
            if next_block_ms is not None:
                nap = min(nap, timedelta(milliseconds=next_block_ms))
            if due:
                nap = min(nap, moment(due) - datetime.now(UTC))
        except Exception:
            logger.exception("the clock stumbled")
        sandbox.wake.wait(max(nap.total_seconds(), 0))


def _carry(sandbox: Sandbox, outgoing: queue.SimpleQueue[Delivery]) -> None:
    session = requests.Session()
    session.trust_env = False  # no proxy of the environment between two processes of one machine
    while not sandbox.stopping.is_set():
        delivery = outgoing.get()
        try:
            deliveries.deliver(sandbox.store, delivery, session)
        except Exception:
            logger.exception("a callback could not be carried out")
        sandbox.wake.set()
