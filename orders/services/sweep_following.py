"""The second half of a sweep: send the stored bytes, find out what became of them, and write the books.

Bytes may be sent any number of times; others are signed only when these can't be executed any more: the solidified
head is past their expiry and their id is unknown, twice, to the node that says so (specs/tron.md 8.1).
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from orders import sweeps
from orders.models import Sweep, SweepTransaction
from orders.services import detecting, sweep_books, sweep_moves
from orders.services.sweep_rules import rules_for
from orders.sweeps import FOLLOWED, MOST_ORDERS, AfterBroadcast, SweepStatus, TransactionStatus
from providers.money import format_units
from providers.tron import addresses
from providers.tron.encoding import Signed
from providers.tron.wallet_node import Execution, WalletNode

LOOK_SECONDS = 3
SOLID_SECONDS = 6
REBROADCAST = timedelta(seconds=9)
SECOND_LOOK = timedelta(seconds=2)
OUT_OF_ENERGY = "OUT_OF_ENERGY"


def follow(sweep: Sweep, node: WalletNode, *, now: datetime) -> None:
    """SIGNED, BROADCAST, IN_BLOCK, and ATTENTION as long as there are bytes that may be executed."""
    sent = sweep_moves.live_transaction(sweep)
    if sent is None:
        Sweep.objects.filter(pk=sweep.pk, status=SweepStatus.ATTENTION).update(next_action_at=None)
        return
    solid = node.head()  # before the look-ups: what they do not know by then was not executed by then
    if found := node.execution(sent.txid, solid=True):
        _conclude(sweep, sent, found, now=now)
    elif found := node.execution(sent.txid, solid=False):
        _in_block(sweep, sent, found, now=now)
    elif sweeps.has_expired(sent.expires_at, solid_at=solid.at):
        _missing(sweep, sent, now=now)
    else:
        _send_again(sweep, sent, node, now=now)


def _in_block(sweep: Sweep, sent: SweepTransaction, found: Execution, *, now: datetime) -> None:
    SweepTransaction.objects.filter(pk=sent.pk).update(
        block_number=found.number, first_missing_at=None, in_doubt=True
    )
    if sweep.status in FOLLOWED - {SweepStatus.IN_BLOCK}:
        text = f"in block {found.number}: {found.result}; waits until it is solidified"
        sweep_moves.move(sweep, SweepStatus.IN_BLOCK, text, now=now, wait_seconds=SOLID_SECONDS)
    else:
        sweep_moves.wait(sweep, "", now=now, seconds=LOOK_SECONDS)


def _missing(sweep: Sweep, sent: SweepTransaction, *, now: datetime) -> None:
    """Once may be a node behind a balancer that lags; what is unknown twice will never be executed."""
    if sent.first_missing_at is None or now < sent.first_missing_at + SECOND_LOOK:
        SweepTransaction.objects.filter(pk=sent.pk, first_missing_at=None).update(first_missing_at=now)
        sweep_moves.wait(sweep, "expired; asked once more", now=now, seconds=LOOK_SECONDS)
        return
    text = "the bytes have expired and are in no block: they can never be executed"
    with transaction.atomic():
        if not sweep_moves.end_transaction(sent, TransactionStatus.EXPIRED, now=now):
            return
        if sweep.status in FOLLOWED:
            sweep_moves.move(sweep, SweepStatus.DELIVERED, text, now=now, data={"txid": sent.txid})
        else:
            sweep_moves.record(sweep, text, now=now, data={"txid": sent.txid})


def _send_again(sweep: Sweep, sent: SweepTransaction, node: WalletNode, *, now: datetime) -> None:
    if sweep.status == SweepStatus.IN_BLOCK:
        text = "its block was replaced by another"
        sweep_moves.move(sweep, SweepStatus.BROADCAST, text, now=now)
    is_due = sent.broadcast_at is None or now >= sent.broadcast_at + REBROADCAST
    held = _hold_back(sweep, sent)
    if not held and is_due and sweep.status in FOLLOWED:
        if sweeps.may_still_enter(sent.expires_at, head_at=node.newest().at):
            broadcast(sweep, sent, node, now=now)
            return
        held = "too late for a block: it has expired by the head's time"
    sweep_moves.wait(sweep, held, now=now, seconds=LOOK_SECONDS)


def _hold_back(sweep: Sweep, sent: SweepTransaction) -> str:
    """A pause stops bytes that nobody was sent; what was sent can't be called back."""
    paused = rules_for(sweep.merchant).paused
    return f"paused {paused}" if paused and not sent.broadcasts else ""


