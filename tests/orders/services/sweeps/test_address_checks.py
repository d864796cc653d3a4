"""What people are told of an address before it is registered."""

import pytest
from django.utils import timezone
from pytest_django import Settings

from orders.services import address_checks
from orders.services.wallet_nodes import WalletNodes
from providers.sandbox.tron.wallets import ROUTER
from providers.tron import addresses
from tests.chain_process import well_known
from tests.orders.services.sweeps.world import COLD, World

OTHER = well_known("an address to look at").address


@pytest.fixture
def nodes(world: World, settings: Settings) -> WalletNodes:
    settings.PROVIDER_ALLOWED_NETWORKS = ["127.0.0.1"]
    settings.TRON_REQUESTS_PER_SECOND = 0
    return WalletNodes(clock=timezone.now)


def told(address: str, nodes: WalletNodes, *, is_target: bool = False) -> list[tuple[str, bool]]:
    found = address_checks.findings(address, nodes=nodes, is_target=is_target)
    return [(finding.text, finding.is_stop) for finding in found]


def test_an_ordinary_wallet_has_no_finding(world: World, nodes: WalletNodes) -> None:
    world.chain.fund(OTHER, active=True)
    assert told(OTHER, nodes) == []


def test_one_that_was_never_used_is_told_of(nodes: WalletNodes) -> None:
    assert told(OTHER, nodes) == [("It is not activated yet.", False)]


def test_a_contract_is_neither_wallet_nor_target(nodes: WalletNodes) -> None:
    router = addresses.from_hex(ROUTER)
    for is_target in (False, True):
        assert ("It is a contract, not a wallet.", True) in told(router, nodes, is_target=is_target)


def test_a_frozen_wallet_can_take_no_deposits_but_be_a_target(world: World, nodes: WalletNodes) -> None:
    world.chain.fund(OTHER, active=True, blacklisted=True)
    text = "The USDT contract has frozen it: it can send nothing."
    assert told(OTHER, nodes) == [(text, True)]
    assert told(OTHER, nodes, is_target=True) == [(text, False)]


def test_a_look_alike_of_a_known_address_is_stopped_as_a_target(
    world: World, nodes: WalletNodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fewer characters are compared here: nobody finds four of each end in a test's time."""
    monkeypatch.setattr(address_checks, "ENDS", 1)
    alike = next(
        address
        for number in range(100_000)
        if (address := well_known(f"poison {number}").address)[:2] == COLD[:2] and address[-1] == COLD[-1]
    )
    text = f"It looks like {COLD}, which is known here: compare every character."
    assert (text, True) in told(alike, nodes, is_target=True)
    assert (text, False) in told(alike, nodes)
    assert all(COLD not in text for text, _ in told(COLD, nodes))


def test_without_a_node_that_is_said(world: World, settings: Settings) -> None:
    settings.TRON_NODES = []
    assert told(OTHER, WalletNodes(clock=timezone.now)) == [("No node could be asked about it.", False)]
