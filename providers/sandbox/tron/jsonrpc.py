"""/jsonrpc: eth_blockNumber and eth_getLogs with the limits of nodes (specs/tron.md section 3)."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from providers.sandbox.exchange import Request
from providers.sandbox.tron import parameters, settings
from providers.sandbox.tron.parameters import BadParameter
from providers.sandbox.tron.printing import dumped
from providers.sandbox.tron.view import View

PATH = "/jsonrpc"
CHAIN_ID = "0x2b6653dc"
MOST_BLOCKS, MOST_CHOICES, MOST_RESULTS = 5_000, 1_000, 10_000
INVALID_REQUEST, NO_METHOD, INVALID_PARAMS, TOO_MANY = -32600, -32601, -32602, -32005


class RpcError(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def answer(view: View, request: Request) -> bytes:
    call: Any = None
    try:
        call = parameters.parsed(request)
        result = _call(view, call)
    except (RpcError, BadParameter) as error:
        code = error.code if isinstance(error, RpcError) else INVALID_REQUEST
        return dumped({**_frame(call), "error": {"code": code, "message": str(error)}})
    return dumped({**_frame(call), "result": result})


def _frame(call: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": call.get("id") if isinstance(call, dict) else None}


def _call(view: View, call: Any) -> Any:
    if not isinstance(call, dict):
        raise RpcError(INVALID_REQUEST, "invalid request")
    match call.get("method"):
        case "eth_blockNumber":
            return hex(view.head)
        case "eth_chainId":
            return CHAIN_ID
        case "eth_getLogs":
            given = call.get("params")
            if not isinstance(given, list) or len(given) != 1 or not isinstance(given[0], dict):
                raise RpcError(INVALID_PARAMS, "invalid params")
            return _logs(view, given[0])
        case _:
            raise RpcError(NO_METHOD, "the method is not available")


def _logs(view: View, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    first, last = (_height(view, wanted.get(name, "latest")) for name in ("fromBlock", "toBlock"))
    if first > last:
        raise RpcError(INVALID_PARAMS, "please verify: fromBlock <= toBlock")
    if last - first > MOST_BLOCKS:
        raise RpcError(INVALID_PARAMS, f"exceed max block range: {MOST_BLOCKS}")
    addresses = set(_choices(wanted.get("address"), 20))
    topics = wanted.get("topics") or []
    if not isinstance(topics, list) or len(topics) > 4:
        raise RpcError(INVALID_PARAMS, "topics size should be <= 4")
    slots = [set(_choices(slot, 32)) for slot in topics]
    rows = view.db.execute(
        "SELECT * FROM chain_logs WHERE number BETWEEN ? AND ? ORDER BY number, log_index",
        (first, min(last, view.head)),
    )
    found = [row for row in rows if _fits(row, addresses, slots)]
    if len(found) > MOST_RESULTS:
        raise RpcError(TOO_MANY, f"query returned more than {MOST_RESULTS} results")
    return [_printed(view, row) for row in found]


def _height(view: View, given: Any) -> int:
    match given:
        case "latest" | "pending":
            return view.head
        case "earliest":
            return 0
        case "finalized":
            return min(settings.get(view.db, settings.SOLID), view.head)
        case str() if given.startswith("0x"):
            return _number(given)
        case _:
            raise RpcError(INVALID_PARAMS, "invalid block number")


def _number(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError as error:
        raise RpcError(INVALID_PARAMS, "invalid block number") from error


def _choices(given: Any, size: int) -> Sequence[str]:
    """Hex without 0x; none means any."""
    choices = given if isinstance(given, list) else [] if given is None else [given]
    if len(choices) > MOST_CHOICES:
        raise RpcError(INVALID_PARAMS, f"exceed max addresses or sub topics: {MOST_CHOICES}")
    found = []
    for each in choices:
        text = each[2:].lower() if isinstance(each, str) and each[:2] == "0x" else ""
        if len(text) != 2 * size:
            raise RpcError(INVALID_PARAMS, "invalid address or topic")
        found.append(text)
    return found


def _fits(row: sqlite3.Row, addresses: set[str], slots: Sequence[set[str]]) -> bool:
    if addresses and row["address"] not in addresses:
        return False
    topics = json.loads(row["topics"])
    if len(topics) < len(slots):
        return False
    return all(not slot or topic in slot for slot, topic in zip(slots, topics, strict=False))


def _printed(view: View, row: sqlite3.Row) -> dict[str, Any]:
    block = view.block(row["number"])
    return {
        "address": f"0x{row['address']}",
        "blockHash": f"0x{block.id if block else ''}",
        "blockNumber": hex(row["number"]),
        "blockTimestamp": hex(block.timestamp // 1000 if block else 0),
        "data": f"0x{row['data']}",
        "logIndex": hex(row["log_index"]),
        "removed": False,
        "topics": [f"0x{topic}" for topic in json.loads(row["topics"])],
        "transactionHash": f"0x{row['txid']}",
        "transactionIndex": hex(row["position"]),
    }
