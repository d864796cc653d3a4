"""Wallets as the chain has them, beside the books, and the terms of the USDT contract."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from orders.models import Custody, Discrepancy, Payment, TokenTerms, Wallet, WalletBalance
from orders.models.reconciliation import WAITING
from orders.services import readings, reconciling, wallet_balances, wallets
from orders.services.wallet_nodes import WalletNodes
from orders.sweeps import SweepStatus
from tests.chain_process import well_known
from tests.orders.services.sweeps.world import World, the_sweep

ADDRESS = well_known("a wallet to be read").address


@pytest.fixture
def nodes(world: World, settings: Settings) -> WalletNodes:
    settings.PROVIDER_ALLOWED_NETWORKS = ["127.0.0.1"]
    settings.TRON_REQUESTS_PER_SECOND = 0
    return WalletNodes(clock=timezone.now)


@pytest.fixture
def wallet(world: World) -> Wallet:
    Wallet.objects.exclude(address=ADDRESS).delete()
    return wallets.add_wallet(
        world.merchant, address=ADDRESS, label="", custody=Custody.OURS, now=timezone.now()
    )


def read(wallet: Wallet, nodes: WalletNodes) -> WalletBalance:
    found = wallet_balances.read(wallet, nodes, clock=timezone.now)
    assert found is not None
    return found


def test_it_has_what_the_chain_says(world: World, wallet: Wallet, nodes: WalletNodes) -> None:
    found = read(wallet, nodes)
    assert (found.is_active, found.usdt_micro, found.trx_sun) == (False, 0, 0)
    world.chain.fund(ADDRESS, usdt="12.5", trx="3", energy=65_000, active=True, blacklisted=True)
    found = read(wallet, nodes)
    assert (found.is_active, found.is_blacklisted) == (True, True)
    assert (found.usdt_micro, found.trx_sun, found.energy) == (12_500_000, 3_000_000, 65_000)
    assert (found.bandwidth, found.problem) == (600, "")


def test_a_node_that_fails_leaves_the_last_figures_with_their_time(
    world: World, wallet: Wallet, nodes: WalletNodes
) -> None:
    world.chain.fund(ADDRESS, usdt="5", active=True)
    before = read(wallet, nodes)
    world.chain.fault("status_503", count=100)
    assert wallet_balances.read(wallet, nodes, clock=timezone.now) is None
    after = WalletBalance.objects.get(wallet=wallet)
    assert (after.usdt_micro, after.read_at) == (5_000_000, before.read_at)
    assert after.problem
    assert after.tried_at > before.tried_at


def test_the_task_reads_what_is_due_and_the_terms(
    world: World, wallet: Wallet, nodes: WalletNodes, settings: Settings
) -> None:
    assert wallet_balances.read_due(nodes, clock=timezone.now) == 0, "of ours, it is read for the books"
    Wallet.objects.filter(pk=wallet.pk).update(custody=Custody.WATCH_ONLY)
    assert wallet_balances.read_due(nodes, clock=timezone.now) == 1
    assert wallet_balances.read_due(nodes, clock=timezone.now) == 0
    terms = TokenTerms.objects.get()
    assert (terms.fee_basis_points, terms.is_halted, terms.is_odd, terms.changed_at) == (
        0,
        False,
        False,
        None,
    )
    world.chain.chain("token", basisPointsRate=10, maximumFee=5_000_000, paused=1)

    def tomorrow() -> object:
        return timezone.now() + timedelta(days=1, minutes=1)

    assert wallet_balances.read_due(nodes, clock=tomorrow) == 1  # type: ignore[arg-type]
    terms = TokenTerms.objects.get()
    assert (terms.fee_basis_points, terms.most_fee_micro, terms.is_halted) == (10, 5_000_000, True)
    assert terms.is_odd
    assert terms.changed_at is not None
    settings.TRON_NODES = []
    assert wallet_balances.read_due(nodes, clock=tomorrow) == 0  # type: ignore[arg-type]


def test_trap_17_what_tether_destroys_is_a_discrepancy(world: World, nodes: WalletNodes) -> None:
    """destroyBlackFunds empties a frozen wallet and logs no transfer: no block tells of it, only the balance does."""
    wallet = world.wallet()
    world.chain.fund(wallet.address, blacklisted=True)
    world.deposit(wallet, "100")
    world.run(the_sweep(wallet), SweepStatus.ATTENTION)
    now = world.clock() + timedelta(minutes=1)
    assert unexplained(wallet, now) == {}
    world.chain.fund(wallet.address, usdt="0")
    assert unexplained(wallet, now) == {"USDT": -100_000_000}


def unexplained(wallet: Wallet, at: datetime) -> dict[str, int]:
    """What the comparison of the day finds after a look at the wallet."""
    assert readings.read_wallet(wallet, clock=lambda: at)
    reconciling.reconcile(at.astimezone(UTC).date(), now=at + timedelta(days=1))
    waiting = Discrepancy.objects.filter(wallet=wallet, state__in=WAITING)
    return dict(waiting.values_list("asset", "amount"))


def test_the_books_know_what_came_and_what_was_swept(world: World, wallet: Wallet) -> None:
    now = timezone.now()
    for number, amount in enumerate((5_000_000, 2_000_000)):
        Payment.objects.create(
            txid=f"{number:064x}",
            log_index=0,
            address=ADDRESS,
            merchant=world.merchant,
            amount_micro=amount,
            paid_at=now,
            received_at=now,
        )
    foreign = wallets.add_wallet(
        world.merchant, address=well_known("not ours").address, label="", custody=Custody.WATCH_ONLY, now=now
    )
    assert wallet_balances.booked_micro([wallet, foreign]) == {wallet.pk: 7_000_000}
