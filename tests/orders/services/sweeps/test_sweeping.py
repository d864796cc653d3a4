"""A deposit on its way to the cold wallet: the whole way, over loopback, with all that may go wrong on it."""

from orders.models import Custody, Payment, SweepTransaction
from orders.services import ledger
from orders.sweeps import SweepStatus, TransactionStatus
from tests.orders.services.sweeps.world import COLD, World, the_sweep

S, T = SweepStatus, TransactionStatus


def test_a_paid_deposit_is_in_the_cold_wallet_and_in_the_books(world: World) -> None:
    wallet = world.wallet()
    order = world.deposit(wallet, "100")
    sweep = world.run(the_sweep(wallet), S.DONE)

    assert world.usdt(COLD) == 99_999_999
    assert world.usdt(wallet.address) == 1
    assert sweep.amount_micro == 99_999_999
    assert Payment.objects.get(order=order).sweep == sweep
    sent = SweepTransaction.objects.get()
    assert (sent.status, sent.to_address, sent.result) == (T.CONFIRMED, COLD, "SUCCESS")
    assert world.posted("deposit") == 100_000_000
    assert world.posted("sweep") == 99_999_999
    assert world.posted("sweep_excess") == world.posted("sweep_fee") == 0
    # The merchant paid for activation and energy by an order like any other.
    assert sweep.order is not None
    assert sweep.order.kind == "collect"
    assert ledger.available_sun(world.merchant) == 1_000_000_000 - sweep.order.price_sun
    world.check()


def test_the_way_is_told_in_order(world: World) -> None:
    wallet = world.wallet()
    world.deposit(wallet)
    sweep = world.run(the_sweep(wallet), S.DONE)
    moves = [event.new_status for event in sweep.events.exclude(new_status="")]
    assert moves == [S.DETECTED, S.ORDERED, S.DELIVERED, S.SIGNED, S.BROADCAST, S.IN_BLOCK, S.DONE]


def test_a_watch_only_wallet_gets_energy_and_ends_there(world: World) -> None:
    wallet = world.wallet(Custody.WATCH_ONLY)
    world.deposit(wallet)
    sweep = world.run(the_sweep(wallet), S.ENERGY_ONLY)
    assert "its holder must send" in sweep.events.last().text  # type: ignore[union-attr]
    assert not SweepTransaction.objects.exists()
    assert world.node.means(wallet.address).energy >= 130_285
    world.check()
