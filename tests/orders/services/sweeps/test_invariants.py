"""Each invariant of sweeps is broken once and seen."""

from datetime import timedelta

from django.db.models import F

from orders.models import Payment, Sweep, SweepEvent, SweepTransaction, Transfer
from orders.services import sweep_invariants
from orders.sweeps import SweepStatus, TransactionStatus
from tests.orders.services.sweeps.world import World, the_sweep

S, T = SweepStatus, TransactionStatus


def broken(world: World) -> set[str]:
    now = world.clock()
    return {check.__name__ for check in sweep_invariants.CHECKS if list(check(now))}


def test_each_is_seen_when_it_is_broken(world: World) -> None:
    wallet = world.wallet()
    world.deposit(wallet)
    sweep = world.run(the_sweep(wallet), S.DONE)
    assert broken(world) == set()

    SweepEvent.objects.filter(new_status=S.SIGNED).update(old_status=S.DETECTED)
    assert broken(world) == {"sweeps_moved_legally"}
    SweepEvent.objects.filter(new_status=S.SIGNED).update(old_status=S.DELIVERED)

    SweepTransaction.objects.update(status=T.FAILED)
    assert broken(world) == {"every_sweep_moved_its_money_once"}
    SweepTransaction.objects.update(status=T.CONFIRMED)

    SweepTransaction.objects.update(to_address=wallet.address)
    assert broken(world) == {"transfers_went_to_approved_wallets"}
    SweepTransaction.objects.update(to_address=sweep.cold_wallet.address)  # type: ignore[union-attr]

    Transfer.objects.filter(code="sweep").update(amount=F("amount") - 1)
    assert broken(world) == {"sweeps_agree_with_the_books"}
    Transfer.objects.filter(code="sweep").update(amount=F("amount") + 1)

    Payment.objects.update(amount_micro=1)
    assert broken(world) == {"sweeps_agree_with_the_books"}
    Payment.objects.update(amount_micro=100_000_000)
    Payment.objects.update(address="somewhere else")
    assert "swept_payments_belong_to_their_wallet" in broken(world)
    Payment.objects.update(address=wallet.address)

    assert broken(world) == set()
    Sweep.objects.update(
        status=S.BROADCAST,
        finished_at=None,
        booked_micro=0,
        next_action_at=world.clock() - timedelta(hours=1),
    )
    assert broken(world) == {"every_sweep_moved_its_money_once", "open_sweeps_have_a_next_step"}
