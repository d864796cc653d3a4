"""Where reading the chain stands: for the status page, the logs and the commands. Reads only."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Max, Min

from orders.models import Backfill, ChainCursor, ChainNode
from orders.services import node_gate

GAPS_WITHIN = 30_000
SPEED_OVER = 100
# A solidified block is about a minute old; later than this the watcher is behind.
LATE = timedelta(minutes=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeStatus:
    """`row` is None for a node that was never asked. `requests_left` today; None when the limit is not known."""

    name: str
    row: ChainNode | None
    is_resting: bool
    requests_today: int
    requests_left: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainStatus:
    """`lag`: how old the chain as we know it is, by block time. `missing`: blocks left out of the newest GAPS_WITHIN,
    which is none. `is_late`: a person should look. `blocks_per_second` over the last SPEED_OVER blocks."""

    cursor: ChainCursor | None
    lag: timedelta | None
    missing: int
    blocks_per_second: float | None
    is_late: bool
    nodes: list[NodeStatus]
    backfills: list[Backfill]


def lag(*, now: datetime) -> timedelta | None:
    """None: no block was read yet."""
    cursor = ChainCursor.objects.filter(network=settings.TRON_NETWORK).first()
    return _behind(cursor, now)


def is_late(behind: timedelta | None) -> bool:
    """Whether a person should look."""
    return node_gate.has_node() and (behind is None or behind > LATE)


def _behind(cursor: ChainCursor | None, now: datetime) -> timedelta | None:
    return now - cursor.block_at if cursor and cursor.block_at else None


def chain_status(*, now: datetime) -> ChainStatus:
    cursor = ChainCursor.objects.filter(network=settings.TRON_NETWORK).first()
    behind = _behind(cursor, now)
    return ChainStatus(
        cursor=cursor,
        lag=behind,
        missing=_missing(cursor) if cursor else 0,
        blocks_per_second=_speed(cursor) if cursor else None,
        is_late=is_late(behind),
        nodes=[_node(address.name, now) for address in node_gate.addresses()],
        backfills=list(
            Backfill.objects.filter(finished_at=None).select_related("order", "requested_by")[:50]
        ),
    )


def _missing(cursor: ChainCursor) -> int:
    if cursor.number is None:
        return 0
    kept = cursor.blocks.filter(number__gt=cursor.number - GAPS_WITHIN).aggregate(
        count=Count("pk"), first=Min("number")
    )
    return int(cursor.number - kept["first"] + 1 - kept["count"]) if kept["count"] else 0


def _speed(cursor: ChainCursor) -> float | None:
    if cursor.number is None:
        return None
    last = cursor.blocks.filter(number__gt=cursor.number - SPEED_OVER)
    found = last.aggregate(count=Count("pk"), first=Min("scanned_at"), last=Max("scanned_at"))
    if found["count"] < 2 or found["last"] <= found["first"]:
        return None
    return float((found["count"] - 1) / (found["last"] - found["first"]).total_seconds())


def _node(name: str, now: datetime) -> NodeStatus:
    row = ChainNode.objects.filter(name=name).first()
    today = row.requests_today if row and row.day == now.date() else 0
    limit = settings.TRON_REQUESTS_PER_DAY
    return NodeStatus(
        name=name,
        row=row,
        is_resting=bool(row and row.rests_until and now < row.rests_until),
        requests_today=today,
        requests_left=max(0, limit - today) if limit else None,
    )
