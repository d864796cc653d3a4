"""A chain, its reader and orders that our own node watches; besides those of the directories above."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from pytest_django import Settings

from orders.models import Custody, Merchant, Order, Wallet
from orders.services import wallets
from providers.base import Kind
from tests.chain import Chain
from tests.orders.conftest import ADDRESS, NOW, Place
from tests.reader import NODE, Reader

AMOUNT = 100_290_000
OwnPlace = Callable[..., Order]


@pytest.fixture(autouse=True)
def own_node(settings: Settings) -> None:
    settings.TRON_NODES = [NODE]


@pytest.fixture
def chain() -> Chain:
    return Chain(start=NOW - timedelta(seconds=6))


@pytest.fixture
def reader(db: None, chain: Chain) -> Reader:
    """Has read the first block, which is two before NOW."""
    return Reader(chain).start()


@pytest.fixture
def wallet(merchant: Merchant) -> Wallet:
    return wallets.add_wallet(merchant, address=ADDRESS, label="", custody=Custody.OURS, now=NOW)


@pytest.fixture
def deposit(wallet: Wallet, place: Place) -> OwnPlace:
    """Waits from NOW for 30 minutes in a wallet that we hold."""

    def make(**fields: object) -> Order:
        given = {"kind": Kind.DEPOSIT, "window_start": NOW, "window_end": NOW + timedelta(minutes=30)}
        return place(**given | fields)

    return make


@pytest.fixture
def monitor(place: Place) -> OwnPlace:
    """Waits from NOW for an hour at a foreign address."""
    return lambda **fields: place(**{"kind": Kind.MONITOR} | fields)
