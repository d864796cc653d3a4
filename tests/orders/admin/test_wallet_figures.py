"""What the chain said of wallets: on the balances page, the wallet's page and the home page."""

from typing import Any

import pytest
from django.test import Client
from django_q.models import OrmQ
from pytest_django import Settings

from orders.models import AuditEntry, Custody, Merchant, Payment, TokenTerms, Wallet, WalletBalance
from orders.services import wallets
from tests.orders.admin.conftest import send_form, text
from tests.orders.conftest import ADDRESS, NOW
from tests.reader import NODE

BALANCES = "/admin/orders/ledgeraccount/balances/"
WALLETS = "/admin/orders/wallet/"


@pytest.fixture
def wallet(merchant: Merchant) -> Wallet:
    """Our books have 5 USDT in it, the chain has 12.5."""
    wallet = wallets.add_wallet(merchant, address=ADDRESS, label="till", custody=Custody.OURS, now=NOW)
    Payment.objects.create(
        txid="a" * 64,
        log_index=0,
        address=ADDRESS,
        merchant=merchant,
        amount_micro=5_000_000,
        paid_at=NOW,
        received_at=NOW,
    )
    WalletBalance.objects.create(
        wallet=wallet,
        usdt_micro=12_500_000,
        trx_sun=3_000_000,
        energy=65_000,
        bandwidth=600,
        is_active=True,
        read_at=NOW,
        tried_at=NOW,
    )
    return wallet


def test_the_chain_stands_beside_the_books(wallet: Wallet, finance: Client) -> None:
    page = text(finance.get(BALANCES))
    for words in ("till", "12.50", "5.00", "7.50", "3.00", "65,000", "600", "2026-03-01 12:00:00 UTC"):
        assert words in page, words
    assert "12.50" in text(finance.get(WALLETS))
    assert "65,000 / 600" in text(finance.get(f"{WALLETS}{wallet.pk}/change/"))


def test_one_that_was_not_read_and_one_that_could_not_be(wallet: Wallet, finance: Client) -> None:
    WalletBalance.objects.update(problem="no node may be asked", is_blacklisted=True)
    page = text(finance.get(BALANCES))
    assert "no node may be asked" in page
    assert "frozen by USDT" in page
    WalletBalance.objects.all().delete()
    assert "not read yet" in text(finance.get(BALANCES))
    assert "not read yet" in text(finance.get(f"{WALLETS}{wallet.pk}/change/"))


def test_finance_has_them_read_by_a_worker(wallet: Wallet, finance: Client, support: Client) -> None:
    assert send_form(finance, f"{BALANCES}refresh/")["Location"] == f"{BALANCES}#wallets"
    task = OrmQ.objects.get().task
    assert (task["func"], task["args"]) == ("orders.tasks.read_wallet", (wallet.pk,))
    assert AuditEntry.objects.get(act="ledgeraccount.refresh").after == {"wallets": [ADDRESS]}
    assert support.post(f"{BALANCES}refresh/").status_code == 403


@pytest.mark.parametrize("page", ["abc", "0", "9" * 30, "-1"])
def test_a_page_that_is_none_is_no_error(wallet: Wallet, finance: Client, page: str) -> None:
    assert finance.get(BALANCES, {"wallets": page}).status_code == 200


def test_notices_of_a_frozen_wallet_and_of_new_terms(
    wallet: Wallet, administrator: Client, settings: Settings
) -> None:
    settings.TRON_NODES = [NODE]
    terms = TokenTerms.objects.create(network="mainnet", read_at=NOW)
    assert names(administrator).isdisjoint({"Wallets frozen by USDT", "USDT keeps a fee or stands still"})
    WalletBalance.objects.update(is_blacklisted=True)
    TokenTerms.objects.filter(pk=terms.pk).update(fee_basis_points=10)
    assert {"Wallets frozen by USDT", "USDT keeps a fee or stands still"} <= names(administrator)
    assert "10 hundredths of a percent" in text(administrator.get(BALANCES))
    assert list(administrator.get(WALLETS, {"frozen": "yes"}).context["cl"].result_list) == [wallet]
    assert list(administrator.get(WALLETS, {"frozen": "x"}).context["cl"].result_list) == []


def names(client: Client) -> set[str]:
    context: Any = client.get("/admin/").context
    return {figure.name for figure in context["needs"] if figure.is_alarm}
