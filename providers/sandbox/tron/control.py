"""Steering the chain: JSON for tests at /control/chain…, the same acts from the page."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from providers.money import parse_units
from providers.sandbox.exchange import Reply, Request, json_reply
from providers.sandbox.fields import flag, text, whole
from providers.sandbox.sandbox import Sandbox
from providers.sandbox.tron import chain, faults, genesis, paying, pool, settings, volume, wallets
from providers.sandbox.tron.accounts import Account, Lease, Resource
from providers.sandbox.tron.blocks import head
from providers.sandbox.tron.contracts import balance_key, blacklist_key, parameter_key
from providers.sandbox.tron.faults import MOST_PERCENT, Fault, Knob
from providers.sandbox.tron.paying import Kind
from providers.sandbox.tron.state import State
from providers.tron import addresses

PREFIX = "/control/chain"
MOST_PRODUCED = 1_000
SHORTEST_STEP_MS, LONGEST_STEP_MS = 10, 3_600_000
TOKEN_PARAMETERS = ("paused", "deprecated", "basisPointsRate", "maximumFee")
Given = Mapping[str, Any]
Act = Callable[[sqlite3.Connection, Given, Request], dict[str, Any]]


def pay(db: sqlite3.Connection, given: Given, request: Request) -> dict[str, Any]:
    """{"address", "amount" (decimal), "kind"?, "after_seconds"?}"""
    payment = paying.order(
        db,
        Kind(text(given, "kind", Kind.USDT)),
        addresses.to_hex(text(given, "address").strip()),
        parse_units(text(given, "amount").strip()),
        request.now,
        after_seconds=whole(given, "after_seconds", 0),
    )
    return {"id": payment.id, "txid": payment.txid, "problem": payment.problem}


def produce(db: sqlite3.Connection, given: Given, request: Request) -> dict[str, Any]:
    """{"blocks"?, "step_seconds"?}"""
    count = whole(given, "blocks", 1)
    step_ms = _milliseconds(given["step_seconds"]) if "step_seconds" in given else chain.usual_step_ms(db)
    if count > MOST_PRODUCED:
        raise ValueError(f"at most {MOST_PRODUCED} blocks at once")
    paying.send_due(db, request.now)
    chain.produce_some(db, count, max(step_ms, 1), request.now)
    return status(db)


def advance(db: sqlite3.Connection, given: Given, request: Request) -> dict[str, Any]:
    """The chain's clock goes forward, and never back."""
    offset_ms = settings.get(db, settings.OFFSET_MS) + 1000 * whole(given, "seconds", 0)
    settings.put(db, settings.OFFSET_MS, offset_ms)
    return status(db)


def change(db: sqlite3.Connection, given: Given, request: Request) -> dict[str, Any]:
    """{"block_seconds"? (0: on command only), "lag_blocks"?, "energy_price_sun"?}"""
    if "block_seconds" in given:
        step_ms = _milliseconds(given["block_seconds"])
        if 0 < step_ms < SHORTEST_STEP_MS:
            raise ValueError("block_seconds must be 0, or from 0.01 to 3600")
        settings.put(db, settings.BLOCK_MS, step_ms)
    for name, least in ((settings.LAG_BLOCKS, 0), (settings.ENERGY_PRICE_SUN, 1)):
        if name in given:
            settings.put(db, name, max(whole(given, name, least), least))
    return status(db)


def turn(db: sqlite3.Connection, given: Given, request: Request) -> dict[str, Any]:
    """{"fault", "count"? or "percent"?, "value"?, "path"?}"""
    percent = whole(given, "percent", 0)
    if percent > MOST_PERCENT:
        raise ValueError("percent is at most 100")
    knob = Knob(
        fault=Fault(text(given, "fault")),
        path=text(given, "path", ""),
        value=whole(given, "value", 0),
        remaining=None if percent else max(whole(given, "count", 1), 1),
        percent=percent or MOST_PERCENT,
    )
    faults.turn(db, knob)
    return {}


def clear_faults(db: sqlite3.Connection, given: Given, request: Request) -> dict[str, Any]:
    faults.clear(db)
    settings.put(db, settings.SUSPENDED_UNTIL_MS, 0)
    return {}


def reorganise(db: sqlite3.Connection, given: Given, request: Request) -> dict[str, Any]:
    chain.reorganise(db, whole(given, "depth", 1), drop=flag(given, "drop"))
    chain.follow_head(db, request.now)
    return status(db)


