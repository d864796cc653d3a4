"""POST /v1/transaction/new and /check (specs/tronzap.md sections 3.6, 3.7 and 5)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from providers.money import format_units
from providers.sandbox import accounts, facts, purchases, rules
from providers.sandbox.accounts import Account, Dialect
from providers.sandbox.exchange import Refusal, Reply, Request
from providers.sandbox.outcomes import SCRIPTS, Outcome
from providers.sandbox.purchases import Plan, Purchase
from providers.sandbox.sandbox import Sandbox
from providers.sandbox.tron.delivery import Hashes, Supply
from providers.sandbox.tronzap import requests
from providers.sandbox.tronzap.prices import ACTIVATION_SUN, resources_cost_sun
from providers.sandbox.tronzap.requests import refused, signed, success
from providers.tronzap import wire
from providers.tronzap.wire import Code, results
from providers.tronzap.wire.purchases import RESOURCES

ACTIVATION = "activate_address"
FINAL = frozenset({"success", "failed"})
CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
REFUSALS = {
    Outcome.REFUSE: Code.SERVICE_UNAVAILABLE,
    Outcome.LOW_BALANCE: Code.INSUFFICIENT_FUNDS,
    Outcome.LOW_BALANCE_OLD: Code.INSUFFICIENT_FUNDS_OLD,
    Outcome.INACTIVE: Code.ADDRESS_NOT_ACTIVATED,
    Outcome.ALREADY_ACTIVE: Code.ADDRESS_ALREADY_ACTIVATED,
    Outcome.BAD_KEY: Code.AUTH,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    service: str
    address: str
    energy: int = 0
    bandwidth: int = 0
    activates: bool = False
    external_id: str


def transaction_new(sandbox: Sandbox, request: Request) -> Reply:
    account, given = signed(sandbox, request)
    wanted = _order(given)
    outcome = sandbox.purchase_outcome(account, wanted.address)
    with sandbox.store.transaction() as db:
        inactive = outcome is Outcome.INACTIVE or not facts.about(db, wanted.address, request.now).is_active
    if inactive and not wanted.activates and outcome is Outcome.SUCCESS:
        outcome = Outcome.INACTIVE
    if (inactive and wanted.activates) or (
        outcome is Outcome.ALREADY_ACTIVE and wanted.service != ACTIVATION
    ):
        outcome = Outcome.SUCCESS
    if outcome in REFUSALS:
        return refused(REFUSALS[outcome])
    script = SCRIPTS[outcome]
    if not script.executes:
        return script.apply(Reply())
    charges_activation = wanted.service == ACTIVATION or (wanted.activates and inactive)
    purchase = _purchase(account, wanted, outcome, ACTIVATION_SUN * charges_activation, request.now)
    with sandbox.store.transaction() as db:
        if accounts.debit(db, account, purchase.amount) is None:
            raise Refusal(refused(Code.INSUFFICIENT_FUNDS))
        purchases.record(db, purchase, _plan(outcome, rules.setting(db, "delay_seconds")))
    return script.apply(success(_transaction(purchase, wire.json_trx(purchase.amount))))


def transaction_check(sandbox: Sandbox, request: Request) -> Reply:
    """By id, else by external_id, the newest."""
    account, given = signed(sandbox, request)
    own_id = requests.external_id(given, "id")
    external_id = requests.external_id(given)
    if not own_id and not external_id:
        text = "Either id or external_id is required"
        raise Refusal(refused(Code.INVALID_SERVICE_OR_PARAMS, "id", text))
    outcome = sandbox.lookup_outcome(account)
    if outcome is Outcome.BAD_KEY:
        return refused(Code.AUTH)
    with sandbox.store.transaction() as db:
        found = purchases.find(db, account, id=own_id, request_id=external_id)
    if found is None or outcome is Outcome.NOT_FOUND:
        reply = refused(Code.NOT_FOUND, "transaction", "Transaction not found")
    else:  # the real server tells the amount as text here, and as a number above
        reply = success(_transaction(found, format_units(found.amount, least_decimals=2)))
    return SCRIPTS[outcome].apply(reply)


def advance(purchase: Purchase, status: str, _at: datetime) -> Purchase:
    """`failed` gives the money back, which TronZap reports nowhere but in the balance."""
    after = replace(purchase, status=status)
    match status:
        case "success":
            return replace(after, txid=purchases.new_txid())
        case "failed":
            return replace(after, returned=purchase.amount)
        case _:
            return after


def supply(purchase: Purchase) -> Supply | None:
    """What success brings to the address."""
    if purchase.status != "success":
        return None
    amounts = purchase.details["params"].get("amounts", {})
    return Supply(address=purchase.address, **amounts)


def delivered(purchase: Purchase, hashes: Hashes) -> Purchase:
    """With the chain's id instead of a made-up one, if something was sent."""
    return replace(purchase, txid=hashes.energy or hashes.bandwidth or hashes.activation or purchase.txid)


