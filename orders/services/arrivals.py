"""Transfers of one block become payments: matched, credited, or put into the queue, inside the caller's transaction.

The cost hangs on the block and not on how many orders are open: one query finds the watched among its receivers, one
the orders that wait for exactly these amounts, and most blocks end after the first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from orders import matching
from orders.models import (
    Asset,
    Custody,
    Merchant,
    Order,
    OrderKind,
    Payment,
    PaymentStatus,
    Wallet,
    WatchedAddress,
    Watcher,
)
from orders.services import candidates, detecting, ledger, timeline
from orders.services.closing import finish
from orders.states import OPEN_ORDER, OrderStatus
from providers.base import PAYMENT_KINDS
from providers.tron.transfers import USDT, Transfer

# Less than this settles nothing is kept, but nobody need look at it (specs/tron.md section 12, trap 12).
DUST = {Asset.USDT: 10_000, Asset.TRX: 100_000}
PAIRS_A_QUERY = 200


@dataclass
class _Scene:
    """What the hits of one block are judged by."""

    number: int
    at: datetime
    now: datetime
    watched: dict[str, WatchedAddress]
    known: dict[tuple[str, int | None], Payment]
    told: set[tuple[str, str, int]]
    waiting: dict[tuple[str, int], list[Order]]
    wallets: dict[str, Wallet]
    top_ups: dict[str, Merchant]
    booked: int = field(default=0)


def book(transfers: Sequence[Transfer], *, number: int, at: datetime, now: datetime) -> int:
    """How many payments are new. `at`: block time. The same block again changes nothing, except that a payment in the
    queue settles an order that was placed for it since."""
    watched = _watched(transfers, at)
    hits = [each for each in transfers if each.receiver in watched]
    if not hits:
        return 0
    ours = _held_by_us({hit.sender for hit in hits})
    scene = _scene([hit for hit in hits if hit.sender not in ours], watched, number, at, now)
    for hit in hits:
        if hit.sender not in ours:
            _book(hit, scene)
    return scene.booked


def _watched(transfers: Iterable[Transfer], at: datetime) -> dict[str, WatchedAddress]:
    receivers = {each.receiver for each in transfers}
    if not receivers:
        return {}
    covers = (Q(since=None) | Q(since__lte=at)) & (Q(until=None) | Q(until__gte=at))
    return {row.hex: row for row in WatchedAddress.objects.filter(covers, hex__in=receivers)}


def _held_by_us(senders: set[str]) -> set[str]:
    """Activations, fee top-ups and moves between our own addresses pay for nothing (trap 14)."""
    return set(WatchedAddress.objects.filter(hex__in=senders, is_ours=True).values_list("hex", flat=True))


def _scene(
    hits: Sequence[Transfer], watched: dict[str, WatchedAddress], number: int, at: datetime, now: datetime
) -> _Scene:
    texts = {watched[hit.receiver].address for hit in hits}
    txids = {hit.txid for hit in hits}
    wallets = Wallet.objects.filter(address__in=texts, custody=Custody.OURS).select_related("merchant")
    return _Scene(
        number=number,
        at=at,
        now=now,
        watched=watched,
        known={
            (row.txid, row.log_index): row for row in Payment.objects.filter(account=None, txid__in=txids)
        },
        told=set(
            Payment.objects.filter(txid__in=txids)
            .exclude(account=None)
            .values_list("txid", "address", "amount_micro")
        ),
        waiting=_waiting(
            {(watched[hit.receiver].address, hit.amount) for hit in hits if hit.asset == USDT}, at
        ),
        wallets={wallet.address: wallet for wallet in wallets},
        top_ups={
            str(merchant.top_up_address): merchant
            for merchant in Merchant.objects.filter(top_up_address__in=texts)
        },
    )


def _waiting(wanted: set[tuple[str, int]], at: datetime) -> dict[tuple[str, int], list[Order]]:
    """Open orders, whoever watches them, that expect one of these amounts at its address at that time."""
    found: dict[tuple[str, int], list[Order]] = {}
    pairs = sorted(wanted)
    for start in range(0, len(pairs), PAIRS_A_QUERY):
        either = Q()
        for address, amount in pairs[start : start + PAIRS_A_QUERY]:
            either |= Q(address=address, amount_micro=amount)
        rows = Order.objects.filter(
            either,
            kind__in=PAYMENT_KINDS,
            status__in=OPEN_ORDER,
            window_start__lte=at,
            window_end__gte=at,
        )
        for order in rows.order_by("id"):
            found.setdefault((order.address, order.amount_micro or 0), []).append(order)
    return found


def _book(hit: Transfer, scene: _Scene) -> None:
    known = scene.known.get((hit.txid, hit.log_index))
    if known is not None and known.status != PaymentStatus.UNMATCHED:
        return
    address = scene.watched[hit.receiver].address
    if (hit.txid, address, hit.amount) in scene.told:
        return  # an upstream has told of it: one transfer, one payment
    if hit.asset == USDT:
        orders = _matching(hit, address, scene)
        ours = [order for order in orders if order.watcher == Watcher.OWN]
        if len(orders) == 1 and ours and _settle(hit, known, ours[0], scene):
            return
        if orders and not ours and known is None:
            return  # the upstream that watches for it will tell of it
        if known is None:
            _queue(hit, address, scene, competing=len(orders))
    elif known is None and address in scene.top_ups:
        _credit(hit, scene.top_ups[address], scene)
    elif known is None:
        _queue(hit, address, scene, competing=0)


def _matching(hit: Transfer, address: str, scene: _Scene) -> list[Order]:
    """The rule itself is pure; the query has only narrowed down who it is asked of."""
    orders = scene.waiting.get((address, hit.amount), [])
    arrived = matching.Arrived(address=address, asset=hit.asset, amount=hit.amount, paid_at=scene.at)
    keys = matching.settles([candidates.candidate(order) for order in orders], arrived)
    return [order for order in orders if order.pk in keys]


def _settle(hit: Transfer, known: Payment | None, order: Order, scene: _Scene) -> bool:
    """False when the order has ended meanwhile; then the payment belongs into the queue."""
    rows = Order.objects.select_for_update(of=("self",)).select_related("merchant", "credential")
    order = rows.get(pk=order.pk)
    if order.status not in {OrderStatus.WAITING, OrderStatus.ATTENTION}:
        return False
    payment = known or _payment(hit, order.address, scene)
    payment.status, payment.order, payment.reason = PaymentStatus.MATCHED, order, ""
    payment.save()
    settle(order, payment, was_in_queue=known is not None, now=scene.now)
    scene.waiting[order.address, hit.amount].remove(order)
    scene.known[hit.txid, hit.log_index] = payment
    scene.booked += known is None
    return True


def settle(order: Order, payment: Payment, *, was_in_queue: bool, now: datetime) -> None:
    """The payment, already saved as this order's, ends it: status, money, callback. What follows on a deposit in a
    wallet of ours, its sweep, is written here too."""
    if payment.merchant is not None:
        book_money = ledger.wallet_attach if was_in_queue else ledger.wallet_deposit
        book_money(payment.merchant, order, payment.amount_micro, now=now)
    data = {"log_index": payment.log_index, "from": payment.from_address}
    timeline.record(order, "payment", f"arrived in block {payment.block_number}", now=now, data=data)
    text = f"paid: transaction {payment.txid}"
    finish(order, OrderStatus.SUCCEEDED, text, now=now, payment=payment)
    if payment.merchant is not None or order.kind == OrderKind.DEPOSIT:
        detecting.deposit_paid(order.address, now=now)


def _payment(hit: Transfer, address: str, scene: _Scene) -> Payment:
    """Not saved. `merchant` is set for money that is in our hands, and only then."""
    wallet = scene.wallets.get(address)
    return Payment(
        txid=hit.txid,
        log_index=hit.log_index,
        asset=hit.asset,
        address=address,
        from_address=candidates.text_of(hit.sender),
        amount_micro=hit.amount,
        block_number=scene.number,
        paid_at=scene.at,
        received_at=scene.now,
        merchant=wallet.merchant if wallet else scene.top_ups.get(address),
    )


def _credit(hit: Transfer, merchant: Merchant, scene: _Scene) -> None:
    payment = _payment(hit, str(merchant.top_up_address), scene)
    payment.status, payment.merchant = PaymentStatus.CREDITED, merchant
    payment.save()
    ledger.chain_top_up(merchant, hit.amount, note=f"transaction {hit.txid}", now=scene.now)
    scene.known[hit.txid, hit.log_index] = payment
    scene.booked += 1


def _queue(hit: Transfer, address: str, scene: _Scene, *, competing: int) -> None:
    payment = _payment(hit, address, scene)
    if competing > 1:
        payment.reason = f"{competing} orders wait for exactly this: a person must choose"
    elif hit.amount < DUST[Asset(hit.asset)]:
        payment.status, payment.reason = PaymentStatus.DISMISSED, "dust"
    else:
        payment.reason = candidates.short_reason(payment)
    payment.save()
    if payment.merchant is not None:
        note = f"transaction {hit.txid}"
        ledger.wallet_suspense(Asset(hit.asset), hit.amount, note=note, now=scene.now)
    scene.known[hit.txid, hit.log_index] = payment
    scene.booked += 1