def broadcast(sweep: Sweep, sent: SweepTransaction, node: WalletNode, *, now: datetime) -> None:
    """The stored bytes. In doubt before the call and, unless the answer is a plain no, after it."""
    was_in_doubt = sent.in_doubt
    rows = SweepTransaction.objects.filter(pk=sent.pk, status=TransactionStatus.LIVE)
    if not rows.filter(broadcasts=sent.broadcasts).update(
        broadcasts=F("broadcasts") + 1, broadcast_at=now, in_doubt=True
    ):
        return  # another process is sending it
    signed = Signed(bytes.fromhex(sent.raw_hex), (bytes.fromhex(sent.signature_hex),))
    answer = node.broadcast(signed)
    if not sweeps.is_in_doubt(answer.verdict, was_in_doubt=was_in_doubt):
        rows.filter(broadcasts=sent.broadcasts + 1).update(in_doubt=False)
    match sweeps.after_broadcast(answer.verdict, was_in_doubt=was_in_doubt):
        case AfterBroadcast.POOLED if sweep.status == SweepStatus.SIGNED:
            text, data = "broadcast: a node has it in its pool", {"txid": sent.txid}
            sweep_moves.move(
                sweep, SweepStatus.BROADCAST, text, now=now, wait_seconds=LOOK_SECONDS, data=data
            )
        case AfterBroadcast.POOLED:
            sweep_moves.wait(sweep, "", now=now, seconds=LOOK_SECONDS)
        case AfterBroadcast.CALL:
            sweep_moves.call_person(sweep, f"the node refuses the transfer: {answer.text}", now=now)
        case _:
            text = f"broadcast: {answer.text or answer.verdict}"
            sweep_moves.wait(sweep, text, now=now, seconds=LOOK_SECONDS)


def _conclude(sweep: Sweep, sent: SweepTransaction, found: Execution, *, now: datetime) -> None:
    """Solidified: the last word."""
    owner, target = addresses.to_hex(sweep.wallet.address), addresses.to_hex(sent.to_address)
    ours = [each for each in found.transfers if each.sender == owner]
    moved = sum(each.amount for each in ours)
    reached = sum(each.amount for each in ours if each.receiver == target)
    with transaction.atomic():
        is_done = found.result == "SUCCESS" and reached > 0
        end = TransactionStatus.CONFIRMED if is_done else TransactionStatus.FAILED
        facts = {"block_number": found.number, "result": found.result[:64]}
        if not sweep_moves.end_transaction(sent, end, now=now, **facts):
            return
        if is_done:
            _done(sweep, sent, moved, reached, now=now)
        else:
            _failed(sweep, sent, found, now=now)
        sweep_books.book_fee(sweep, found.fee_sun, now=now)


def _done(sweep: Sweep, sent: SweepTransaction, moved: int, reached: int, *, now: datetime) -> None:
    text = f"done: {format_units(reached)} USDT are in the cold wallet"
    data = {"txid": sent.txid}
    sweep_moves.move(sweep, SweepStatus.DONE, text, now=now, amount_micro=moved, data=data)
    if moved != reached or reached != sent.amount_micro:
        text = f"{format_units(sent.amount_micro)} USDT were signed, {format_units(moved)} left the wallet"
        sweep_moves.record(sweep, text, now=now, is_alarm=True)
    if unexplained := sweep_books.book(sweep, moved, now=now):
        text = f"{format_units(unexplained)} USDT more than matched deposits explain: they stand in suspense"
        sweep_moves.record(sweep, text, now=now, data={"unexplained_micro": unexplained})
    if detecting.has_unswept(sweep.wallet):
        detecting.open_sweep(sweep.wallet, now=now)


def _failed(sweep: Sweep, sent: SweepTransaction, found: Execution, *, now: datetime) -> None:
    text = f"the transfer failed in block {found.number}: {found.result or 'no transfer in it'}"
    tries = sweep.transactions.filter(result=OUT_OF_ENERGY).count()
    may_try = found.result == OUT_OF_ENERGY and tries < MOST_ORDERS
    if may_try and sweep.status in FOLLOWED:
        sweep_moves.move(sweep, SweepStatus.DETECTED, text, now=now, is_alarm=True, data={"txid": sent.txid})
    elif sweep.status == SweepStatus.ATTENTION:
        sweep_moves.record(sweep, text, now=now, is_alarm=True, data={"txid": sent.txid})
    else:
        sweep_moves.call_person(sweep, text, now=now, txid=sent.txid)
