"""What orders' timelines say about their callbacks."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from orders.models import OrderEvent
from orders.services.dispatching import bulk
from orders.services.dispatching.claimed import Claimed

COLUMNS = (
    "order_id",
    "code",
    "text",
    "old_status",
    "new_status",
    "actor_id",
    "is_alarm",
    "data",
    "created_at",
)


def delivered(row: Claimed) -> str:
    return f"callback delivered to {row.host}"


def given_up(row: Claimed, tries: int) -> str:
    return f"callback to {row.host} given up after {tries} tries"


def tell(told: Iterable[tuple[Claimed, str, bool, datetime]]) -> None:
    """Row, text, whether it is an alarm, and when. A test callback has no order that it could be told of."""
    rows: list[tuple[Any, ...]] = [
        (row.order_id, "callback", text[:512], "", "", None, is_alarm, {}, at)
        for row, text, is_alarm, at in told
        if row.order_id is not None
    ]
    bulk.append(OrderEvent, COLUMNS, rows)
