"""The node's HTTP interface: which handler answers which path, and what the knobs make of it."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace

from providers.sandbox.exchange import Reply, Request, crash_page, cut_off, json_reply
from providers.sandbox.sandbox import Sandbox
from providers.sandbox.tron import (
    asking,
    chain,
    faults,
    indexer,
    jsonrpc,
    parameters,
    reading,
    sending,
    settings,
)
from providers.sandbox.tron.faults import Fault
from providers.sandbox.tron.parameters import BadParameter, Values
from providers.sandbox.tron.printing import dumped
from providers.sandbox.tron.view import View

WALLET, SOLID = "/wallet/", "/walletsolidity/"
PREFIXES = (WALLET, SOLID, indexer.PREFIX, jsonrpc.PATH)
LITE = "this API is closed because this node is a lite fullnode"
BUSY = "class java.lang.IllegalAccessException : lack of computing resources"
SUSPENSION = "The key exceeds the frequency limit(15), and the query server is suspended for {}s"

Handler = Callable[[View, Values], bytes]
BOTH: dict[str, Handler] = {
    "getnowblock": reading.now_block,
    "getblockbynum": reading.block_by_number,
    "getblock": reading.block_of_any,
    "getblockbylimitnext": reading.blocks_in_range,
    "gettransactioninfobyblocknum": reading.infos,
    "gettransactioncountbyblocknum": reading.count,
    "gettransactioninfobyid": reading.info_by_id,
    "gettransactionbyid": reading.transaction_by_id,
    "getaccount": asking.account,
    "triggerconstantcontract": asking.constant_call,
    "estimateenergy": asking.estimate_energy,
}
HEAD_ONLY: dict[str, Handler] = {
    "getaccountresource": asking.account_resource,
    "getcontract": asking.contract_of,
    "getchainparameters": asking.chain_parameters,
    "getenergyprices": asking.energy_prices,
    "broadcasttransaction": sending.broadcast,
    "broadcasthex": sending.broadcast_hex,
    "getsignweight": sending.sign_weight,
}
BLOCKS = ("getblockbynum", "getblock", "getblockbylimitnext", "getnowblock")
STATUSES = {Fault.STATUS_403: 403, Fault.STATUS_429: 429, Fault.STATUS_503: 503}


def is_path(path: str) -> bool:
    return path.startswith(PREFIXES)


def answer(sandbox: Sandbox, request: Request) -> Reply:
    with sandbox.store.transaction() as db:
        sandbox.node_requests[request.path] += 1
        turned = faults.names(db)
        if suspended := _suspended(db, request):
            return suspended
        if turned and (failed := _failed(db, request)):
            return failed
        try:
            reply = _answer(db, request, turned)
        except BadParameter as error:
            reply = json_reply({"Error": str(error)})
        return _spoiled(db, request, reply) if turned else reply


def _answer(db: sqlite3.Connection, request: Request, turned: frozenset[str]) -> Reply:
    path = request.path.rstrip("/")
    behind = faults.take(db, Fault.BEHIND, path) if Fault.BEHIND in turned else None
    view = View(db, request.now, is_solid=path.startswith(SOLID), behind=behind or 0)
    if path == jsonrpc.PATH:
        return Reply(body=jsonrpc.answer(view, request))
    if path.startswith(indexer.PREFIX):
        return indexer.answer(view, path, request.query)
    handlers = BOTH if view.is_solid else BOTH | HEAD_ONLY
    handler = handlers.get(path.rpartition("/")[2])
    if handler is None or path.count("/") != 2:
        return json_reply({"Error": "class java.lang.IllegalArgumentException : no such API"}, 404)
    return Reply(body=handler(view, parameters.given(request)))


def _suspended(db: sqlite3.Connection, request: Request) -> Reply | None:
    left_ms = settings.get(db, settings.SUSPENDED_UNTIL_MS) - chain.milliseconds(request.now)
    return _refusal(403, left_ms // 1000 + 1) if left_ms > 0 else None


def _failed(db: sqlite3.Connection, request: Request) -> Reply | None:
    """Answers instead of which nothing is done."""
    path = request.path
    for fault, status in STATUSES.items():
        seconds = faults.take(db, fault, path)
        if seconds is not None:
            until_ms = chain.milliseconds(request.now) + 1000 * seconds
            settings.put(db, settings.SUSPENDED_UNTIL_MS, until_ms)
            return _refusal(status, seconds)
    if faults.take(db, Fault.CUT, path) is not None:
        return cut_off()
    if faults.take(db, Fault.ERROR_200, path) is not None:
        return json_reply({"Error": BUSY})
    if faults.take(db, Fault.BARE_TEXT, path) is not None:
        return Reply(body=LITE.encode())
    return crash_page() if faults.take(db, Fault.ERROR_500, path) is not None else None


def _refusal(status: int, seconds: int) -> Reply:
    return json_reply({"Success": False, "Error": SUSPENSION.format(seconds), "StatusCode": status}, status)


def _spoiled(db: sqlite3.Connection, request: Request, reply: Reply) -> Reply:
    """What becomes of an answer on its way."""
    path, name = request.path, request.path.rpartition("/")[2]
    found = reply.body not in (b"{}", b"[]")
    if name in BLOCKS and found and faults.take(db, Fault.EMPTY_BLOCK, path) is not None:
        reply = replace(reply, body=b"{}")
    if name in BLOCKS and found and faults.take(db, Fault.WRONG_PARENT, path) is not None:
        reply = replace(reply, body=reply.body.replace(b'"parentHash":"', b'"parentHash":"ffffffff', 1))
    if name == "gettransactioninfobyblocknum" and found:
        if faults.take(db, Fault.EMPTY_INFOS, path) is not None:
            reply = replace(reply, body=b"[]")
        elif missing := faults.take(db, Fault.MISSING_INFOS, path):
            reply = replace(reply, body=reading.removed_last(reply.body, missing))
    if (
        path == jsonrpc.PATH
        and b'"result":[{' in reply.body
        and faults.take(db, Fault.EMPTY_LOGS) is not None
    ):
        reply = replace(reply, body=dumped({"jsonrpc": "2.0", "id": 1, "result": []}))
    if faults.take(db, Fault.WRONG_JSON, path) is not None:
        reply = replace(reply, body=reply.body[: len(reply.body) // 2 + 1] + b"\x00")
    if faults.take(db, Fault.CUT_AFTER, path) is not None:
        return cut_off()
    return replace(reply, slow=True) if faults.take(db, Fault.SLOW, path) is not None else reply