def stall(db: sqlite3.Connection, given: Given, request: Request) -> dict[str, Any]:
    until_ms = chain.now_ms(db, request.now) + 1000 * whole(given, "seconds", 60)
    settings.put(db, settings.STALLED_UNTIL_MS, until_ms)
    return {}


def change_account(db: sqlite3.Connection, given: Given, request: Request) -> dict[str, Any]:
    """{"address", "trx"?, "usdt"?, "energy"?, "blacklisted"?, "active"?}: set as told, in no transaction."""
    world, address = State(db), addresses.to_hex(text(given, "address"))
    now_ms = chain.now_ms(db, request.now)
    account = world.account(address)
    if {"trx", "energy"} & set(given) or flag(given, "active"):
        account = account or Account(created_ms=now_ms)
    if account and "trx" in given:
        account = replace(account, balance_sun=parse_units(text(given, "trx")))
    if account and "energy" in given:
        lease = Lease(Resource.ENERGY, whole(given, "energy", 0), now_ms, now_ms + 3_600_000)
        account = account.leased(lease, now_ms)
    if account:
        world.put_account(address, account)
    if "usdt" in given:
        world.put(balance_key(wallets.USDT, address), parse_units(text(given, "usdt")))
    if "blacklisted" in given:
        world.put(blacklist_key(wallets.USDT, address), flag(given, "blacklisted"))
    world.commit(settings.get(db, settings.HEAD))
    return {}


def change_token(db: sqlite3.Connection, given: Given, request: Request) -> dict[str, Any]:
    """The USDT contract's own numbers."""
    world = State(db)
    for name in TOKEN_PARAMETERS:
        if name in given:
            world.put(parameter_key(wallets.USDT, name), whole(given, name, 0))
    world.commit(settings.get(db, settings.HEAD))
    return {}


def add_volume(db: sqlite3.Connection, given: Given, request: Request) -> dict[str, Any]:
    """{"blocks", "transactions"?, "transfers"?, "receivers"? (base58)}: full blocks for measurements."""
    receivers = given.get("receivers") or [wallets.DESK.address]
    if not isinstance(receivers, list):
        raise ValueError("receivers must be a list")
    made = volume.add(
        db,
        whole(given, "blocks", 1),
        whole(given, "transactions", 380),
        whole(given, "transfers", 115),
        tuple(addresses.to_hex(str(each)) for each in receivers),
    )
    chain.follow_head(db, request.now)
    return {"first": made.first, "last": made.last}


def begin_anew(db: sqlite3.Connection, given: Given, request: Request) -> dict[str, Any]:
    genesis.begin_anew(db, request.now)
    return status(db)


ACTS: dict[str, Act] = {
    "pay": pay,
    "produce": produce,
    "clock": advance,
    "settings": change,
    "faults": turn,
    "faults/clear": clear_faults,
    "reorganise": reorganise,
    "stall": stall,
    "account": change_account,
    "token": change_token,
    "volume": add_volume,
    "reset": begin_anew,
}


def _milliseconds(seconds: object) -> int:
    milliseconds = parse_units(str(seconds)) // 1000
    if milliseconds > LONGEST_STEP_MS:
        raise ValueError("at most an hour")
    return milliseconds


def status(db: sqlite3.Connection) -> dict[str, Any]:
    newest = head(db)
    return {
        "head": newest.number,
        "solid": settings.get(db, settings.SOLID),
        "head_timestamp": newest.timestamp,
        "waiting": len(pool.waiting(db)),
        "block_ms": settings.get(db, settings.BLOCK_MS),
        "lag_blocks": settings.get(db, settings.LAG_BLOCKS),
    }


def is_path(path: str) -> bool:
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def answer(sandbox: Sandbox, request: Request) -> Reply:
    """Raises ValueError for bad input."""
    name = request.path.rstrip("/").removeprefix(PREFIX).removeprefix("/")
    with sandbox.store.transaction() as db:
        if request.method == "POST" and name in ACTS:
            return json_reply({"ok": True, **ACTS[name](db, request.fields(), request)})
        match (request.method, name):
            case ("GET", ""):
                return json_reply(status(db))
            case ("GET", "faults"):
                return json_reply([asdict(knob) for knob in faults.pending(db)])
            case ("GET", "requests"):
                return json_reply(dict(sandbox.node_requests))
            case _:
                raise ValueError("no such control of the chain")
