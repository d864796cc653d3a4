"""TronGrid's /v1/accounts/{address}/transactions and /trc20 (specs/tron.md section 4). Zeros are printed here."""

import sqlite3
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from providers.sandbox.exchange import Reply, json_reply
from providers.sandbox.tron import blocks, contracts, faults, settings, wallets
from providers.sandbox.tron.faults import Fault
from providers.sandbox.tron.parameters import BadParameter, whole
from providers.sandbox.tron.view import View
from providers.tron import addresses

PREFIX = "/v1/accounts/"
USUAL, MOST = 20, 200
ZEROS = ("energy_fee", "energy_usage", "energy_usage_total", "net_fee", "net_usage")
Query = Mapping[str, str]


def answer(view: View, path: str, query: Query) -> Reply:
    address, _, what = path.removeprefix(PREFIX).partition("/")
    readers = {"transactions": _transactions, "transactions/trc20": _transfers}
    if what not in readers:
        return _refusal("Not Found", 404)
    try:
        wanted = (
            addresses.to_hex(address)
            if address.startswith("T")
            else addresses.to_hex(addresses.from_hex(address))
        )
        limit = min(max(whole(query, "limit", USUAL), 1), MOST)
        offset = whole({"fingerprint": query.get("fingerprint") or "0"}, "fingerprint")
        rows = readers[what](view, wanted, query, (limit + 1, max(offset, 0)))
    except (ValueError, BadParameter) as error:
        return _refusal(str(error), 400)
    meta: dict[str, Any] = {"at": view.now_ms, "page_size": min(len(rows), limit)}
    if len(rows) > limit:
        fingerprint = str(offset + limit)
        following = urlencode({**query, "fingerprint": fingerprint})
        meta |= {"fingerprint": fingerprint, "links": {"next": f"http://127.0.0.1{path}?{following}"}}
    return json_reply({"data": _doubled(view, rows[:limit], path), "success": True, "meta": meta})


def _doubled(view: View, rows: list[dict[str, Any]], path: str) -> list[dict[str, Any]]:
    if rows and faults.take(view.db, Fault.DUPLICATE_ROWS, path) is not None:
        return [twin for row in rows for twin in ({**row, "_unconfirmed": True}, row)]
    return rows


def _transfers(view: View, address: str, query: Query, page: tuple[int, int]) -> list[dict[str, Any]]:
    topic, token = contracts.topic(address), query.get("contract_address", "")
    sides = _sides(query, f"topic_2 = '{topic}'", f"topic_1 = '{topic}'")
    known = {each[2:] for each in wallets.TOKENS} if not token else {addresses.to_hex(token)[2:]}
    rows = view.db.execute(
        "SELECT log.*, block.timestamp FROM chain_logs log JOIN chain_blocks block USING (number)"  # noqa: S608
        f" WHERE {sides} AND address IN ({','.join('?' * len(known))}) AND number <= ? AND timestamp BETWEEN ? AND ?"
        f" ORDER BY number {_order(query)}, log_index {_order(query)} LIMIT ? OFFSET ?",
        (*known, _highest(view, query), *_times(query, "timestamp"), *page),
    )
    return [_transfer(view, row) for row in rows]


def _transfer(view: View, row: sqlite3.Row) -> dict[str, Any]:
    token = addresses.from_hex("41" + row["address"])
    is_transfer = contracts.TRANSFER in row["topics"]
    shown = {
        "transaction_id": row["txid"],
        "token_info": {"symbol": "USDT", "address": token, "decimals": 6, "name": "Tether USD"},
        "block_timestamp": row["timestamp"],
        "from": addresses.from_hex("41" + row["topic_1"][-40:]),
        "to": addresses.from_hex("41" + row["topic_2"][-40:]),
        "type": "Transfer" if is_transfer else "Approval",
        "value": str(int(row["data"], 16)),
    }
    is_solid = row["number"] <= settings.get(view.db, settings.SOLID)
    return shown if is_solid else shown | {"_unconfirmed": True}


def _transactions(view: View, address: str, query: Query, page: tuple[int, int]) -> list[dict[str, Any]]:
    sides = _sides(query, f"receiver = '{address}'", f"owner = '{address}'")
    rows = view.db.execute(
        "SELECT one.*, block.timestamp FROM chain_transactions one JOIN chain_blocks block USING (number)"  # noqa: S608
        f" WHERE {sides} AND number <= ? AND timestamp BETWEEN ? AND ?"
        f" ORDER BY number {_order(query)}, position {_order(query)} LIMIT ? OFFSET ?",
        (_highest(view, query), *_times(query, "block_timestamp"), *page),
    )
    return [_transaction(row) for row in rows]


def _transaction(row: sqlite3.Row) -> dict[str, Any]:
    info = blocks.info(row)
    receipt = info.get("receipt", {})
    ret = [{"contractRet": row["outcome"], "fee": info.get("fee", 0)}]
    return {
        **blocks.print_transaction(row),
        "ret": ret,
        "blockNumber": row["number"],
        "block_timestamp": row["timestamp"],
        **{name: receipt.get(name, 0) for name in ZEROS},
        "internal_transactions": [],
    }


def _sides(query: Query, received: str, sent: str) -> str:
    """The addresses in it have been checked to be hex."""
    only_to, only_from = (query.get(name) == "true" for name in ("only_to", "only_from"))
    return received if only_to else sent if only_from else f"({received} OR {sent})"


def _order(query: Query) -> str:
    return "ASC" if query.get("order_by", "").endswith(",asc") else "DESC"


def _times(query: Query, name: str) -> tuple[int, int]:
    return whole(query, f"min_{name}", 0), whole(query, f"max_{name}", 2**62)


def _highest(view: View, query: Query) -> int:
    solid = settings.get(view.db, settings.SOLID)
    if query.get("only_unconfirmed") == "true":
        raise BadParameter("only_unconfirmed is not supported here")
    return solid if query.get("only_confirmed") == "true" else view.head


def _refusal(text: str, status: int) -> Reply:
    return json_reply({"success": False, "error": text, "statusCode": status}, status)
