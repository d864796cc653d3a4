"""POST /api/orders/monitor, /deposit and /query (specs/crossingpay.md sections 2, 3 and 7)."""

import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from providers.crossingpay import wire
from providers.sandbox import purchases, rules
from providers.sandbox.accounts import Account, Dialect
from providers.sandbox.exchange import Reply, Request, error_page
from providers.sandbox.outcomes import SCRIPTS, Outcome
from providers.sandbox.purchases import Plan, Purchase
from providers.sandbox.sandbox import Sandbox
from providers.sandbox.state import moment, stamp

JSON_UTF8 = "application/json; charset=utf-8"
ZONE = ZoneInfo("Asia/Shanghai")
DEPOSIT_LIFE = timedelta(minutes=30)
LONGEST_PAST = timedelta(hours=24)
LONGEST_WINDOW = timedelta(days=30)
FAILED, PAID, WAITING = "0", "1", "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A valid request. `requested` is what a repetition is compared with (section 6 #13)."""

    kind: str
    wanted: wire.DepositRequest
    requested: dict[str, Any]


def monitor(sandbox: Sandbox, request: Request) -> Reply:
    account, fields = _authenticated(sandbox, request)
    wanted = wire.read_monitor(fields)
    requested = {"start_time": wanted.start_time, "end_time": wanted.end_time}
    return _place(sandbox, account, _order("monitor", wanted, requested), request.now)


def deposit(sandbox: Sandbox, request: Request) -> Reply:
    account, fields = _authenticated(sandbox, request)
    return _place(sandbox, account, _order("deposit", wire.read_deposit(fields), {}), request.now)


def query(sandbox: Sandbox, request: Request) -> Reply:
    """Our own extension, so an account without it is told what a server without it says."""
    if request.method == "GET":
        account, fields = _known(sandbox, request.headers.get("x-api-key", "")), dict(request.query)
    else:
        account, fields = _authenticated(sandbox, request)
    if not account.has_query:
        return error_page("Not Found", 404)
    asked = wire.read_query(fields)
    outcome = sandbox.lookup_outcome(account)
    if outcome is Outcome.BAD_KEY:
        raise _bad_key()
    with sandbox.store.transaction() as db:
        found = purchases.find(db, account, id=asked.ordersn, request_id=asked.order_id)
    if found is None or outcome is Outcome.NOT_FOUND:
        body = wire.error_body("order_not_found", "no such order")
        reply = Reply(status=404, body=body, content_type=JSON_UTF8)
    else:
        reply = Reply(body=_found(found), content_type=JSON_UTF8)
    return SCRIPTS[outcome].apply(reply)


def _authenticated(sandbox: Sandbox, request: Request) -> tuple[Account, dict[str, Any]]:
    fields = wire.read_fields(request.body, request.headers.get("content-type", ""))
    return _known(sandbox, wire.apikey_of(fields)), fields


def _known(sandbox: Sandbox, apikey: str) -> Account:
    account = sandbox.account(Dialect.CROSSINGPAY, apikey)
    if account is None:
        raise _bad_key()
    return account


def _bad_key() -> wire.RequestRefused:
    return wire.RequestRefused("invalid_apikey", "the apikey is not known")


def _order(kind: str, wanted: wire.DepositRequest, times: dict[str, Any]) -> Order:
    requested = {"kind": kind, "address": wanted.address, "callback": wanted.callback}
    return Order(kind=kind, wanted=wanted, requested=requested | {"amount": wanted.amount_micro} | times)


def _place(sandbox: Sandbox, account: Account, order: Order, now: datetime) -> Reply:
    with sandbox.store.transaction() as db:
        known = purchases.find(db, account, request_id=order.wanted.order_id)
    if known:
        return _repeated(known, order)
    start_at, end_at = _window(order, now)
    outcome = sandbox.purchase_outcome(account, order.wanted.address)
    if outcome is Outcome.BAD_KEY:
        raise _bad_key()
    if outcome is Outcome.REFUSE:
        raise wire.RequestRefused("invalid_param", "this address is not accepted", field="address")
    script = SCRIPTS[outcome]
    if not script.executes:
        return script.apply(Reply())
    purchase = _purchase(account, order, outcome, start_at=start_at, end_at=end_at, now=now)
    with sandbox.store.transaction() as db:
        # Looked up again, since two identical requests may run at once.
        known = purchases.find(db, account, request_id=purchase.request_id)
        if known is None:
            _refuse_overlap(db, account, purchase)
            purchases.record(db, purchase, _plan(purchase, rules.setting(db, "delay_seconds")))
    return script.apply(_repeated(known, order) if known else _created(purchase))


