"""Steering the sandbox: a page for a person, JSON for tests. No client of an upstream sees any of it."""

from typing import Any

from providers.money import parse_units
from providers.sandbox import accounts, inbox, pages, progress, purchases, rules
from providers.sandbox.accounts import CallbackFormat, Dialect, NewAccount
from providers.sandbox.exchange import Reply, Request, json_reply
from providers.sandbox.fields import flag, text, whole
from providers.sandbox.outcomes import Outcome
from providers.sandbox.rules import Rule
from providers.sandbox.sandbox import Sandbox
from providers.sandbox.tron import faults, settings

SHOWN = 50
LONGEST_DELAY_MS = 3_600_000
INBOX = "/inbox/"
FORGOTTEN = ("deliveries", "steps", "purchases", "rules", "settings", "requests", "inbox", "inbox_answers")
OK: dict[str, Any] = {"ok": True}


def page(sandbox: Sandbox, request: Request) -> Reply:
    with sandbox.store.transaction() as db:
        return pages.control(
            accounts=accounts.everyone(db),
            purchases=purchases.listing(db, limit=SHOWN),
            rules=rules.pending(db),
            delay_ms=int(rules.setting(db, "delay_seconds").total_seconds() * 1000),
            inboxes=inbox.names(db),
            note=request.query.get("note", ""),
        )


def submitted(sandbox: Sandbox, request: Request) -> Reply:
    """The page's forms; `act` says which."""
    acts = {"rule": add_rule, "settings": change_settings, "pay": pay}
    act = acts.get(text(request.fields(), "act", ""))
    if act is None:
        raise ValueError("unknown act")
    act(sandbox, request)
    return Reply(status=303, headers={"Location": "/?note=done"})


def add_account(sandbox: Sandbox, request: Request) -> Reply:
    given = request.fields()
    account = NewAccount(
        dialect=Dialect(text(given, "dialect")),
        name=text(given, "name", text(given, "key", "") or "extra"),
        key=text(given, "key", ""),
        secret=text(given, "secret"),
        balance_sun=whole(given, "balance_sun", accounts.START_BALANCE_SUN),
        has_query=flag(given, "has_query"),
        format=CallbackFormat(text(given, "format", CallbackFormat.V2A)),
    )
    with sandbox.store.transaction() as db:
        accounts.issue(db, account, now=request.now)
    return json_reply(OK)


def add_rule(sandbox: Sandbox, request: Request) -> Reply:
    given = request.fields()
    rule = Rule(
        dialect=Dialect(text(given, "dialect")),
        account=text(given, "account", ""),
        on_lookup=flag(given, "on_lookup"),
        outcome=Outcome(text(given, "outcome")),
        remaining=max(1, whole(given, "count", 1)),
    )
    if not rules.fits(rule):
        raise ValueError("this dialect cannot act that out")
    with sandbox.store.transaction() as db:
        rules.add(db, rule)
    return json_reply(OK)


def change_settings(sandbox: Sandbox, request: Request) -> Reply:
    given = request.fields()
    with sandbox.store.transaction() as db:
        for name in rules.DEFAULTS_MS:
            if name in given:
                rules.set_setting(db, name, _milliseconds(given[name]))
    return json_reply(OK)


def _milliseconds(value: object) -> int:
    milliseconds = parse_units(str(value)) // 1000
    if milliseconds > LONGEST_DELAY_MS:
        raise ValueError("at most an hour")
    return milliseconds


def pay(sandbox: Sandbox, request: Request) -> Reply:
    """{"order_id" (theirs) or "id" (the sandbox's), "amount"?}: somebody pays this open payment order now."""
    given = request.fields()
    wanted = text(given, "id", "") or text(given, "order_id", "")
    with sandbox.store.transaction() as db:
        found = [one for one in purchases.listing(db) if wanted in (one.id, one.request_id)]
        if not found:
            raise ValueError("no such order")
        amount = text(given, "amount", "")
        amount_micro = parse_units(amount) if amount else found[0].amount
        if not amount_micro:
            raise ValueError("the amount must be above zero")
        progress.pay(db, found[0], amount_micro, request.now)
    return json_reply(OK)


def reset(sandbox: Sandbox, request: Request) -> Reply:
    """Forget everything but the accounts, the merchants' keys and the chain; balances start anew."""
    with sandbox.store.transaction() as db:
        for table in FORGOTTEN:
            db.execute(f"DELETE FROM {table}")  # noqa: S608 - names from a constant
        db.execute("UPDATE accounts SET balance_sun = start_balance_sun")
        faults.clear(db)
        settings.forget(db)
    sandbox.node_requests.clear()
    return json_reply(OK)


def add_inbox_keys(sandbox: Sandbox, request: Request) -> Reply:
    """{"name", "dialect", "key", "secret"}: a pair that the product has issued to this merchant."""
    given = request.fields()
    row = (text(given, "name"), Dialect(text(given, "dialect")), text(given, "key"), text(given, "secret"))
    with sandbox.store.transaction() as db:
        db.execute("INSERT OR IGNORE INTO inbox_keys (name, dialect, key, secret) VALUES (?, ?, ?, ?)", row)
    return json_reply(OK)


def script_inbox(sandbox: Sandbox, request: Request) -> Reply:
    """{"name", "status"?, "hang"?, "count"?}: what the next callbacks are answered instead of 200."""
    given = request.fields()
    status, count = whole(given, "status", 500), whole(given, "count", 1)
    if not 200 <= status <= 599:
        raise ValueError("status must be an HTTP status")
    with sandbox.store.transaction() as db:
        db.execute(
            "INSERT OR REPLACE INTO inbox_answers (name, status, hang, remaining) VALUES (?, ?, ?, ?)",
            (text(given, "name"), status, flag(given, "hang"), count),
        )
    return json_reply(OK)


def receive(sandbox: Sandbox, request: Request) -> Reply:
    return inbox.receive(sandbox, request, request.path.removeprefix(INBOX))


def show_inbox(sandbox: Sandbox, request: Request) -> Reply:
    """/inbox/NAME for a person, /inbox/NAME.json for a program; the newest first."""
    name = request.path.removeprefix(INBOX)
    bare = name.removesuffix(".json")
    with sandbox.store.transaction() as db:
        received = inbox.entries(db, bare, limit=-1 if name != bare else SHOWN)[::-1]
    return json_reply(received) if name != bare else pages.inbox(bare, received)


def purchases_made(sandbox: Sandbox, request: Request) -> Reply:
    """Every executed order, the newest first."""
    with sandbox.store.transaction() as db:
        labels = {account.id: account.label for account in accounts.everyone(db)}
        rows = purchases.listing(db)
    return json_reply(
        [
            {
                "id": one.id,
                "dialect": one.dialect,
                "account": labels[one.account_id],
                "kind": one.kind,
                "request_id": one.request_id,
                "address": one.address,
                "amount": one.amount,
                "returned": one.returned,
                "status": one.status,
                "outcome": one.outcome,
                "txid": one.txid,
                "created_at": one.created_at.isoformat(),
            }
            for one in rows
        ]
    )


def requests_seen(sandbox: Sandbox, request: Request) -> Reply:
    """The request log, oldest first, from `since` (an id) on."""
    since = whole(request.query, "since", 0)
    with sandbox.store.transaction() as db:
        rows = db.execute("SELECT * FROM requests WHERE id > ? ORDER BY id", (since,)).fetchall()
    return json_reply([dict(row) for row in rows])
