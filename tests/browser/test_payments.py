"""A deposit is paid a cent short on the sandbox's chain: staff find it, attach it, see it swept, and take it back."""

import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import override_settings
from django.utils import timezone
from playwright.sync_api import expect

from orders.models import (
    Approval,
    ApprovalKind,
    ChainCursor,
    Order,
    Payment,
    Sweep,
    SweepPolicy,
    Transfer,
    Wallet,
)
from orders.services import approvals, sweep_rules, wallets
from orders.states import OrderStatus
from orders.sweeps import SweepStatus
from providers.base import Kind
from providers.models import ProviderAccount
from providers.tron import wallet_keys
from tests.browser.conftest import LogIn
from tests.chain import address_of
from tests.flows.customer import Customer
from tests.flows.stack import Stack
from tests.flows.upstreams import VERIFIED, Upstreams
from tests.waiting import wait_until

LONG = 120_000
SECONDS = 240
NETWORK = "browser"
QUICK = {"block_seconds": "0.3", "lag_blocks": 2}
USUAL = {"block_seconds": "3", "lag_blocks": 4}


@pytest.fixture
def own_node(
    stack: Stack, upstreams: Upstreams, accounts: dict[str, ProviderAccount], tmp_path: Path
) -> Iterator[None]:
    """Watcher and signer on the sandbox's chain, which makes its blocks quickly; one account sells energy."""
    key = wallet_keys.generate()
    (tmp_path / "keys").write_text(key)
    node = {"name": "sandbox", "url": upstreams.url, "solidity_url": "", "api_key": ""}
    # A network of its own: other tests have other chains in the same database.
    variables = {"TRON_NETWORK": NETWORK, "TRON_NODE_URL": upstreams.url, "TRON_REQUESTS_PER_SECOND": "0"}
    others = list(ProviderAccount.objects.filter(enabled=True).exclude(pk=accounts["itrx"].pk))
    upstreams.sandbox.control("chain/settings", **QUICK)
    ProviderAccount.objects.filter(pk__in=[each.pk for each in others]).update(enabled=False)
    with override_settings(TRON_NODES=[node], WALLET_PUBLIC_KEY=wallet_keys.public_of(key)):
        programs = [
            stack.start("watch_chain", **variables),
            stack.start("sign_sweeps", "--keys-file", str(tmp_path / "keys"), "--pause", "0.2", **variables),
        ]
        try:
            wait_until(
                lambda: ChainCursor.objects.filter(network=NETWORK).exclude(number=None).exists(),
                seconds=SECONDS,
            )
            yield
        finally:
            for each in programs:
                each.close()
            ProviderAccount.objects.filter(pk__in=[each.pk for each in others]).update(enabled=True)
            upstreams.sandbox.control("chain/settings", **USUAL)


@pytest.fixture
def wallet(own_node: None, customer: Customer, people: dict[str, User]) -> Wallet:
    """Of ours, with a cold wallet behind it."""
    now, cold = timezone.now(), address_of("cold wallet of the browser")
    approval = approvals.propose_cold_wallet(
        customer.merchant, address=cold, label="", reason="tests", user=people["Administrator"], now=now
    )
    approvals.grant(approval, user=people["Finance"], note="", now=now)
    sweep_rules.save(
        SweepPolicy(merchant=customer.merchant, minimum_micro=0), user=people["Administrator"], now=now
    )
    return wallets.import_wallet(
        customer.merchant, private_key=secrets.token_bytes(32), label="till", now=now
    )


def test_a_payment_that_is_a_cent_short_is_attached_called_back_and_swept(
    log_in: LogIn, customer: Customer, wallet: Wallet, upstreams: Upstreams
) -> None:
    order = customer.place(Kind.DEPOSIT, wallet.address)
    page = log_in("Finance")

    page.goto(f"{upstreams.url}/chain?address={wallet.address}&amount={(order.amount_micro or 0) / 10**6:f}")
    page.get_by_role("button", name="0.01 short").click()
    wait_until(lambda: Payment.objects.filter(address=wallet.address).exists(), seconds=SECONDS)
    payment = Payment.objects.get(address=wallet.address)

    page.goto(f"/admin/orders/order/{order.pk}/change/")
    expect(page.get_by_text("Nothing that matches has arrived. Nearest: 0.01 USDT short")).to_be_visible()

    page.goto(f"/admin/orders/payment/?status__exact=unmatched&address={wallet.address}")
    row = page.locator("#result_list tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(f"order {order.number}: 0.01 USDT short")
    row.locator("a").first.click()
    candidates = page.locator("#candidates")
    expect(candidates).to_contain_text(order.number)
    expect(candidates).to_contain_text("0.01 USDT short")
    candidates.get_by_role("link", name="attach").click()
    expect(page.locator("[name=order]")).to_have_value(order.number)
    page.fill("[name=reason]", "the exchange kept a cent")
    page.get_by_role("button", name="Attach").click()
    page.wait_for_url(re.compile(rf"/order/{order.pk}/change/$"))
    expect(page.locator(".bo-head").first).to_contain_text("succeeded", ignore_case=True)
    expect(page.locator("#order-live")).to_contain_text("The merchant was told", timeout=LONG)
    assert [each.verdict for each in upstreams.arrived(customer.inbox, naming=payment.txid)] == [VERIFIED]

    done = Sweep.objects.filter(wallet=wallet, status=SweepStatus.DONE)
    wait_until(done.exists, seconds=SECONDS)
    sweep = done.get()
    page.goto(f"/admin/orders/order/{order.pk}/change/")
    page.get_by_role("link", name=str(sweep)).click()
    content = page.locator("#content-main")
    expect(content).to_contain_text("done", ignore_case=True)
    expect(content).to_contain_text(order.number)
    expect(content.get_by_role("link", name=sweep.order.number if sweep.order else "–")).to_be_visible()
    assert Order.objects.get(pk=order.pk).status == OrderStatus.SUCCEEDED

    page.goto(f"/admin/orders/payment/{payment.pk}/change/")
    page.get_by_role("link", name="Take back").click()
    expect(page.get_by_text("The merchant may have been told that the order is paid")).to_be_visible()
    page.fill("[name=reason]", "it was meant for another")
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("asked to take it back")).to_be_visible()
    asked = Approval.objects.get(kind=ApprovalKind.REVERSE)
    second = log_in("Administrator")
    second.goto(f"/admin/orders/approval/{asked.pk}/grant/")
    second.get_by_role("button", name="Grant").click()
    second.goto(f"/admin/orders/order/{order.pk}/change/")
    expect(second.locator("#order-live")).to_contain_text("a person took its payment back")
    expect(second.locator("#order-live")).to_contain_text("that it had succeeded, and not that it failed")
    assert Transfer.objects.filter(code="sweep_reopened", sweep=sweep).exists()
