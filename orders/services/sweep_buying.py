"""The first half of a sweep: whether there is anything to move, and buying what the transfer needs.

The order is placed like any other and fulfilled by the workers; it is written in one transaction with the sweep's move,
so that a sweep never buys twice for one decision.
"""

from datetime import datetime, timedelta

from django.db import transaction

from orders import sweeps
from orders.models import Order, PaymentStatus, Sweep
from orders.services import detecting, placing, sweep_books, sweep_moves
from orders.services.placing import OrderRefused, OrderSpec
from orders.services.sweep_look import Look, look
from orders.states import OrderStatus
from orders.sweeps import TRANSFER_BANDWIDTH, Payer, Step, SweepStatus
from providers.base import Kind
from providers.money import format_units
from providers.tron.wallet_node import WalletNode

IDLE_SECONDS = 300
REFUSED_SECONDS = 60
POLL_SECONDS = 3
LONGEST_DELIVERY = timedelta(minutes=5)
TXID_LENGTH = 64


def consider(sweep: Sweep, node: WalletNode, *, now: datetime) -> None:
    """DETECTED: wait, call a person, buy, or go on with what the wallet has."""
    seen = look(sweep, node, now=now)
    if seen is None:
        return
    if seen.wallet.movable_micro <= 0:
        _nothing_left(sweep, now=now)
        return
    decision = sweeps.check(seen.wallet, seen.rules, has_target=True)
    match decision.step:
        case Step.WAIT:
            sweep_moves.wait(sweep, decision.text, now=now, seconds=IDLE_SECONDS)
        case Step.CALL:
            sweep_moves.call_person(sweep, decision.text, now=now)
        case Step.GO:
            text = "the wallet has all that the transfer needs"
            sweep_moves.move(sweep, SweepStatus.DELIVERED, text, now=now, cold_wallet=seen.target)
        case _:
            _buy(sweep, seen, now=now)


def _nothing_left(sweep: Sweep, *, now: datetime) -> None:
    """What was paid has left with an earlier sweep, or otherwise. The payments belong to that sweep then."""
    last = Sweep.objects.filter(wallet=sweep.wallet, status=SweepStatus.DONE).first()
    if last is None:
        sweep_moves.wait(sweep, "the wallet is empty", now=now, seconds=IDLE_SECONDS)
        return
    with transaction.atomic():
        text = f"the wallet is empty: {last} has moved this deposit too"
        if sweep_moves.move(sweep, SweepStatus.CANCELLED, text, now=now):
            link_payments(last)
            sweep_books.explain_later(sweep.wallet, now=now)


def link_payments(sweep: Sweep) -> int:
    """All that has arrived in the wallet and belongs to no sweep yet."""
    arrived = detecting.arrivals_at(sweep.wallet).exclude(status=PaymentStatus.CREDITED)
    return arrived.filter(sweep=None).update(sweep=sweep)


def _buy(sweep: Sweep, seen: Look, *, now: datetime) -> None:
    if sweep.orders_made >= sweep.orders_allowed:
        text = f"energy was bought {sweep.orders_made} times and the transfer could not be made"
        sweep_moves.call_person(sweep, text, now=now)
        return
    spec = _spec(sweep, seen)
    try:
        price_sun = placing.quote(sweep.merchant, spec, seen.facts).total_sun
        if sweeps.too_dear(price_sun, seen.rules):
            text = f"energy costs {format_units(price_sun)} TRX, more than is allowed"
            sweep_moves.wait(sweep, text, now=now, seconds=IDLE_SECONDS)
            return
        with transaction.atomic():
            _place(sweep, spec, seen, now=now)
    except OrderRefused as error:
        sweep_moves.wait(sweep, f"no order for energy: {error}", now=now, seconds=REFUSED_SECONDS)


