"""Good answers of iTRX into our words (spec 3).

Every reader raises Unreadable for what the documentation rules out.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from providers.base import Progress, Quote, State
from providers.itrx.fields import Unreadable, read_object, text, text_or_none, whole, whole_or_none
from providers.itrx.refusals import Refusal, read_refusal
from providers.itrx.statuses import state_of

Meaning = TypeVar("Meaning")

MOST_ANSWER_BYTES = 1_048_576


def understand(http_status: int, body: bytes, read: Callable[[dict[str, Any]], Meaning]) -> Meaning | Refusal:
    """What `read` makes of a good answer, or the refusal. Raises Unreadable for anything else."""
    if http_status not in (200, 400):
        raise Unreadable(f"HTTP {http_status}")
    answer = read_object(body, max_bytes=MOST_ANSWER_BYTES)
    refusal = read_refusal(http_status, answer)
    if refusal is None and http_status == 400:
        raise Unreadable("a refusal in a form that is not documented")
    return refusal or read(answer)


def is_key_refusal(http_status: int, body: bytes) -> bool:
    """How GET userapi/summary, and nothing else, says that the key is unknown (spec 3.14).

    An HTML page with the same status comes from something in between and says nothing about the key.
    """
    try:
        return http_status == 403 and bool(read_object(body))
    except Unreadable:
        return False


def read_purchase(answer: dict[str, Any]) -> Progress:
    """Of POST order and order/collect-manual: accepted and paid, nothing delegated yet."""
    _require_no_error(answer)
    return Progress(
        state=State.PENDING,
        upstream_id=text(answer, "serial"),
        cost_sun=whole_or_none(answer, "amount"),
        balance_sun=whole_or_none(answer, "balance"),
        scene=whole_or_none(answer, "scene"),
    )


def read_order(answer: dict[str, Any]) -> Progress:
    """Of GET order/query. `txid` is the first delegation's where an order was split."""
    _require_no_error(answer)
    status = whole(answer, "status")
    return Progress(
        state=state_of(status),
        upstream_id=text(answer, "order_no"),
        upstream_status=str(status),
        address=text_or_none(answer, "receive_address"),
        energy=whole_or_none(answer, "energy_amount"),
        cost_sun=whole_or_none(answer, "amount"),
        refund_sun=whole_or_none(answer, "refund_amount"),
        txid=next(iter(_delegation_hashes(answer)), ""),
    )


def read_price(answer: dict[str, Any]) -> Quote:
    """Of GET order/price. `total_price` already holds `addition` (spec 7)."""
    return Quote(
        total_sun=whole(answer, "total_price"),
        energy=whole_or_none(answer, "energy_amount") or 0,
    )


def read_balance(answer: dict[str, Any]) -> int | None:
    """Of GET userapi/summary and index-data, in sun; None where the answer holds none."""
    return whole_or_none(answer, "balance")


def read_reclaim(answer: dict[str, Any]) -> str:
    """Of POST order/reclaim: their message, "" if none."""
    _require_no_error(answer)
    return text_or_none(answer, "message") or ""


def _require_no_error(answer: dict[str, Any]) -> None:
    if whole(answer, "errno") != 0:
        raise Unreadable("errno contradicts the rest")


def _delegation_hashes(answer: dict[str, Any]) -> list[str]:
    details = answer.get("details")
    if details is None:
        return []
    if not isinstance(details, list) or not all(isinstance(detail, dict) for detail in details):
        raise Unreadable("details is not a list of objects")
    return [found for detail in details if (found := text_or_none(detail, "delegate_hash"))]
