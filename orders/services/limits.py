"""Rate limits per minute, exact in that they are never exceeded, without a write per request.

A process takes a tenth of a minute's budget from the shared counter at a time and spends it from memory. What it does
not spend is lost with the minute: a caller spread over many processes may be stopped a little early, never late.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from orders.models import RateCounter

KEPT_MINUTES = 10
MOST_KEYS = 10_000
_lock = threading.Lock()


@dataclass
class _Share:
    """`lock` is held while the database is asked, so that a slow answer stalls the callers of this key alone."""

    minute: int
    left: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


_shares: dict[str, _Share] = {}


def seconds_to_wait(key: str, *, per_minute: int, now: datetime) -> int:
    """Spend one; 0 when it was within the limit, else the seconds until the next minute begins."""
    minute = int(now.timestamp()) // 60
    share = _share(key, minute)
    with share.lock:
        if not share.left:
            share.left = _take(key, minute, per_minute)
        if share.left:
            share.left -= 1
            return 0
    return 60 - int(now.timestamp()) % 60


def _share(key: str, minute: int) -> _Share:
    with _lock:
        share = _shares.get(key)
        if share is None or share.minute != minute:
            if len(_shares) >= MOST_KEYS:
                _shares.clear()
            share = _shares[key] = _Share(minute)
        return share


def _take(key: str, minute: int, per_minute: int) -> int:
    """A chunk from the shared counter; what is left of it near the limit, 0 at the limit."""
    for chunk in sorted({max(1, per_minute // 10), 1}, reverse=True):
        if _advance(key, minute, chunk, per_minute):
            return chunk
    return 0


def _advance(key: str, minute: int, chunk: int, per_minute: int) -> bool:
    row = RateCounter.objects.filter(key=key, minute=minute)
    if row.filter(used__lte=per_minute - chunk).update(used=F("used") + chunk):
        return True
    if row.exists():
        return False
    try:
        with transaction.atomic():
            RateCounter.objects.create(key=key, minute=minute, used=chunk)
    except IntegrityError:
        return bool(row.filter(used__lte=per_minute - chunk).update(used=F("used") + chunk))
    return True


def forget() -> None:
    """Drop what this process holds; for tests."""
    with _lock:
        _shares.clear()


def prune(*, now: datetime) -> None:
    RateCounter.objects.filter(minute__lt=int(now.timestamp()) // 60 - KEPT_MINUTES).delete()
