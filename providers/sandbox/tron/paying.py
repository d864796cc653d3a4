"""Somebody pays: real signed transactions from the sandbox's wallets, at once or later."""

import sqlite3
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from providers.money import LARGEST
from providers.sandbox.tron import broadcast, building, chain, contracts, settings, wallets
from providers.sandbox.tron.contracts import FORWARD, PASS_ON, selector
from providers.sandbox.tron.execution import Refused
from providers.sandbox.tron.wallets import Wallet
from providers.tron import encoding
from providers.tron.encoding import Contract

STARVED_SUN = 1_000_000  # a fee limit that no transfer can live on
MOST_DUE = 100


class Kind(StrEnum):
    USDT = "usdt"
    TRX = "trx"
    TRX_THROUGH_CONTRACT = "trx_through_contract"
    FAKE = "fake"
    REVERTED = "reverted"
    OUT_OF_ENERGY = "out_of_energy"
    TWICE = "twice"
    THROUGH_CONTRACT = "through_contract"
    FROZEN_SENDER = "frozen_sender"
    APPROVAL = "approval"
    ZERO = "zero"


TEXTS: dict[Kind, str] = {
    Kind.USDT: "a USDT transfer",
    Kind.TRX: "a TRX transfer",
    Kind.TRX_THROUGH_CONTRACT: "TRX passed on by a contract",
    Kind.FAKE: "a token that is only called USDT",
    Kind.REVERTED: "a USDT transfer that is reverted",
    Kind.OUT_OF_ENERGY: "a USDT transfer that runs out of energy",
    Kind.TWICE: "the same USDT amount twice in one transaction",
    Kind.THROUGH_CONTRACT: "USDT passed on by another contract",
    Kind.FROZEN_SENDER: "USDT from a frozen sender: reverted",
    Kind.APPROVAL: "an approval, which moves nothing",
    Kind.ZERO: "a USDT transfer of zero",
}
SENDERS = {Kind.REVERTED: wallets.PENNILESS, Kind.FROZEN_SENDER: wallets.BLACKLISTED}


@dataclass(frozen=True, slots=True)
class Payment:
    """`receiver`: hex `41…`; `amount`: micro-USDT or sun; `problem`: why it could not be sent."""

    id: int
    due_at: int
    kind: Kind
    receiver: str
    amount: int
    txid: str = ""
    problem: str = ""


def order(
    db: sqlite3.Connection, kind: Kind, receiver: str, amount: int, now: datetime, *, after_seconds: int = 0
) -> Payment:
    """Sent now, or when `after_seconds` of the chain's time have passed. Raises ValueError."""
    if not 0 < amount <= LARGEST:
        raise ValueError("the amount must be above zero")
    due_at = chain.now_ms(db, now) + 1000 * after_seconds
    cursor = db.execute(
        "INSERT INTO chain_payments (due_at, kind, receiver, amount) VALUES (?, ?, ?, ?)",
        (due_at, kind, receiver, amount),
    )
    if not after_seconds:
        send_due(db, now)
    return by_id(db, int(cursor.lastrowid or 0))


def send_due(db: sqlite3.Connection, now: datetime) -> None:
    rows = db.execute(
        "SELECT * FROM chain_payments WHERE txid = '' AND problem = '' AND due_at <= ? ORDER BY id LIMIT ?",
        (chain.now_ms(db, now), MOST_DUE),
    )
    for payment in [_payment(row) for row in rows.fetchall()]:
        txid, problem = "", ""
        try:
            txid = _send(db, payment, now)
        except Refused as refusal:
            problem = f"{refusal.code}: {refusal.message}"
        db.execute(
            "UPDATE chain_payments SET txid = ?, problem = ? WHERE id = ?", (txid, problem, payment.id)
        )


def newest(db: sqlite3.Connection, limit: int) -> list[Payment]:
    rows = db.execute("SELECT * FROM chain_payments ORDER BY id DESC LIMIT ?", (limit,))
    return [_payment(row) for row in rows]


def by_id(db: sqlite3.Connection, payment_id: int) -> Payment:
    return _payment(db.execute("SELECT * FROM chain_payments WHERE id = ?", (payment_id,)).fetchone())


def progress(db: sqlite3.Connection, payment: Payment) -> str:
    """Where it is, in a word or two."""
    if payment.problem:
        return payment.problem
    if not payment.txid:
        return "to come"
    row = db.execute("SELECT * FROM chain_transactions WHERE txid = ?", (payment.txid,)).fetchone()
    if row is None:
        return "dropped"
    if row["number"] is None:
        return "waiting for a block"
    left = row["number"] - settings.get(db, settings.SOLID)
    how = "" if row["outcome"] == "SUCCESS" else f"{row['outcome']}, "
    return f"{how}solid" if left <= 0 else f"{how}solid in {left} blocks"


def _send(db: sqlite3.Connection, payment: Payment, now: datetime) -> str:
    wallet = SENDERS.get(payment.kind, wallets.PAYER)
    contract = _contract(payment, wallet)
    fee_limit_sun = STARVED_SUN if payment.kind is Kind.OUT_OF_ENERGY else building.FEE_LIMIT_SUN
    transaction = building.build(db, wallet, contract, now, fee_limit_sun=fee_limit_sun)
    broadcast.submit(db, transaction, chain.now_ms(db, now))
    return transaction.txid


def _contract(payment: Payment, wallet: Wallet) -> Contract:
    receiver, amount = bytes.fromhex(payment.receiver), payment.amount
    match payment.kind:
        case Kind.TRX:
            return encoding.transfer(wallet.raw, receiver, amount)
        case Kind.TRX_THROUGH_CONTRACT:
            call = encoding.trigger(wallet.raw, bytes.fromhex(wallets.ROUTER), PASS_ON + _words(receiver))
            return replace(call, value={**call.value, "call_value": amount})
        case Kind.TWICE | Kind.THROUGH_CONTRACT:
            words = (bytes.fromhex(wallets.USDT), receiver, amount, 2 if payment.kind is Kind.TWICE else 1)
            return encoding.trigger(wallet.raw, bytes.fromhex(wallets.ROUTER), FORWARD + _words(*words))
        case Kind.APPROVAL:
            data = selector("approve(address,uint256)") + _words(receiver, amount)
        case Kind.ZERO:
            data = encoding.transfer_call(receiver, 0)
        case _:
            data = encoding.transfer_call(receiver, amount)
    token = wallets.FAKE_USDT if payment.kind is Kind.FAKE else wallets.USDT
    return encoding.trigger(wallet.raw, bytes.fromhex(token), data)


def _words(*values: bytes | int) -> bytes:
    """ABI words of addresses and numbers."""
    numbers = (int.from_bytes(each[1:], "big") if isinstance(each, bytes) else each for each in values)
    return b"".join(number.to_bytes(contracts.WORD, "big") for number in numbers)


def _payment(row: sqlite3.Row) -> Payment:
    return Payment(**{**row, "kind": Kind(row["kind"])})
