"""Each check is broken by hand and tells; all hold on what the services write."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection

from orders.models import Callback, LedgerAccount, Merchant, Order, OrderEvent, Payment, Transfer
from orders.services import invariants, ledger, outcomes, settlement
from orders.states import OrderStatus
from providers.base import InboundPayment, Kind, Progress, State
from tests.orders.conftest import ADDRESS, NOW, TXID, Place, Send

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
            "callback_url": "http://127.0.0.1:9/cb",
            "callback_format": "itrx",
            "credential": self.credential,
        }
        return self.succeeded(**wants)


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


def an_open_order_that_will_never_move(world: World) -> str:
    order = world.place()
    change(order, next_action_at=None)
    return f"{order.number} (new) is open and will never move"


def an_open_order_that_should_have_moved(world: World) -> str:
    order = world.place()
    change(order, next_action_at=NOW - timedelta(hours=1))
    return f"{order.number} (new) should have moved long ago"


def two_orders_wait_for_the_same(world: World) -> str:
    first, second = world.place(kind=Kind.MONITOR), world.place(kind=Kind.MONITOR, amount_micro=5)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE orders_order DROP CONSTRAINT order_window_overlap")
    change(second, amount_micro=first.amount_micro)
    return f"orders {first.pk} and {second.pk} wait for the same amount at {ADDRESS}"


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
    ),
    "every cost is booked": (a_cost_that_is_in_no_book,),
    "payments and orders agree": (a_payment_that_settled_an_open_order, paid_by_nothing),
    "every final order has its callback": (a_callback_that_was_never_written,),
    "callbacks have a next step": (a_callback_nobody_sends,),
    "open orders have a next step": (
        an_open_order_that_will_never_move,
        an_open_order_that_should_have_moved,
    ),
    "windows do not compete": (two_orders_wait_for_the_same,),
}


def test_every_check_is_broken_once() -> None:
    assert {name for name, _ in invariants.CHECKS} == set(BREAKAGES)


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
    world.place(kind=Kind.MONITOR, window_start=now + timedelta(hours=2), window_end=now + timedelta(hours=3))
    assert invariants.broken(now=now) == []
