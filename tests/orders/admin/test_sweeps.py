"""The pages of sweeps, their rules and targets, and of wallets with keys."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from orders.models import (
    Approval,
    AuditEntry,
    ColdWallet,
    Custody,
    KeyTree,
    Merchant,
    Sweep,
    SweepPolicy,
    Wallet,
)
from orders.services import detecting, sweep_moves, wallets
from orders.sweeps import SweepStatus
from providers.tron import addresses, keys, wallet_keys
from tests.orders.admin.conftest import LogIn, send_form, text
from tests.orders.conftest import ADDRESS, NOW, OTHER_ADDRESS

KEY = bytes(range(1, 33))
KEY_ADDRESS = addresses.from_bytes(keys.address_of(KEY))
LIST = "/admin/orders/sweep/"
PROPOSE = "/admin/orders/coldwallet/propose/"


@pytest.fixture(autouse=True)
def no_node(settings: Settings) -> None:
    settings.TRON_NODES = []
    settings.WALLET_PUBLIC_KEY = wallet_keys.public_of(wallet_keys.generate())


@pytest.fixture
def sweep(merchant: Merchant) -> Sweep:
    wallet = wallets.add_wallet(merchant, address=ADDRESS, label="", custody=Custody.WATCH_ONLY, now=NOW)
    opened = detecting.open_sweep(wallet, now=NOW)
    assert opened is not None
    return opened


def ask_for(client: Client, merchant: Merchant, address: str = OTHER_ADDRESS, **fields: str) -> str:
    values = {
        "merchant": str(merchant.pk),
        "address": address,
        "ends": f"{address[:6]} {address[-6:]}",
        "reason": "sample",
    }
    return text(send_form(client, PROPOSE, **values | fields))


def test_list_and_page_tell_where_it_is(finance: Client, sweep: Sweep) -> None:
    sweep_moves.call_person(sweep, "<b>the wallet</b> is frozen", now=NOW)
    words = text(finance.get(LIST))
    assert "&lt;b&gt;the wallet&lt;/b&gt; is frozen" in words
    assert "needs a person" in words
    words = text(finance.get(f"{LIST}{sweep.pk}/change/"))
    for fact in (ADDRESS, "a deposit was paid", "waiting → needs a person", "Nothing was signed yet."):
        assert fact in words
    assert "Send on again" not in words


def test_an_administrator_sends_it_on_or_cancels_it(administrator: Client, sweep: Sweep) -> None:
    sweep_moves.call_person(sweep, "sample", now=NOW)
    send_form(administrator, f"{LIST}{sweep.pk}/retry/", reason="looked at it")
    assert Sweep.objects.get().status == SweepStatus.DETECTED
    assert (
        "it is waiting now"
        in text(send_form(administrator, f"{LIST}{sweep.pk}/retry/", reason="again")).lower()
    )
    send_form(administrator, f"{LIST}{sweep.pk}/cancel/", reason="not wanted")
    assert Sweep.objects.get().status == SweepStatus.CANCELLED
    assert set(AuditEntry.objects.filter(act__startswith="sweep.").values_list("act", flat=True)) == {
        "sweep.detected",
        "sweep.cancelled",
        "sweep.refused",
    }


@pytest.mark.parametrize("act", ["retry", "cancel"])
def test_others_decide_nothing(finance: Client, support: Client, sweep: Sweep, act: str) -> None:
    for client in (finance, support):
        assert client.post(f"{LIST}{sweep.pk}/{act}/").status_code == 403
        assert client.post(f"{LIST}pause/").status_code == 403
        assert client.get(PROPOSE).status_code == 403


def test_all_sweeps_are_paused_and_resumed(administrator: Client) -> None:
    for paused in (True, False):
        send_form(administrator, f"{LIST}pause/")
        assert SweepPolicy.objects.get(merchant=None).paused is paused
    assert "Pause all" in text(administrator.get(LIST))


def test_rules_of_a_merchant(administrator: Client, merchant: Merchant) -> None:
    add = "/admin/orders/sweeppolicy/add/"
    administrator.post(add, {"merchant": str(merchant.pk), "minimum": "25.5", "payer": "house"})
    policy = SweepPolicy.objects.get(merchant=merchant)
    assert (policy.minimum_micro, policy.most_price_sun, policy.payer) == (25_500_000, None, "house")
    change = f"/admin/orders/sweeppolicy/{policy.pk}/change/"
    assert "25.5" in text(administrator.get(change))
    administrator.post(change, {"minimum": "", "most_price": "7", "paused": "on"})
    policy.refresh_from_db()
    assert (policy.minimum_micro, policy.most_price_sun, policy.paused) == (None, 7_000_000, True)
    assert AuditEntry.objects.filter(act__startswith="sweep_rules.").count() == 2
    assert "number" in text(administrator.post(change, {"minimum": "1e5"}))


def test_a_cold_wallet_takes_two_persons(log_in: LogIn, merchant: Merchant) -> None:
    asks = log_in("Administrator")
    ask_for(asks, merchant)
    approval = Approval.objects.get()
    assert OTHER_ADDRESS in text(asks.get(f"/admin/orders/approval/{approval.pk}/change/"))
    assert not ColdWallet.objects.exists()
    send_form(asks, f"/admin/orders/approval/{approval.pk}/grant/")
    assert not ColdWallet.objects.exists()
    Approval.objects.update(requested_by=_somebody_else())
    send_form(asks, f"/admin/orders/approval/{approval.pk}/grant/")
    assert ColdWallet.objects.get().address == OTHER_ADDRESS
    assert OTHER_ADDRESS in text(asks.get("/admin/orders/coldwallet/"))


def _somebody_else() -> int:
    return User.objects.create(username="somebody else").pk


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"ends": "TNfdtE xxxxxx"}, "not the first and last six"),
        ({"address": "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"}, "USDT contract"),
        ({"address": OTHER_ADDRESS[:-1] + "c"}, "checksum"),
        ({"reason": ""}, "required"),
    ],
)
def test_what_is_no_cold_wallet(
    administrator: Client, merchant: Merchant, fields: dict[str, str], words: str
) -> None:
    assert words in ask_for(administrator, merchant, **fields)
    assert not Approval.objects.exists()


def test_a_deposit_wallet_is_no_cold_wallet(administrator: Client, sweep: Sweep) -> None:
    words = ask_for(administrator, sweep.merchant, ADDRESS, ends=ADDRESS[:6] + ADDRESS[-6:])
    assert "in circles" in words


def register(client: Client, merchant: Merchant, **fields: str) -> str:
    return text(
        client.post("/admin/orders/wallet/add/", {"merchant": str(merchant.pk)} | fields, follow=True)
    )


def test_an_imported_key_is_sealed_and_never_shown(administrator: Client, merchant: Merchant) -> None:
    words = register(administrator, merchant, kind="imported", private_key=KEY.hex())
    wallet = Wallet.objects.get()
    assert (wallet.address, wallet.custody) == (KEY_ADDRESS, Custody.OURS)
    assert wallet.sealed_key.startswith("hpke1:")
    words += text(administrator.get(f"/admin/orders/wallet/{wallet.pk}/change/"))
    words += str(list(AuditEntry.objects.values()))
    assert KEY.hex() not in words
    assert wallet.sealed_key not in words
    assert "No node could be asked about it." in words


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"private_key": "ab" * 31}, "no private key"),
        ({"private_key": "zz" * 32}, "no private key"),
        ({"private_key": ""}, "needs its private key"),
        ({"private_key": KEY.hex(), "address": ADDRESS}, "key of another address"),
        ({"kind": "derived"}, "Choose the key tree"),
        ({"kind": "watch_only"}, "Enter the address"),
        ({"kind": "nonsense"}, "valid choice"),
    ],
)
def test_what_is_not_registered(
    administrator: Client, merchant: Merchant, fields: dict[str, str], words: str
) -> None:
    shown = register(administrator, merchant, **{"kind": "imported"} | fields)
    assert words in shown
    assert not Wallet.objects.exists()
    assert not fields.get("private_key") or fields["private_key"] not in shown


def test_the_next_wallet_of_a_tree(administrator: Client, merchant: Merchant) -> None:
    tree = wallets.add_tree(label="sample tree", seed=bytes(32), now=NOW)
    for _ in range(2):
        register(administrator, merchant, kind="derived", key_tree=str(tree.pk))
    assert list(Wallet.objects.order_by("id").values_list("tree_index", flat=True)) == [0, 1]
    assert KeyTree.objects.get().next_index == 2
    assert "sample tree, number 1" in text(administrator.get("/admin/orders/wallet/"))
