"""A payment order's end, and the callback that tells of it (specs/crossingpay.md sections 4 and 5)."""

from dataclasses import replace
from datetime import datetime, timedelta

from providers.crossingpay import wire
from providers.money import UNIT
from providers.sandbox.accounts import Account, CallbackFormat
from providers.sandbox.crossingpay.ordering import FAILED, PAID
from providers.sandbox.outcomes import Outcome
from providers.sandbox.purchases import Purchase, new_txid
from providers.sandbox.state import moment, stamp

FINAL = frozenset({FAILED, PAID})
CALLS_BACK = frozenset({PAID})
READINGS = {CallbackFormat.V2B_B1: wire.Reading.B1, CallbackFormat.V2B_B2: wire.Reading.B2}


def advance(purchase: Purchase, status: str, at: datetime) -> Purchase:
    if status != PAID:
        return replace(purchase, status=status)
    surplus_micro = UNIT if purchase.outcome is Outcome.WRONG_AMOUNT else 0
    return pay(purchase, purchase.amount + surplus_micro, at)


def pay(purchase: Purchase, amount_micro: int, at: datetime) -> Purchase:
    """Paid on chain: the block's time is in whole seconds, and inside the order's window."""
    block_time = (at + timedelta(seconds=1)).replace(microsecond=0) if at.microsecond else at
    start_at, end_at = moment(purchase.details["start_at"]), moment(purchase.details["end_at"])
    block_time = min(max(block_time, start_at), end_at)
    details = purchase.details | {"paid_at": stamp(block_time)}
    return replace(purchase, status=PAID, returned=amount_micro, txid=new_txid(), details=details)


def callback(
    purchase: Purchase, account: Account, secret: str, _now: datetime
) -> tuple[dict[str, str], bytes]:
    """Headers and body in the account's format, signed with `secret`; every resend is the same."""
    paid_at = moment(purchase.details["paid_at"])
    timestamp = (
        wire.iso_text(paid_at) if account.format is CallbackFormat.V2A_ISO else wire.unix_text(paid_at)
    )
    arrived = (purchase.address, purchase.returned, purchase.txid, timestamp, secret)
    reading = READINGS.get(account.format)
    if reading is None:
        body = wire.v2a_body(*arrived)
    else:
        body = wire.v2b_body(*arrived, order_id=purchase.request_id, ordersn=purchase.id, reading=reading)
    return {"Content-Type": "application/json"}, body
