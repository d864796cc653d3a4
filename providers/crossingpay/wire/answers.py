"""Success answers: the seed's two texts to the byte (spec sections 2 and 3) and the query's (7.3)."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from providers import strict_json
from providers.crossingpay.wire import values
from providers.crossingpay.wire.errors import LONGEST_TEXT
from providers.money import format_units

MONITOR_CREATED = '{ "message": "监听订单创建成功"}'.encode()
DEPOSIT_CREATED_MESSAGE = "充值订单生成成功"


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositCreated:
    """`amount_micro` may differ from the amount asked for: a server may move it to keep orders apart."""

    address: str
    amount_micro: int
    ordersn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFound:
    """The query's answer. `status` is the number sent, known or not; the last three are None until paid."""

    kind: str
    order_id: str
    ordersn: str
    address: str
    amount_micro: int
    status: int
    start_at: datetime
    end_at: datetime
    late: bool = False
    txid: str | None = None
    log_index: int | None = None
    block_time: datetime | None = None


def is_monitor_created(raw: bytes) -> bool:
    """Whether the documented message, the only sign of success, is there. Raises ValueError if unreadable."""
    return bool(_object(raw).get("message") == json.loads(MONITOR_CREATED)["message"])


def deposit_created(created: DepositCreated) -> bytes:
    address, ordersn = json.dumps(created.address), json.dumps(created.ordersn)
    return (
        f'{{ "message": "{DEPOSIT_CREATED_MESSAGE}", "address": {address}, '
        f'"amount": {format_units(created.amount_micro)},"Ordersn":{ordersn}}}'
    ).encode()


def read_deposit_created(raw: bytes) -> DepositCreated:
    """Raises ValueError."""
    answer = _object(raw)
    return DepositCreated(
        address=_text(answer, "address"),
        amount_micro=values.read_amount(answer.get("amount")),
        ordersn=_text(answer, "Ordersn"),
    )


def order_found(order: OrderFound) -> bytes:
    return values.dump(
        {
            "message": "ok",
            "kind": order.kind,
            "order_id": order.order_id,
            "Ordersn": order.ordersn,
            "address": order.address,
            "amount": values.amount_number(order.amount_micro),
            "status": order.status,
            "txid": order.txid,
            "log_index": order.log_index,
            "block_time": int(order.block_time.timestamp()) if order.block_time else None,
            "start_utc": values.utc_text(order.start_at),
            "end_utc": values.utc_text(order.end_at),
            "late": order.late,
        }
    )


def read_order_found(raw: bytes) -> OrderFound:
    """Raises ValueError."""
    answer = _object(raw)
    block_time = _number(answer, "block_time")
    return OrderFound(
        kind=_text(answer, "kind"),
        order_id=_text(answer, "order_id"),
        ordersn=_text(answer, "Ordersn"),
        address=_text(answer, "address"),
        amount_micro=values.read_amount(answer.get("amount")),
        status=_status(answer),
        start_at=values.read_instant(_text(answer, "start_utc")),
        end_at=values.read_instant(_text(answer, "end_utc")),
        late=answer.get("late") is True,
        txid=_txid(answer),
        log_index=_number(answer, "log_index"),
        block_time=None if block_time is None else _instant(block_time),
    )


def _object(raw: bytes) -> dict[str, Any]:
    answer = strict_json.loads(raw)
    if not isinstance(answer, dict):
        raise ValueError("not a JSON object")
    return answer


def _text(answer: dict[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is missing or not text")
    if len(value) > LONGEST_TEXT or not value.isprintable():
        raise ValueError(f"{name} is too long or not printable")
    return value


def _number(answer: dict[str, Any], name: str) -> int | None:
    value = answer.get(name)
    if isinstance(value, bool) or not isinstance(value, int | None):
        raise ValueError(f"{name} is not a whole number")
    return value


def _status(answer: dict[str, Any]) -> int:
    status = _number(answer, "status")
    if status is None:
        raise ValueError("status is missing")
    return status


def _txid(answer: dict[str, Any]) -> str | None:
    if answer.get("txid") is None:
        return None
    return values.read_txid(_text(answer, "txid"))


def _instant(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError("block_time is out of range") from error
