from typing import Any

from django.utils import timezone

from orders.management.operator import OperatorCommand
from orders.services.chain_status import NodeStatus, chain_status


class Command(OperatorCommand):
    help = "Tell how far the chain is read, by whom, and how the nodes are."

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        status = chain_status(now=timezone.now())
        cursor = status.cursor
        return {
            "block": cursor.number if cursor else None,
            "head": cursor.head_number if cursor else None,
            "solidified": cursor.solid_number if cursor else None,
            "lag_seconds": int(status.lag.total_seconds()) if status.lag is not None else None,
            "missing_blocks": status.missing,
            "blocks_per_second": round(status.blocks_per_second, 2) if status.blocks_per_second else None,
            "watcher": cursor.holder if cursor else "",
            "problem": cursor.problem if cursor else "",
            "open_backfills": len(status.backfills),
            "nodes": [_line(node) for node in status.nodes],
        }


def _line(node: NodeStatus) -> str:
    state = "resting" if node.is_resting else "failing" if node.row and node.row.failing_since else "fit"
    error = f" ({node.row.error})" if node.row and node.row.error else ""
    return f"{node.name}: {state}, {node.requests_today} requests today{error}"
