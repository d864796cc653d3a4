"""The nodes of the settings, with turn, rest and health shared by all processes through the database.

The rate is a bucket of one second's requests kept as a single moment (when what was asked is paid for), taken from in
chunks so that not every request writes. A suspension that one process meets holds back all (specs/tron.md 4.1).
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from orders.models import ChainNode
from providers.http import AddressPolicy
from providers.tron.addresses import to_hex
from providers.tron.node import NodeAddress
from providers.tron.pool import NodePool

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND_US = 1_000_000
CHUNKS_A_SECOND = 4
NOTED_SECONDS = 5  # how often the same news of a node is written again
Clock = Callable[[], datetime]


@dataclass
class _Share:
    """What this process holds of a node's budget, and what it has not told of yet."""

    left: int = 0
    unwritten: int = 0
    rests_until: datetime | None = None
    read_at: datetime | None = None
    error: str | None = None
    noted_at: datetime | None = None


class DatabaseGate:
    """`is_first`: the watcher, which may empty the bucket; all others leave half of it."""

    def __init__(self, *, clock: Clock, is_first: bool = False) -> None:
        self._clock = clock
        self._is_first = is_first
        self._lock = threading.Lock()
        self._shares: dict[str, _Share] = {}

    def wait_seconds(self, node: str, requests: int) -> float:
        now = self._clock()
        with self._lock:
            share = self._shares.setdefault(node, _Share())
            if share.read_at is None or now - share.read_at >= timedelta(seconds=1):
                share.rests_until = _row(node).rests_until
                share.read_at = now
            if share.rests_until and now < share.rests_until:
                return (share.rests_until - now).total_seconds()
            if settings.TRON_REQUESTS_PER_SECOND and share.left < requests:
                wait = self._take(node, share, requests, now)
                if wait:
                    return wait
            share.left -= requests
            share.unwritten += requests
            return 0.0

    def _take(self, node: str, share: _Share, requests: int, now: datetime) -> float:
        """A chunk from the shared bucket, by compare-and-set; else the seconds until there may be one."""
        rate = settings.TRON_REQUESTS_PER_SECOND
        chunk = max(requests - share.left, rate // CHUNKS_A_SECOND)
        full = _microseconds(now)
        reserve = 0 if self._is_first else SECOND_US // 2
        while True:
            free_at = _row(node).free_at_us
            paid_at = max(free_at, full - SECOND_US) + chunk * SECOND_US // rate
            if paid_at > full - reserve:
                return (paid_at - full + reserve) / SECOND_US
            if ChainNode.objects.filter(name=node, free_at_us=free_at).update(free_at_us=paid_at):
                share.left += chunk
                return 0.0

    def told(self, node: str, *, error: str, rest_seconds: float) -> None:
        now = self._clock()
        with self._lock:
            share = self._shares.setdefault(node, _Share())
            is_news = error != share.error or rest_seconds > 1
            is_old = share.noted_at is None or now - share.noted_at >= timedelta(seconds=NOTED_SECONDS)
            if not is_news and not is_old:
                return
            share.error, share.noted_at = error, now
            requests, share.unwritten = share.unwritten, 0
            if rest_seconds:
                share.rests_until = now + timedelta(seconds=rest_seconds)
        _note(node, error=error, rests_until=share.rests_until if rest_seconds else None, now=now)
        _count(node, requests, now)


def _row(node: str) -> ChainNode:
    return ChainNode.objects.get_or_create(name=node)[0]


def _note(node: str, *, error: str, rests_until: datetime | None, now: datetime) -> None:
    _row(node)
    rows = ChainNode.objects.filter(name=node)
    if not error:
        rows.update(answered_at=now, error="", failing_since=None)
        return
    rows.update(error=error[:255], failed_at=now, failing_since=Coalesce(F("failing_since"), Value(now)))
    if rests_until:
        rows.update(rests_until=rests_until)


def _count(node: str, requests: int, now: datetime) -> None:
    rows = ChainNode.objects.filter(name=node)
    if not rows.filter(day=now.date()).update(requests_today=F("requests_today") + requests):
        rows.update(day=now.date(), requests_today=requests)


def _microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def addresses() -> list[NodeAddress]:
    return [NodeAddress(**each) for each in settings.TRON_NODES]


def has_node() -> bool:
    return bool(settings.TRON_NODES)


def nodes(*, clock: Clock, is_first: bool = False, total_seconds: float | None = None) -> NodePool:
    """Thread-safe; without a node in the settings every question raises NoNode. `total_seconds`: of one request, where
    a person waits for it; else the setting's."""
    return NodePool(
        addresses(),
        contract=to_hex(settings.USDT_CONTRACT)[2:],
        connect_seconds=settings.PROVIDER_CONNECT_SECONDS,
        total_seconds=total_seconds or settings.PROVIDER_TOTAL_SECONDS,
        policy=AddressPolicy.opening(settings.PROVIDER_ALLOWED_NETWORKS),
        gate=DatabaseGate(clock=clock, is_first=is_first),
    )
