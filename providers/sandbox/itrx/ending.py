"""How an iTRX order moves on, and the callback that tells its end (specs/itrx.md sections 5 and 6)."""

from dataclasses import replace
from datetime import datetime

from providers.itrx import wire
from providers.sandbox.accounts import Account
from providers.sandbox.outcomes import Outcome
from providers.sandbox.purchases import Purchase, new_txid
from providers.sandbox.state import stamp
from providers.sandbox.tron.delivery import TRANSFER_BANDWIDTH, Hashes, Supply

COMPLETED, REFUNDED, ABNORMAL = "40", "41", "43"
FINAL = frozenset({COMPLETED, REFUNDED, ABNORMAL})
CALLS_BACK = FINAL


def advance(purchase: Purchase, status: str, at: datetime) -> Purchase:
    """The order with its new status; at the end with hashes and what is given back."""
    after = replace(purchase, status=status)
    if status == REFUNDED:
        half = purchase.outcome is Outcome.PARTIAL_REFUND
        return replace(after, returned=purchase.amount // 2 if half else purchase.amount)
    if status != COMPLETED:
        return after
    details = purchase.details | {
        "active_hash": new_txid() if purchase.details["activates"] else "",
        "bandwidth_hash": new_txid() if purchase.details["scene"] > 1 else "",
        "delegated_at": stamp(at),
    }
    return replace(after, txid=new_txid(), details=details)


def delegated_energy(purchase: Purchase) -> int:
    energy = int(purchase.details["energy"])
    if purchase.status == "31" or purchase.outcome is Outcome.PARTIAL_REFUND:
        return energy // 2 if purchase.status in ("31", REFUNDED) else 0
    return energy if purchase.status == COMPLETED else 0


def supply(purchase: Purchase) -> Supply | None:
    """What the end brings to the address."""
    if purchase.status not in FINAL or not (energy := delegated_energy(purchase)):
        return None
    return Supply(
        address=purchase.address,
        energy=energy,
        bandwidth=TRANSFER_BANDWIDTH if purchase.details["scene"] > 1 else 0,
        hours=wire.hours_of_number(purchase.details["days"]),
    )


def delivered(purchase: Purchase, hashes: Hashes) -> Purchase:
    """With the chain's ids instead of made-up ones."""
    details = dict(purchase.details)
    for name, txid in (("active_hash", hashes.activation), ("bandwidth_hash", hashes.bandwidth)):
        if txid and details.get(name):
            details[name] = txid
    return replace(purchase, txid=hashes.energy if purchase.txid else "", details=details)


def callback(
    purchase: Purchase, account: Account, secret: str, now: datetime
) -> tuple[dict[str, str], bytes]:
    """Headers and body, signed with `secret`; each try has its own timestamp. 43 calls back as 41."""
    body = wire.callback_body(
        serial=purchase.id,
        succeeded=purchase.status == COMPLETED,
        receive_address=purchase.address,
        energy=purchase.details["energy"],
        delegated_energy=delegated_energy(purchase),
        amount_sun=purchase.amount,
        duration_hours=wire.hours_of_number(purchase.details["days"]),
        out_trade_no=purchase.request_id or None,
        txid=purchase.txid or None,
        active_hash=purchase.details.get("active_hash", ""),
        bandwidth_hash=purchase.details.get("bandwidth_hash") or None,
    )
    return wire.signed_headers(account.key, secret, body, now), body
