"""Each check is broken by hand and tells; all hold on what the services write."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test import override_settings

from orders.models import (
    Attempt,
    Callback,
    CallbackHost,
    ChainCursor,
    LedgerAccount,
    Merchant,
    Order,
    OrderEvent,
    Payment,
    PeriodBalance,
    ScannedBlock,
    Subtotal,
    TariffRate,
    Transfer,
    Wallet,
)
from orders.services import (
    audit_invariants,
    invariants,
    ledger,
    outcomes,
    periods,
    settlement,
    sweep_invariants,
    watchers,
)
from orders.services.ledger import subtotals
from orders.states import OrderStatus
from providers.base import InboundPayment, Kind, Progress, State
from tests.chain import Chain, Json, paid, trx
from tests.orders.conftest import ADDRESS, NOW, TXID, Place, Send
from tests.reader import NODE, Reader

DONE = Progress(state=State.SUCCEEDED, upstream_id="up-1", cost_sun=6_000_000, txid=TXID)
FAILED = Progress(state=State.FAILED)


class World:
    """Orders at their end, made by the services; the breakages below edit rows behind their backs."""

    def __init__(self, place: Place, send: Send, credential: object) -> None:
        self.place, self.send, self.credential = place, send, credential

    def succeeded(self, **fields: object) -> Order:
        order = self.place(**fields)
        outcomes.apply(self.send(order).pk, DONE, now=NOW)
        return order

    def paid(self) -> Order:
        order = self.place(kind=Kind.DEPOSIT)
        told = InboundPayment(address=ADDRESS, amount_micro=100_290_000, txid=TXID, paid_at=NOW)
        settlement.receive(self.send(order).pk, told, now=NOW)
        return order

    def called_back(self) -> Order:
        wants = {
            "callback_url": "http://127.0.0.1:65535/cb",
            "callback_format": "itrx",
            "credential": self.credential,
        }
        return self.succeeded(**wants)

    def watched(self, *transactions: tuple[Json, Json]) -> Order:
        """By our own node, in a wallet of ours; three blocks were read, the last holds `transactions`."""
        reader = Reader(Chain(start=NOW - timedelta(seconds=6))).start()
        watchers.watch(ADDRESS, is_ours=True)
        with override_settings(TRON_NODES=[NODE]):
            order = self.place(kind=Kind.MONITOR, watcher="own")
        Wallet.objects.create(merchant=order.merchant, address=ADDRESS, custody="ours")
        reader.chain.grow(2)
        reader.chain.add(*transactions)
        reader.read()
        return order


@pytest.fixture
def world(place: Place, send: Send, credential: object) -> World:
    return World(place, send, credential)


def change(order: Order, **fields: object) -> None:
    Order.objects.filter(pk=order.pk).update(**fields)


def an_event_skips(world: World) -> str:
    order = world.place()
    OrderEvent.objects.create(
        order=order, code="status", text="", old_status="new", new_status="succeeded", created_at=NOW
    )
    return "went from new to succeeded"


def a_status_without_event(world: World) -> str:
    order = world.place()
    change(order, status=OrderStatus.ATTENTION)
    return f"{order.number} is attention"


def a_new_order_without_its_move(world: World) -> str:
    order = world.succeeded()
    OrderEvent.objects.filter(order=order, new_status="succeeded").delete()
    return f"{order.number} is succeeded, its timeline says sending"


def a_balance_out_of_thin_air(world: World) -> str:
    world.place()
    LedgerAccount.objects.filter(kind="available").update(balance=5)
    return "caches 5, its transfers say 993500000"


def a_transfer_between_assets(world: World) -> str:
    order = world.place()
    hold = Transfer.objects.get(order=order)
    LedgerAccount.objects.filter(pk=hold.credit_id).update(asset="USDT")
    return f"transfer {hold.pk} moves between two assets"


def another_hold_than_the_price(world: World) -> str:
    order = world.place()
    change(order, price_sun=1)
    return f"{order.number} (new) was not held its price"


def a_hold_that_was_never_settled(world: World) -> str:
    order = world.succeeded()
    Transfer.objects.filter(order=order, code="capture").delete()
    return f"{order.number} (succeeded) is final, not settled"


def an_open_order_that_was_settled(world: World) -> str:
    order = world.place()
    ledger.settle(order, capture_sun=order.price_sun, now=NOW)
    return f"{order.number} (new) is open, but settled"


def bought_twice(world: World) -> str:
    order = world.succeeded()
    order.attempts.create(account=order.attempts.get().account, sent_at=NOW, status="succeeded")
    return f"{order.number} (succeeded) was bought twice"


def final_with_a_live_attempt(world: World) -> str:
    order = world.succeeded()
    order.attempts.create(account=order.attempts.get().account, sent_at=NOW, status="unknown")
    return f"{order.number} (succeeded) is final with a live attempt"


def new_with_a_live_attempt(world: World) -> str:
    order = world.place()
    world.send(order)
    change(order, status=OrderStatus.NEW)
    return f"{order.number} (new) is new with a live attempt"


def under_way_without_an_attempt(world: World) -> str:
    order = world.place()
    world.send(order)
    order.attempts.update(status="refused")
    return f"{order.number} (sending) is under way without a live attempt"


def a_cost_that_is_in_no_book(world: World) -> str:
    order = world.succeeded()
    Transfer.objects.filter(code="provider_cost").delete()
    return f"attempt {order.attempts.get().request_id} cost 6000000 sun"


def a_payment_that_settled_an_open_order(world: World) -> str:
    order = world.paid()
    change(order, status=OrderStatus.ATTENTION, finished_at=None, next_action_at=NOW)
    return f"payment {TXID} settled order {order.number}, which has not succeeded"


def paid_by_nothing(world: World) -> str:
    order = world.paid()
    Payment.objects.update(order=None, status="unmatched")
    return f"{order.number} (succeeded) succeeded without a payment"


def a_callback_that_was_never_written(world: World) -> str:
    order = world.called_back()
    Callback.objects.all().delete()
    return f"{order.number} (succeeded) wants a callback and has none"


def a_callback_nobody_sends(world: World) -> str:
    world.called_back()
    Callback.objects.update(next_attempt_at=NOW - timedelta(hours=1))
    return f"callback {Callback.objects.get().event_id} should have been sent"


def a_host_nobody_tries(world: World) -> str:
    CallbackHost.objects.create(host="m.example", circuit="open", opened_at=NOW)
    return "nobody will ever try m.example"


def a_lease_on_an_ended_callback(world: World) -> str:
    world.called_back()
    Callback.objects.update(status="exhausted", next_attempt_at=None, claimable_at=None, leased_until=NOW)
    return "is exhausted, and leased"


def a_callback_that_may_go_early(world: World) -> str:
    world.called_back()
    Callback.objects.update(claimable_at=NOW - timedelta(seconds=1))
    return "may be claimed before it is due"


def delivered_at_no_time(world: World) -> str:
    world.called_back()
    Callback.objects.update(status="delivered", next_attempt_at=None, claimable_at=None)
    return "is delivered at no time"


def a_try_that_is_not_logged(world: World) -> str:
    world.called_back()
    Callback.objects.update(attempts=1)
    return "had 1 tries, 0 are logged"


def delivered_by_no_try(world: World) -> str:
    world.called_back()
    Callback.objects.update(status="delivered", next_attempt_at=None, claimable_at=None, delivered_at=NOW)
    return "is delivered, and no try says so"


def an_open_order_that_will_never_move(world: World) -> str:
    order = world.place()
    change(order, next_action_at=None)
    return f"{order.number} (new) is open and will never move"


def an_open_order_that_should_have_moved(world: World) -> str:
    order = world.place()
    change(order, next_action_at=NOW - timedelta(hours=1))
    return f"{order.number} (new) should have moved long ago"


def a_deposit_in_no_book(world: World) -> str:
    world.watched(paid(1, ADDRESS, 100_290_000))
    Transfer.objects.filter(code="deposit").delete()
    return "100290000 USDT matched in our wallets, 0 are booked"


def an_unmatched_payment_that_left_suspense(world: World) -> str:
    world.watched(paid(1, ADDRESS, 5_000_000))
    Payment.objects.update(merchant=None)
    return "0 USDT unmatched or dismissed in our wallets, 5000000 are booked"


def a_block_left_out(world: World) -> str:
    world.watched()
    ScannedBlock.objects.get(number=1002).delete()
    return "block 1002 is missing"


def a_block_of_another_chain(world: World) -> str:
    world.watched()
    ScannedBlock.objects.filter(number=1002).update(block_id="f" * 64)
    return "block 1002 is missing or not the parent"


def unpaid_and_long_past(world: World) -> str:
    order = world.watched()
    ChainCursor.objects.update(block_at=NOW + timedelta(hours=3))
    return f"{order.number} (waiting) should have expired long ago"


def watched_by_us_and_sent(world: World) -> str:
    order = world.watched()
    Attempt.objects.create(order=order, account=world.send(world.place()).account, sent_at=NOW)
    return f"{order.number} (waiting) is watched by us and sent"


def two_orders_wait_for_the_same(world: World) -> str:
    first, second = world.place(kind=Kind.MONITOR), world.place(kind=Kind.MONITOR, amount_micro=5)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE orders_order DROP CONSTRAINT order_window_overlap")
    change(second, amount_micro=first.amount_micro)
    return f"orders {first.pk} and {second.pk} wait for the same amount at {ADDRESS}"


def a_rate_that_itrx_cannot_tell(world: World) -> str:
    TariffRate.objects.create(dialect="itrx", part="energy", duration_hours=2, price_sun=100_000)
    return "not from 2 h"


def a_closed_figure_that_was_changed(world: World) -> str:
    world.place()
    month = periods.next_closable(now=NOW + timedelta(days=60))
    assert month is not None
    periods.close(month, user=None, now=NOW + timedelta(days=60))
    periods.seal_all(now=NOW + timedelta(days=60))
    PeriodBalance.objects.filter(account__kind="held").update(
        opening=F("opening") + 1, closing=F("closing") + 1
    )
    return "the figures of 2026-03 were changed"


def a_subtotal_that_was_changed(world: World) -> str:
    subtotals.freeze(now=NOW + timedelta(days=1))
    Subtotal.objects.filter(account__kind="cash").update(debits=F("debits") + 1)
    return "the subtotals of 2026-03-02 00:00 are not the sums"


Breakage = Callable[[World], str]


BREAKAGES: dict[str, tuple[Breakage, ...]] = {
    "every status was reached legally": (an_event_skips,),
    "status is the last event": (a_status_without_event, a_new_order_without_its_move),
    "every balance is the sum of its transfers": (a_balance_out_of_thin_air,),
    "both sides hold one asset": (a_transfer_between_assets,),
    "every order is charged once": (
        another_hold_than_the_price,
        a_hold_that_was_never_settled,
        an_open_order_that_was_settled,
    ),
    "attempts agree with their order": (
        bought_twice,
        final_with_a_live_attempt,
        new_with_a_live_attempt,
        under_way_without_an_attempt,
        watched_by_us_and_sent,
    ),
    "every cost is booked": (a_cost_that_is_in_no_book,),
    "payments and orders agree": (a_payment_that_settled_an_open_order, paid_by_nothing),
    "every final order has its callback": (a_callback_that_was_never_written,),
    "callbacks have a next step": (a_callback_nobody_sends, a_host_nobody_tries),
    "callbacks are kept or have ended": (
        a_lease_on_an_ended_callback,
        a_callback_that_may_go_early,
        delivered_at_no_time,
    ),
    "every try is logged": (a_try_that_is_not_logged, delivered_by_no_try),
    "open orders have a next step": (
        an_open_order_that_will_never_move,
        an_open_order_that_should_have_moved,
    ),
    "what arrived is in the books": (a_deposit_in_no_book, an_unmatched_payment_that_left_suspense),
    "the blocks form one chain": (a_block_left_out, a_block_of_another_chain),
    "passed orders are ended": (unpaid_and_long_past,),
    "windows do not compete": (two_orders_wait_for_the_same,),
    "every rate can be told": (a_rate_that_itrx_cannot_tell,),
    "closed months stay as they are": (a_closed_figure_that_was_changed,),
    "subtotals are the sums of their transfers": (a_subtotal_that_was_changed,),
}


def test_every_check_is_broken_once() -> None:
    elsewhere = (*sweep_invariants.CHECKS, *audit_invariants.CHECKS)  # see sweeps/ and test_sealing.py
    apart = {check.__name__.replace("_", " ") for check in elsewhere}
    assert {name for name, _ in invariants.CHECKS} - apart == set(BREAKAGES)


@pytest.mark.parametrize(
    ("name", "breakage"),
    [
        pytest.param(name, breakage, id=breakage.__name__)
        for name, breakages in BREAKAGES.items()
        for breakage in breakages
    ],
)
def test_what_is_broken_is_told(world: World, now: datetime, name: str, breakage: Breakage) -> None:
    told = breakage(world)
    found = invariants.broken(now=now)
    assert [line for line in found if line.startswith(f"{name}: ") and told in line], found


def test_all_hold_over_every_kind_of_end(world: World, now: datetime, merchant: Merchant) -> None:
    world.place()
    world.paid()
    world.called_back()
    outcomes.apply(world.send(world.place()).pk, FAILED, now=now)
    world.send(world.place())
    later = {"window_start": now + timedelta(hours=2), "window_end": now + timedelta(hours=3)}
    world.place(kind=Kind.MONITOR, watcher="upstream", **later)
    world.watched(paid(1, ADDRESS, 100_290_000), paid(2, ADDRESS, 5), trx(3, ADDRESS, 7_000_000))
    assert invariants.broken(now=now) == []
