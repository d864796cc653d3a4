"""One active watcher per network: a lease in the row of the cursor, without a look at any clock of another host.

The holder adds to `beat` with each block and at least every BEAT_SECONDS. A stand-by that has seen the same beat for
SILENCE_SECONDS of its own monotonic clock takes over. Whoever was slow and not dead finds out with its next write:
each names the holder in its WHERE, so that two are never active.
"""

import os
import platform
import time
import uuid
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db.models import F

from orders.models import ChainCursor

BEAT_SECONDS = 2.0
SILENCE_SECONDS = 10.0


class LeaseLost(Exception):
    """Another watcher has taken over: nothing was written, and nothing more may be."""


def holder_name() -> str:
    """Unlike any other, for the next process with this number too."""
    return f"{platform.node()[:48]} {os.getpid()} {uuid.uuid4().hex[:12]}"


def cursor() -> ChainCursor:
    return ChainCursor.objects.get_or_create(network=settings.TRON_NETWORK)[0]


class StandBy:
    def __init__(self, holder: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._holder = holder
        self._monotonic = monotonic
        self._seen: tuple[str, int] | None = None
        self._seen_at = 0.0

    def try_to_lead(self, *, now: datetime) -> bool:
        row = cursor()
        seen = (row.holder, row.beat)
        if row.holder == self._holder:  # it lost a race for a block and no lease
            return True
        if row.holder and seen != self._seen:
            self._seen, self._seen_at = seen, self._monotonic()
            return False
        if row.holder and self._monotonic() - self._seen_at < SILENCE_SECONDS:
            return False
        taken = ChainCursor.objects.filter(pk=row.pk, holder=row.holder, beat=row.beat)
        return bool(taken.update(holder=self._holder, held_since=now, beat=F("beat") + 1))


def beat(holder: str) -> None:
    """Raises LeaseLost."""
    held = ChainCursor.objects.filter(network=settings.TRON_NETWORK, holder=holder)
    if not held.update(beat=F("beat") + 1):
        raise LeaseLost(f"{holder} is not the active watcher any more")


def resign(holder: str) -> None:
    """The next stand-by need not wait for silence."""
    held = ChainCursor.objects.filter(network=settings.TRON_NETWORK, holder=holder)
    held.update(holder="", held_since=None, beat=F("beat") + 1)