def _order(given: Mapping[str, Any]) -> Order:
    """Checks in the order of section 4: service, address, duration, amount."""
    service, params = given.get("service"), given.get("params")
    if not isinstance(service, str) or service not in RESOURCES or not isinstance(params, dict):
        raise Refusal(refused(Code.INVALID_SERVICE_OR_PARAMS))
    external_id = requests.external_id(given)
    address = requests.address(params, "address")
    if service == ACTIVATION:
        return Order(service=service, address=address, activates=True, external_id=external_id)
    requests.one_hour(params)
    try:
        energy, bandwidth = wire.resolve_amounts(params, service)
        activates = wire.read_bool(params.get("activate_address"))
    except wire.Unreadable as error:
        raise Refusal(refused(Code.INVALID_ENERGY_AMOUNT, "energy_amount")) from error
    requests.check_amounts(energy, bandwidth, sold=RESOURCES[service])
    return Order(
        service=service,
        address=address,
        energy=energy if "energy" in RESOURCES[service] else 0,
        bandwidth=bandwidth if "bandwidth" in RESOURCES[service] else 0,
        activates=activates,
        external_id=external_id,
    )


def _purchase(
    account: Account, wanted: Order, outcome: Outcome, activation_sun: int, now: datetime
) -> Purchase:
    return Purchase(
        id=_ulid(now),
        dialect=Dialect.TRONZAP,
        account_id=account.id,
        kind=wanted.service,
        request_id=wanted.external_id,
        address=wanted.address,
        amount=resources_cost_sun(wanted.energy, wanted.bandwidth) + activation_sun,
        status="new",
        outcome=outcome,
        details={"params": _echo(wanted)},
        created_at=now,
    )


def _echo(wanted: Order) -> dict[str, Any]:
    """What a caller may read back, in the current form whatever form it used."""
    echo: dict[str, Any] = {"address": wanted.address}
    if wanted.service == ACTIVATION:
        return echo
    amounts = {"energy": wanted.energy, "bandwidth": wanted.bandwidth}
    echo |= {"amounts": {name: amount for name, amount in amounts.items() if amount}, "duration": 1}
    return echo | ({"activate_address": True} if wanted.activates else {})


def _transaction(purchase: Purchase, amount: object) -> dict[str, Any]:
    return results.transaction(
        upstream_id=purchase.id,
        external_id=purchase.request_id,
        service=purchase.kind,
        params=purchase.details["params"],
        status=purchase.status,
        amount=amount,
        created_at=purchase.created_at,
        txid=purchase.txid,
    )


def _plan(outcome: Outcome, delay: timedelta) -> Plan:
    pending = (delay / 2, "pending")
    match outcome:
        case Outcome.NEVER:
            return [pending]
        case Outcome.FAILED:
            return [pending, (delay, "failed")]
        case _:
            return [pending, (delay, "success")]


def _ulid(now: datetime) -> str:
    """26 characters of Crockford's base 32: 48 bits of milliseconds, 80 random bits."""
    number = int(now.timestamp() * 1000) << 80 | secrets.randbits(80)
    return "".join(CROCKFORD[number >> shift & 31] for shift in range(125, -5, -5))