def _repeated(known: Purchase, order: Order) -> Reply:
    """The same content gets its first answer again, whatever the time."""
    if known.details["requested"] != order.requested:
        raise wire.RequestRefused("order_conflict", "this order_id exists with other content")
    return _created(known)


def _window(order: Order, now: datetime) -> tuple[datetime, datetime]:
    if not isinstance(order.wanted, wire.MonitorRequest):
        return now, now + DEPOSIT_LIFE
    start_at, end_at = order.wanted.window(ZONE)
    if end_at <= now:
        raise wire.RequestRefused("invalid_param", "end_time is past", field="end_time")
    if start_at < now - LONGEST_PAST:
        raise wire.RequestRefused("invalid_param", "start_time is too long ago", field="start_time")
    if end_at - start_at > LONGEST_WINDOW:
        raise wire.RequestRefused("invalid_param", "the window is too long", field="end_time")
    return start_at, end_at


def _refuse_overlap(db: sqlite3.Connection, account: Account, purchase: Purchase) -> None:
    """Two open orders may not wait for the same payment; stamps compare like times."""
    start, end = purchase.details["start_at"], purchase.details["end_at"]
    other = db.execute(
        "SELECT account_id, request_id FROM purchases WHERE address = ? AND amount = ? AND dialect = ? AND status = ?"
        " AND json_extract(details, '$.start_at') <= ? AND json_extract(details, '$.end_at') >= ? LIMIT 1",
        (purchase.address, purchase.amount, Dialect.CROSSINGPAY, WAITING, end, start),
    ).fetchone()
    if other:
        own = {"order_id": other["request_id"]} if other["account_id"] == account.id else {}
        raise wire.RequestRefused("window_overlap", "another order waits for the same payment", **own)


def _purchase(
    account: Account, order: Order, outcome: Outcome, *, start_at: datetime, end_at: datetime, now: datetime
) -> Purchase:
    window = {"start_at": stamp(start_at), "end_at": stamp(end_at)}
    return Purchase(
        id=f"{now:%Y%m%d%H%M%S}{secrets.randbelow(10**10):010d}",
        dialect=Dialect.CROSSINGPAY,
        account_id=account.id,
        kind=order.kind,
        request_id=order.wanted.order_id,
        address=order.wanted.address,
        amount=order.wanted.amount_micro,
        status=WAITING,
        outcome=outcome,
        callback_url=order.wanted.callback,
        details=window | {"requested": order.requested},
        created_at=now,
    )


def _plan(purchase: Purchase, delay: timedelta) -> Plan:
    """Paid after the delay, but inside the window; failed at its end. What comes first counts."""
    start_at, end_at = moment(purchase.details["start_at"]), moment(purchase.details["end_at"])
    paid_after = min(max(delay, start_at - purchase.created_at), end_at - purchase.created_at)
    paid = [] if purchase.outcome is Outcome.NEVER_PAID else [(paid_after, PAID)]
    return [*paid, (end_at - purchase.created_at, FAILED)]


def _created(purchase: Purchase) -> Reply:
    if purchase.kind == "monitor":
        return Reply(body=wire.MONITOR_CREATED, content_type=JSON_UTF8)
    created = wire.DepositCreated(address=purchase.address, amount_micro=purchase.amount, ordersn=purchase.id)
    return Reply(body=wire.deposit_created(created), content_type=JSON_UTF8)


def _found(purchase: Purchase) -> bytes:
    """A payment of another amount shows as what really came."""
    paid = purchase.status == PAID
    return wire.order_found(
        wire.OrderFound(
            kind=purchase.kind,
            order_id=purchase.request_id,
            ordersn=purchase.id,
            address=purchase.address,
            amount_micro=purchase.returned if paid else purchase.amount,
            status=int(purchase.status),
            start_at=moment(purchase.details["start_at"]),
            end_at=moment(purchase.details["end_at"]),
            txid=purchase.txid or None,
            log_index=0 if paid else None,
            block_time=moment(purchase.details["paid_at"]) if paid else None,
        )
    )
