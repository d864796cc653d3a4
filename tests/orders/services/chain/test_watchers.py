"""Who watches a payment order: its own choice, the merchant's, the installation's; what an upstream holds, it does."""

import pytest
from pytest_django import Settings

from orders.models import Custody, Merchant, WatchedAddress
from orders.services import wallets
from orders.services.placing import OrderRefused
from providers.base import Kind
from tests.orders.conftest import ADDRESS, NOW, MakeAccount, Place


def test_our_node_is_the_default_where_there_is_one(place: Place, settings: Settings) -> None:
    assert place(kind=Kind.MONITOR).watcher == "own"
    settings.TRON_NODES = []
    assert place(kind=Kind.MONITOR, amount_micro=5).watcher == "upstream"
    assert place().watcher == ""


@pytest.mark.parametrize(
    ("merchants", "orders", "watcher"),
    [("upstream", None, "upstream"), ("upstream", "own", "own"), ("own", "upstream", "upstream")],
)
def test_the_merchants_choice_and_before_it_the_orders(
    place: Place, merchant: Merchant, merchants: str, orders: str | None, watcher: str
) -> None:
    merchant.watcher = merchants
    assert place(kind=Kind.MONITOR, watcher=orders).watcher == watcher


def test_an_account_of_choice_means_its_upstream(place: Place, make_account: MakeAccount) -> None:
    account = make_account("crossingpay")
    assert place(kind=Kind.MONITOR, account_choice=account).watcher == "upstream"
    with pytest.raises(OrderRefused, match="Choose either"):
        place(kind=Kind.MONITOR, account_choice=account, watcher="own", amount_micro=5)


def test_a_wallet_of_an_upstream_is_watched_by_it_alone(place: Place, merchant: Merchant) -> None:
    wallets.add_wallet(merchant, address=ADDRESS, label="", custody=Custody.UPSTREAM, now=NOW)
    assert place(kind=Kind.DEPOSIT).watcher == "upstream"
    with pytest.raises(OrderRefused, match="custody") as caught:
        place(kind=Kind.DEPOSIT, watcher="own", amount_micro=5)
    assert (caught.value.code, caught.value.field) == ("watcher", "watcher")
    assert not WatchedAddress.objects.exists()


def test_without_a_node_ours_cannot_be_chosen(place: Place, settings: Settings) -> None:
    settings.TRON_NODES = []
    with pytest.raises(OrderRefused, match="TRON_NODE_URL"):
        place(kind=Kind.MONITOR, watcher="own")
