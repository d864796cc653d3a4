"""The read-only endpoints and reclaim (specs/itrx.md sections 3.1, 3.2, 3.5, 3.6 and 3.14)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from providers.itrx import wire
from providers.sandbox import facts, purchases
from providers.sandbox.accounts import Account, Dialect
from providers.sandbox.exchange import Refusal, Reply, Request, json_reply
from providers.sandbox.itrx import ending, prices
from providers.sandbox.itrx.requests import REQUIRED, Fields, account_of, refused, signed
from providers.sandbox.outcomes import SCRIPTS, Outcome
from providers.sandbox.purchases import Purchase
from providers.sandbox.sandbox import Sandbox
from providers.sandbox.state import moment, stamp

CHINA = timezone(timedelta(hours=8))
NOT_FOUND = {"errno": wire.ERRNO_NOT_FOUND, "message": wire.ORDER_NOT_FOUND}


def index_data(sandbox: Sandbox, request: Request) -> Reply:
    """Public; a known key adds its balance."""
    account = sandbox.account(Dialect.ITRX, request.headers.get("api-key", ""))
    balance = {"balance": account.balance_sun} if account else {}
    return json_reply(prices.public_figures() | balance)


def price(sandbox: Sandbox, request: Request) -> Reply:
    account_of(sandbox, request)
    fields = Fields(request.query)
    days = fields.days("period")
    to_address = fields.address("to_address", required=False)
    with sandbox.store.transaction() as db:
        needed = prices.transfer_energy(dear=facts.is_dear(db, to_address, request.now))
    default = needed if request.query.get("to_address") else None
    energy = fields.whole(
        "energy_amount", least=prices.LEAST_ENERGY, most=prices.MOST_ENERGY, default=default
    )
    fields.check()
    return json_reply(
        {
            "period": request.query["period"],
            "energy_amount": energy,
            "price": prices.unit_price_sun(days),
            "total_price": prices.energy_cost_sun(energy, days),
            "addition": prices.addition_sun(energy),
        }
    )


def query(sandbox: Sandbox, request: Request) -> Reply:
    """By serial, else by out_trade_no, the newest."""
    account = account_of(sandbox, request)
    serial, request_id = request.query.get("serial", ""), request.query.get("out_trade_no", "")
    if not serial and not request_id:
        raise Refusal(json_reply({"serial": [REQUIRED]}, 400))
    outcome = sandbox.lookup_outcome(account)
    if outcome is Outcome.BAD_KEY:
        return refused(wire.UNKNOWN_KEY)
    with sandbox.store.transaction() as db:
        found = purchases.find(db, account, id=serial, request_id=request_id)
    answer = NOT_FOUND if found is None or outcome is Outcome.NOT_FOUND else _order(found, account)
    return SCRIPTS[outcome].apply(json_reply(answer))


def reclaim(sandbox: Sandbox, request: Request) -> Reply:
    """Ends the delegation; the order's own status stays 40."""
    account, given = signed(sandbox, request)
    fields = Fields(given)
    serial = fields.text("serial")
    if not serial:
        fields.errors.setdefault("serial", [REQUIRED])
    fields.check()
    with sandbox.store.transaction() as db:
        found = purchases.find(db, account, id=serial)
        if found is None:
            return json_reply(NOT_FOUND)
        if found.txid and "reclaim_hash" not in found.details:
            ended = {"reclaim_hash": purchases.new_txid(), "reclaimed_at": stamp(request.now)}
            purchases.update(db, replace(found, details=found.details | ended))
    return json_reply({"errno": 0, "message": "request accept"})


def summary(sandbox: Sandbox, request: Request) -> Reply:
    account = account_of(sandbox, request, unknown_status=403)
    with sandbox.store.transaction() as db:
        bought = [one for one in purchases.listing(db) if one.account_id == account.id]
    today = request.now.astimezone(CHINA).date()
    of_today = [one for one in bought if one.created_at.astimezone(CHINA).date() == today]
    yesterday = today - timedelta(days=1)
    of_yesterday = [one for one in bought if one.created_at.astimezone(CHINA).date() == yesterday]
    created = moment(account.created_at).astimezone(CHINA)
    return json_reply(
        {"name": account.name, "create_time": f"{created:%Y-%m-%d %H:%M:%S}"}
        | _totals("total", bought)
        | _totals("today", of_today)
        | _totals("yesterday", of_yesterday)
        | {"balance": account.balance_sun}
    )


def _totals(name: str, bought: list[Purchase]) -> dict[str, int]:
    return {
        f"{name}_count": len(bought),
        f"{name}_sum_energy": sum(one.details["energy"] for one in bought),
        f"{name}_sum_trx": sum(one.amount for one in bought),
    }


def _order(purchase: Purchase, account: Account) -> dict[str, Any]:
    return {
        "errno": 0,
        "receive_address": purchase.address,
        "order_no": purchase.id,
        "energy_amount": purchase.details["energy"],
        "pay_amount": Decimal(f"{ending.delegated_energy(purchase)}.0"),
        "amount": purchase.amount,
        "details": [_delegation(purchase)] if purchase.txid else [],
        "create_time": purchase.created_at.astimezone(CHINA).isoformat(timespec="microseconds"),
        "api_name": account.name,
        "period": purchase.details["days"],
        "status": int(purchase.status),
        "refund_amount": purchase.returned,
    }


def _delegation(purchase: Purchase) -> dict[str, Any]:
    details = purchase.details
    start = moment(details["delegated_at"])
    ends = start + timedelta(hours=wire.hours_of_number(details["days"]))
    reclaimed = "reclaim_hash" in details
    status = wire.DelegationStatus.RECLAIMED if reclaimed else wire.DelegationStatus.DELEGATED
    return {
        "delegate_hash": purchase.txid,
        "delegate_time": _utc(start),
        "reclaim_hash": details.get("reclaim_hash"),
        "reclaim_time": _utc(ends),
        "reclaim_time_real": _utc(moment(details["reclaimed_at"])) if reclaimed else None,
        "status": int(status),
    }


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