def _place(sweep: Sweep, spec: OrderSpec, seen: Look, *, now: datetime) -> None:
    """Raises OrderRefused."""
    locked = Sweep.objects.select_for_update().get(pk=sweep.pk)
    if locked.status != sweep.status or locked.orders_made != sweep.orders_made:
        return
    order, _ = placing.place_order(sweep.merchant, spec, seen.facts, now=now)
    sweep_moves.move(
        sweep,
        SweepStatus.ORDERED,
        f"order {order.number} buys what the transfer needs",
        now=now,
        wait_seconds=POLL_SECONDS,
        order=order,
        orders_made=sweep.orders_made + 1,
        cold_wallet=seen.target,
        data={"price_sun": order.price_sun, "needed_energy": seen.wallet.needed_energy},
    )


def _spec(sweep: Sweep, seen: Look) -> OrderSpec:
    """Energy that is there already is not bought again for want of bandwidth."""
    number = sweep.orders_made + 1
    key = f"sweep {sweep.pk} order {number}"
    is_house = sweep.payer == Payer.HOUSE
    if seen.wallet.has_energy:
        return OrderSpec(
            kind=Kind.BANDWIDTH,
            address=sweep.wallet.address,
            bandwidth=TRANSFER_BANDWIDTH,
            duration_hours=1,
            external_id=f"sweep-{sweep.pk}",
            unique_key=key,
            is_paid_by_house=is_house,
        )
    return OrderSpec(
        kind=Kind.COLLECT,
        address=sweep.wallet.address,
        to_address=seen.target.address,
        scene=placing.SCENE_AUTOMATIC,
        external_id=f"sweep-{sweep.pk}",
        unique_key=key,
        is_paid_by_house=is_house,
    )


def await_energy(sweep: Sweep, node: WalletNode, *, now: datetime) -> None:
    """ORDERED: the order's end is the upstream's word; what counts is what the chain shows."""
    order = sweep.order
    if order is None or order.status == OrderStatus.FAILED:
        text = f"the order for energy has failed: {order.reason if order else ''}"
        sweep_moves.move(sweep, SweepStatus.DETECTED, text, now=now, wait_seconds=REFUSED_SECONDS)
        return
    if order.status != OrderStatus.SUCCEEDED:
        text = f"order {order.number}: {order.get_status_display()}"
        sweep_moves.wait(sweep, text, now=now, seconds=POLL_SECONDS)
        return
    seen = look(sweep, node, now=now)
    if seen is None:
        return
    decision = sweeps.before_signing(seen.wallet, seen.rules, has_target=True)
    if decision.step is Step.CALL:
        sweep_moves.call_person(sweep, decision.text, now=now)
    elif decision.step is Step.WAIT:
        sweep_moves.wait(sweep, decision.text, now=now, seconds=IDLE_SECONDS)
    elif decision.step is Step.GO and _is_in_blocks(order, node):
        text = "energy and bandwidth are there"
        sweep_moves.move(sweep, SweepStatus.DELIVERED, text, now=now, cold_wallet=seen.target)
    elif order.finished_at and now > order.finished_at + LONGEST_DELIVERY:
        text = f"order {order.number} has succeeded, yet {decision.text or 'its delegation is in no block'}"
        sweep_moves.call_person(sweep, text, now=now)
    else:
        text = decision.text or "the delegation is in no block yet"
        sweep_moves.wait(sweep, text, now=now, seconds=POLL_SECONDS)


def _is_in_blocks(order: Order, node: WalletNode) -> bool:
    """Accounts show what is only pending (specs/tron.md section 7); the transactions named by the upstream tell."""
    attempt = order.attempts.filter(status="succeeded").first()
    named = (attempt.txid, attempt.active_hash, attempt.bandwidth_hash) if attempt else ()
    txids = [txid.lower() for txid in named if _is_txid(txid)]
    return all(node.execution(txid, solid=False) is not None for txid in txids)


def _is_txid(text: str) -> bool:
    return len(text) == TXID_LENGTH and all(digit in "0123456789abcdef" for digit in text.lower())
