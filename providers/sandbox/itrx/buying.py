"""POST /order and /order/collect-manual: validate, act out the script, charge, record."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from providers.itrx import wire
from providers.sandbox import accounts, facts, purchases, rules
from providers.sandbox.accounts import Account, Dialect
from providers.sandbox.exchange import Refusal, Reply, Request, json_reply
from providers.sandbox.facts import Facts
from providers.sandbox.itrx.prices import LEAST_ENERGY, MOST_ENERGY, energy_cost_sun, transfer_energy
from providers.sandbox.itrx.requests import Fields, refused, signed
from providers.sandbox.outcomes import SCRIPTS, Outcome
from providers.sandbox.purchases import Plan, Purchase
from providers.sandbox.sandbox import Sandbox
from providers.sandbox.state import Store

# Scenes of a collect order: 0 lets the upstream choose, the executed one is returned (spec 3.4, decisions).
AUTOMATIC, ENERGY_ONLY, WITH_BANDWIDTH, WITH_ACTIVATION = range(4)
ENDS = {Outcome.REFUND: "41", Outcome.PARTIAL_REFUND: "41", Outcome.ABNORMAL: "43"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A valid request. `activates`: an inactive receiver is activated instead of refused."""

    kind: str
    address: str
    energy: int
    days: int = 0
    scene: int = AUTOMATIC
    activates: bool
    request_id: str
    callback_url: str


def order(sandbox: Sandbox, request: Request) -> Reply:
    account, given = signed(sandbox, request)
    fields = Fields(given)
    wanted = Order(
        kind="order",
        address=fields.address("receive_address"),
        energy=fields.whole("energy_amount", least=LEAST_ENERGY, most=MOST_ENERGY),
        days=fields.days("period"),
        activates=fields.whole("active", least=0, most=9, default=0) > 0,
        request_id=fields.text("out_trade_no"),
        callback_url=fields.text("callback_url"),
    )
    fields.whole("exclusive", least=0, most=1, default=0)
    fields.check()
    return _buy(sandbox, account, wanted, request.now)


def collect(sandbox: Sandbox, request: Request) -> Reply:
    account, given = signed(sandbox, request)
    fields = Fields(given)
    address, to_address = fields.address("receive_address"), fields.address("to_address", required=False)
    scene = fields.choice("scene", range(AUTOMATIC, WITH_ACTIVATION + 1))
    request_id, callback_url = fields.text("out_trade_no"), fields.text("callback_url")
    fields.check()
    with sandbox.store.transaction() as db:
        dear = facts.is_dear(db, to_address, request.now, sender=address)
    wanted = Order(
        kind="collect",
        address=address,
        energy=transfer_energy(dear=dear),
        scene=scene,
        activates=True,
        request_id=request_id,
        callback_url=callback_url,
    )
    return _buy(sandbox, account, wanted, request.now)


def _buy(sandbox: Sandbox, account: Account, wanted: Order, now: datetime) -> Reply:
    outcome = sandbox.purchase_outcome(account, wanted.address)
    with sandbox.store.transaction() as db:
        found = facts.about(db, wanted.address, now)
    inactive = outcome is Outcome.INACTIVE or not found.is_active
    if inactive and (wanted.activates or outcome is Outcome.SUCCESS):
        outcome = Outcome.SUCCESS if wanted.activates else Outcome.INACTIVE
    if refusal := _refusal(outcome, wanted.address):
        return refusal
    script = SCRIPTS[outcome]
    if not script.executes:
        return script.apply(Reply())
    purchase = _purchase(account, wanted, outcome, found, inactive=inactive, now=now)
    answer = {"errno": 0, "serial": purchase.id, "amount": purchase.amount}
    if wanted.kind == "collect":
        answer["scene"] = purchase.details["scene"]
    return script.apply(json_reply(answer | {"balance": _charge(sandbox.store, account, purchase)}))


def _refusal(outcome: Outcome, address: str) -> Reply | None:
    match outcome:
        case Outcome.REFUSE:
            return json_reply({"errno": 1, "message": "The order was refused"})
        case Outcome.LOW_BALANCE:
            return refused(f"{wire.NO_FUNDS}, please top up")
        case Outcome.INACTIVE:
            return refused(f"{address} {wire.INACTIVE_ADDRESS}")
        case Outcome.BAD_KEY:
            return refused(wire.UNKNOWN_KEY)
        case _:
            return None


def _purchase(
    account: Account, wanted: Order, outcome: Outcome, found: Facts, *, inactive: bool, now: datetime
) -> Purchase:
    scene = wanted.scene if wanted.kind == "collect" else ENERGY_ONLY
    if scene == AUTOMATIC:
        scene = WITH_ACTIVATION if inactive else ENERGY_ONLY if found.has_bandwidth else WITH_BANDWIDTH
    amount_sun = energy_cost_sun(wanted.energy, wanted.days)
    amount_sun += wire.ACTIVATION_SUN * inactive + wire.BANDWIDTH_SUN * (scene >= WITH_BANDWIDTH)
    return Purchase(
        id=uuid.uuid4().hex,
        dialect=Dialect.ITRX,
        account_id=account.id,
        kind=wanted.kind,
        request_id=wanted.request_id,
        address=wanted.address,
        amount=amount_sun,
        status="20",
        outcome=outcome,
        callback_url=wanted.callback_url,
        details={"energy": wanted.energy, "days": wanted.days, "scene": scene, "activates": inactive},
        created_at=now,
    )


def _charge(store: Store, account: Account, purchase: Purchase) -> int:
    """The balance after it. Raises Refusal when it does not suffice."""
    with store.transaction() as db:
        balance_sun = accounts.debit(db, account, purchase.amount)
        if balance_sun is None:
            raise Refusal(refused(f"{wire.NO_FUNDS}, please top up"))
        purchases.record(db, purchase, _plan(purchase.outcome, rules.setting(db, "delay_seconds")))
    return balance_sun


def _plan(outcome: Outcome, delay: timedelta) -> Plan:
    preparing = (delay / 2, "30")
    match outcome:
        case Outcome.NEVER:
            return [preparing]
        case Outcome.PARTIAL:
            return [preparing, (delay, "31"), (2 * delay, "40")]
        case _:
            return [preparing, (delay, ENDS.get(outcome, "40"))]
