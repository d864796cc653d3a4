"""A payment that a person attached and took back: what its sweep means for the books, before and after."""

import pytest

from orders.models import Order, OrderEvent, Payment, Sweep, Transfer, Wallet
from orders.services import attaching, ledger, reversing
from orders.states import OrderStatus
from orders.sweeps import SweepStatus
from tests.orders.services.sweeps.world import World, the_sweep


def short(world: World, wallet: Wallet) -> tuple[Order, Payment]:
    """An order of 100 USDT, and 90 that arrived for it and were attached by a person."""
    order = world.deposit(wallet, "100", paid="90")
    payment = Payment.objects.get(status="unmatched")
    asks, _ = world.people
    attaching.attach(payment, order, reason="ninety will do", user=asks, now=world.clock())
    return order, reread(payment)


def reread(payment: Payment) -> Payment:
    return Payment.objects.select_related("order").get(pk=payment.pk)


def take_back(world: World, payment: Payment) -> None:
    reversing.reverse(payment, reason="meant for another", user=world.people[0], now=world.clock())


def test_before_the_sweep_the_money_stands_in_suspense_again(world: World) -> None:
    wallet = world.wallet()
    order, payment = short(world, wallet)
    assert ledger.deposits_micro(world.merchant) == 90_000_000
    take_back(world, payment)
    assert ledger.deposits_micro(world.merchant) == 0
    assert world.posted("detach") == 90_000_000
    order.refresh_from_db()
    assert order.status == OrderStatus.FAILED
    world.check()
    world.run(the_sweep(wallet), SweepStatus.DONE)
    assert world.posted("sweep_excess") == 89_999_999
    world.check()


@pytest.mark.parametrize("until", [SweepStatus.SIGNED, SweepStatus.IN_BLOCK])
def test_while_the_sweep_is_under_way(world: World, until: str) -> None:
    wallet = world.wallet()
    _, payment = short(world, wallet)
    sweep = world.run(the_sweep(wallet), until)
    take_back(world, payment)
    world.check()
    world.run(sweep, SweepStatus.DONE)
    assert (world.posted("sweep"), world.posted("sweep_excess")) == (0, 89_999_999)
    world.check()


def test_after_it_nothing_explains_what_was_swept_until_it_is_attached_again(world: World) -> None:
    wallet = world.wallet()
    _, payment = short(world, wallet)
    sweep = world.run(the_sweep(wallet), SweepStatus.DONE)
    assert world.posted("sweep") == 89_999_999
    take_back(world, payment)
    assert world.posted("sweep_reopened") == 89_999_999
    assert Sweep.objects.get(pk=sweep.pk).booked_micro == 0
    assert ledger.deposits_micro(world.merchant) == 0
    world.check()

    right = world.deposit(wallet, "90.5", paid="")
    attaching.attach(reread(payment), right, reason="his", user=world.people[0], now=world.clock())
    world.run(the_sweep(wallet), SweepStatus.CANCELLED)
    assert world.posted("sweep_explained") == 89_999_999
    assert Sweep.objects.get(pk=sweep.pk).booked_micro == 89_999_999
    world.check()


def test_a_later_payment_explains_it_as_far_as_it_goes(world: World) -> None:
    """Two deposits were swept; of the one taken back no more is reopened than the other leaves unexplained."""
    wallet = world.wallet()
    world.deposit(wallet, "50")
    _, payment = short(world, wallet)
    world.run(the_sweep(wallet), SweepStatus.DONE)
    assert world.posted("sweep") == 139_999_999
    take_back(world, payment)
    assert world.posted("sweep_reopened") == 89_999_999
    assert ledger.deposits_micro(world.merchant) == 0
    world.check()


def test_what_was_paid_out_otherwise_cannot_be_taken_back(world: World) -> None:
    wallet = world.wallet()
    order, payment = short(world, wallet)
    ledger.adjust(world.merchant, "USDT", -1, note="paid out by hand", now=world.clock())  # type: ignore[arg-type]
    before = (Transfer.objects.count(), OrderEvent.objects.count())
    with pytest.raises(reversing.NotReversible, match="paid out"):
        take_back(world, payment)
    order.refresh_from_db()
    assert (order.status, reread(payment).status) == (OrderStatus.SUCCEEDED, "matched")
    assert (Transfer.objects.count(), OrderEvent.objects.count()) == before
    world.check()
