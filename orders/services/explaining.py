"""Why is it not paid? Computed from cursor, window, amounts, tokens and receipts; nothing is stored."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from orders.models import Backfill, ChainCursor, Order, Payment, PaymentStatus, WatchedAddress
from orders.services import candidates
from orders.states import OrderStatus
from providers.errors import ProviderError
from providers.money import format_units
from providers.tron.node import TransactionFound
from providers.tron.pool import NodePool
from providers.tron.transfers import Transfer

TXID = re.compile("[0-9a-f]{64}")
AROUND = timedelta(days=1)
MOST_SEEN = 20


@dataclass(frozen=True, slots=True)
class Seen:
    """A payment at the order's address, and why it did not settle this order (empty: it did, or would)."""

    payment: Payment
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`verdict`: one sentence. `points`: what it rests on. `seen`: of an order, likeliest first."""

    verdict: str
    points: tuple[str, ...] = ()
    seen: tuple[Seen, ...] = ()


def explain(order: Order, *, now: datetime) -> Explanation:
    """Of a payment order."""
    seen = _seen(order)
    points = tuple(_points(order, now))
    payment = next((each.payment for each in seen if each.payment.order_id == order.pk), None)
    if payment is not None:
        verdict = f"It is paid: transaction {payment.txid}."
    elif not order.is_watched_by_us:
        verdict = "An upstream watches this order; our node does not look for it."
    elif order.status == OrderStatus.FAILED:
        verdict = f"It has ended unpaid: {order.reason or 'see the timeline'}."
    elif seen:
        verdict = (
            f"Nothing that matches has arrived. Nearest: {'; '.join(seen[0].reasons) or 'it matches now'}."
        )
    else:
        verdict = "Nothing has arrived at its address so far."
    return Explanation(verdict=verdict, points=points, seen=tuple(seen))


def _seen(order: Order) -> list[Seen]:
    assert order.window_start is not None  # noqa: S101 - a CHECK constraint of payment orders
    assert order.window_end is not None  # noqa: S101
    around = (order.window_start - AROUND, order.window_end + AROUND)
    payments = Payment.objects.filter(address=order.address, paid_at__range=around).select_related("order")
    found = [Seen(payment, _reasons(payment, order)) for payment in payments.order_by("-id")[:MOST_SEEN]]
    expects = order.amount_micro or 0
    return sorted(found, key=lambda each: (len(each.reasons), abs(each.payment.amount_micro - expects)))


def _reasons(payment: Payment, order: Order) -> tuple[str, ...]:
    if payment.order_id == order.pk:
        return ()
    told = candidates.reasons(payment, order)
    if payment.order is not None:
        return (*told, f"it settled order {payment.order.number}")
    return (*told, "a person dismissed it") if payment.status == PaymentStatus.DISMISSED else told


def _points(order: Order, now: datetime) -> list[str]:
    points = [f"It waits for exactly {format_units(order.amount_micro or 0)} USDT, to the last digit."]
    if order.window_start and now < order.window_start:
        points.append("Its window has not begun.")
    if not order.is_watched_by_us:
        return points
    cursor = ChainCursor.objects.filter(network=settings.TRON_NETWORK).exclude(block_at=None).first()
    if cursor is None or cursor.block_at is None:
        return [*points, "No block was read yet: the watcher has never run."]
    behind = int((now - cursor.block_at).total_seconds())
    points.append(f"The chain is read up to block {cursor.number}, {behind} s ago by its own clock.")
    if cursor.problem:
        points.append(f"Reading stands still: {cursor.problem}.")
    if order.watched_from is None:
        points.append("No block was matched against it yet; the next one will be.")
    reading = Backfill.objects.filter(order=order, finished_at=None).first()
    if reading is not None:
        done = reading.next_number - reading.first_number
        total = reading.last_number - reading.first_number + 1
        points.append(f"Blocks from before its placement are being read: {done} of {total}.")
    if order.window_end and cursor.block_at <= order.window_end:
        points.append("What arrives before its end may still be in blocks to come: it can't expire yet.")
    return points


def explain_txid(txid: str, nodes: NodePool, *, now: datetime) -> Explanation:
    """What became of a transaction. Asks a node when we don't know it, so never inside a transaction."""
    txid = txid.strip().lower().removeprefix("0x")
    if not TXID.fullmatch(txid):
        return Explanation(verdict="This is no transaction hash: 64 hex digits are needed.")
    payments = list(Payment.objects.filter(txid=txid).select_related("order", "hinted_order"))
    if payments:
        seen = tuple(Seen(payment, _own_reasons(payment)) for payment in payments)
        return Explanation(verdict=f"We know it: {_fate(payments[0])}.", seen=seen)
    try:
        found = nodes.transaction(txid)
    except ProviderError as error:
        return Explanation(verdict=f"We don't know it, and no node could be asked: {error}.")
    return _from_chain(txid, found)


def _own_reasons(payment: Payment) -> tuple[str, ...]:
    return (payment.reason,) if payment.reason else ()


def _fate(payment: Payment) -> str:
    if payment.order is not None:
        return f"it settled order {payment.order.number}"
    word = payment.get_status_display()
    return f"{word}, {payment.reason}" if payment.reason else word


def _from_chain(txid: str, found: TransactionFound | None) -> Explanation:
    if found is None:
        return Explanation(
            verdict="The node knows no such solidified transaction.",
            points=(
                "A transaction is solidified about a minute after it is in a block; one of another network never.",
            ),
        )
    block = f"It is in block {found.number}."
    if found.succeeded is False:
        return Explanation(verdict="It has failed on chain: no money moved.", points=(block,))
    if not found.transfers:
        points: tuple[str, ...] = (block, "TRX, another token or a look-alike of USDT settles no order.")
        return Explanation(verdict="It moved no USDT.", points=points)
    points = (block, *(_transfer(each) for each in found.transfers))
    return Explanation(verdict="It moved USDT, but to no address that we watched then.", points=points)


def _transfer(transfer: Transfer) -> str:
    receiver = candidates.text_of(transfer.receiver)
    row = WatchedAddress.objects.filter(hex=transfer.receiver).first()
    cursor = ChainCursor.objects.filter(network=settings.TRON_NETWORK).first()
    text = f"{format_units(transfer.amount)} USDT to {receiver}"
    if row is None:
        return f"{text}: nobody waits there"
    return f"{text}: watched; the chain is read up to block {cursor.number if cursor else 'none'}"
