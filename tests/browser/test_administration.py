"""Administrators set things up, finance reads, support may neither see secrets nor move money."""

import re

import pytest
from playwright.sync_api import Page, expect

from orders.models import ApiCredential, Approval, AuditEntry, Merchant
from orders.services import ledger
from providers.models import ProviderAccount
from providers.sandbox.accounts import Dialect, NewAccount
from tests.browser.conftest import LogIn, numbers
from tests.flows.customer import TOP_UP_SUN, Customer
from tests.flows.upstreams import Upstreams

LONG = 60_000


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=re.compile(words)).last.click()


def shown_pair(page: Page) -> tuple[str, str]:
    """Key and secret of the page that shows them once."""
    expect(page.locator(".bo-secret")).to_have_count(2, timeout=LONG)
    key, secret = (
        page.locator(".bo-secret").nth(number).locator("code, .bo-copy, button, span").first
        for number in (0, 1)
    )
    return key.inner_text().split()[0], secret.inner_text().split()[0]


def test_a_merchant_gets_a_pair_that_is_shown_once_rotated_and_revoked(log_in: LogIn) -> None:
    page = log_in("Administrator")
    name = f"Browser made {next(numbers)}"
    page.goto("/admin/orders/merchant/add/")
    page.fill("[name=name]", name)
    page.locator("button[name=_save], input[name=_save]").first.click()
    page.wait_for_url(re.compile(r"/admin/orders/merchant/(\d+/change/)?$"))
    merchant = Merchant.objects.get(name=name)
    page.goto(f"/admin/orders/apicredential/add/?merchant={merchant.pk}")
    page.select_option("[name=dialect]", "itrx")
    press(page, "Issue")
    _, secret = shown_pair(page)
    assert len(secret) == 64
    page.reload()
    assert secret not in page.content()
    assert ApiCredential.objects.filter(merchant=merchant).count() == 1
    credential = ApiCredential.objects.get(merchant=merchant)
    page.goto(f"/admin/orders/apicredential/{credential.pk}/change/")
    assert secret not in page.content()
    page.goto(f"/admin/orders/apicredential/{credential.pk}/rotate/")
    page.check("[name=grace][value='24h']")
    press(page, "Rotate")
    _, new_secret = shown_pair(page)
    assert new_secret != secret
    credential.refresh_from_db()
    assert credential.retires_at is not None
    page.goto(f"/admin/orders/apicredential/{credential.pk}/revoke/")
    press(page, "Revoke now")
    expect(page.locator("body")).to_contain_text("is revoked", timeout=LONG)
    credential.refresh_from_db()
    assert credential.revoked_at is not None
    acts = set(AuditEntry.objects.values_list("act", flat=True))
    assert {"credential.issue", "credential.rotate", "credential.revoke"} <= acts


def test_a_provider_account_is_added_tested_and_its_keys_replaced(
    log_in: LogIn, upstreams: Upstreams
) -> None:
    label = f"browser added {next(numbers)}"
    upstreams._issue(NewAccount(dialect=Dialect.ITRX, name=label, key="K-NEW", secret="S-NEW"), None, 1)
    page = log_in("Administrator")
    page.goto("/admin/providers/provideraccount/add/")
    page.select_option("[name=kind]", "itrx")
    page.fill("[name=label]", label)
    page.fill("[name=base_url]", upstreams.url)
    page.fill("[name=key]", "K-NEW")
    page.fill("[name=secret]", "S-WRONG")
    page.locator("button[name=_save], input[name=_save]").first.click()
    page.wait_for_load_state()
    account = ProviderAccount.objects.get(label=label)
    page.goto(f"/admin/providers/provideraccount/{account.pk}/change/")
    assert "K-NEW" not in page.content()
    page.goto(f"/admin/providers/provideraccount/{account.pk}/replace-keys/")
    page.fill("[name=key]", "K-NEW")
    page.fill("[name=secret]", "S-NEW")
    page.check("[name=grace][value='24h']")
    press(page, "Replace")
    page.wait_for_url("**/change/")
    press(page, "Test now")
    expect(page.locator("body")).to_contain_text("100,000", timeout=LONG)
    account.refresh_from_db()
    assert (account.health, account.balance_sun) == ("healthy", 100_000_000_000)


def test_support_proposes_a_top_up_and_an_administrator_grants_it(log_in: LogIn, customer: Customer) -> None:
    support = log_in("Support")
    support.goto(f"/admin/orders/merchant/{customer.merchant.pk}/top-up/")
    support.fill("[name=amount]", "12.5")
    support.fill("[name=reason]", "bank reference 77")
    press(support, "Ask for it")
    expect(support.locator("body")).to_contain_text("Another person must grant it", timeout=LONG)
    assert ledger.available_sun(customer.merchant) == TOP_UP_SUN
    approval = Approval.objects.get(merchant=customer.merchant)
    administrator = log_in("Administrator")
    administrator.goto(f"/admin/orders/approval/{approval.pk}/grant/")
    expect(administrator.locator("body")).to_contain_text("12.5")
    press(administrator, "Grant")
    administrator.wait_for_load_state()
    assert ledger.available_sun(customer.merchant) == TOP_UP_SUN + 12_500_000


@pytest.mark.parametrize(
    "path",
    [
        "orders/apicredential/add/",
        "orders/merchant/add/",
        "orders/ledgeraccount/",
        "orders/transfer/",
        "orders/auditentry/",
        "providers/provideraccount/add/",
        "auth/user/",
    ],
)
def test_support_is_refused_where_secrets_and_money_are(log_in: LogIn, path: str) -> None:
    page = log_in("Support")
    answer = page.goto(f"/admin/{path}")
    assert answer is not None
    assert answer.status == 403


@pytest.mark.parametrize("path", ["orders/order/add/", "orders/apicredential/add/", "orders/merchant/add/"])
def test_finance_creates_neither_orders_nor_credentials(log_in: LogIn, path: str) -> None:
    page = log_in("Finance")
    answer = page.goto(f"/admin/{path}")
    assert answer is not None
    assert answer.status == 403


def test_finance_reads_balances_ledger_and_the_filtered_callback_log(
    log_in: LogIn, customer: Customer
) -> None:
    page = log_in("Finance")
    for path, words in (
        ("orders/ledgeraccount/balances/", customer.merchant.name),
        ("orders/ledgeraccount/", "available"),
        ("orders/transfer/", "top-up"),
        (f"orders/callbacklog/?merchant__id__exact={customer.merchant.pk}", "allback"),
    ):
        answer = page.goto(f"/admin/{path}")
        assert answer is not None
        assert answer.status == 200, path
        expect(page.locator("body")).to_contain_text(words)
