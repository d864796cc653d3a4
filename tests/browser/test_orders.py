"""Support at work: each kind of order, placed in the browser, watched to its end on its own page."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from orders.models import Order
from orders.services.wallets import add_wallet
from providers.models import ProviderAccount
from providers.sandbox.outcomes import Outcome, published
from tests.browser.conftest import LogIn, numbers
from tests.flows.customer import Customer
from tests.flows.upstreams import VERIFIED, Upstreams
from tests.waiting import wait_until

Accounts = dict[str, ProviderAccount]
LONG = 60_000


def fill(page: Page, **values: Any) -> None:
    for name, value in values.items():
        field = page.locator(f"#order-form [name={name}]")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(str(value))
        else:
            field.fill(str(value))


def new_order(page: Page, customer: Customer, kind: str, **values: Any) -> None:
    page.goto(f"/admin/orders/order/add/?kind={kind}&merchant={customer.merchant.pk}")
    fill(page, **values)


def submit(page: Page) -> Order:
    page.click("#order-form button[type=submit]")
    page.wait_for_url("**/change/")
    return Order.objects.get(pk=int(page.url.rstrip("/").split("/")[-2]))


def address() -> str:
    """One that no test has used, so that nothing is scripted for it."""
    return published(f"browser {next(numbers)}")


@pytest.mark.parametrize(
    ("kind", "account", "values"),
    [
        ("collect", "itrx", {"to_address": published("someone"), "scene": 0}),
        ("energy", "tronzap", {"energy": 65000, "duration_hours": 1}),
        ("bandwidth", "tronzap", {"bandwidth": 1000}),
        ("bundle", "tronzap", {"energy": 65000, "bandwidth": 345}),
        ("activation", "tronzap", {}),
        ("monitor", "crossingpay", {"amount": "100.29"}),
        ("deposit", "crossingpay", {"amount": "250.5"}),
    ],
)
def test_every_kind_is_placed_and_moves_by_itself_to_success(
    log_in: LogIn,
    customer: Customer,
    accounts: Accounts,
    upstreams: Upstreams,
    kind: str,
    account: str,
    values: dict[str, Any],
) -> None:
    where = address()
    if kind == "deposit":
        add_wallet(customer.merchant, address=where, label="", now=customer.merchant.created_at)
    page = log_in("Support")
    choice = accounts[account].pk
    new_order(page, customer, kind, address=where, external_id=f"S-{kind}", account_choice=choice, **values)
    expect(page.locator("#order-quote")).to_contain_text("Available after", timeout=LONG)
    order = submit(page)
    # Nothing is reloaded from here on.
    expect(page.locator(".bo-head").first).to_contain_text("succeeded", timeout=LONG, ignore_case=True)
    live = page.locator("#order-live")
    for section in ("Timeline", "Attempts", "Provider calls", "Money", "Callbacks to the merchant"):
        expect(live).to_contain_text(section)
    expect(live).to_contain_text(accounts[account].label)
    expect(live.locator("a[href*='tronscan.org']").first).to_be_visible()
    expect(live).to_contain_text("callback delivered", timeout=LONG)
    mark = customer.event_mark(order)
    assert [one.verdict for one in upstreams.arrived(customer.inbox, naming=mark)] == [VERIFIED]


@pytest.mark.parametrize(
    ("kind", "account", "outcome", "shown", "told"),
    [
        ("collect", "itrx", Outcome.REFUSE, "failed", "refused"),
        ("collect", "itrx", Outcome.SLOW, "succeeded", "accepted"),  # the callback outruns the answer
        ("collect", "itrx", Outcome.ERROR500_EXECUTED, "succeeded", "outcome unknown"),
        ("collect", "itrx", Outcome.NO_CALLBACK, "succeeded", "None came in"),
        ("collect", "itrx", Outcome.FORGED_CALLBACK, "succeeded", "bad signature"),
        ("monitor", "crossingpay", Outcome.WRONG_AMOUNT, "needs a person", "1 USDT over"),
    ],
)
def test_what_goes_wrong_is_told_on_the_page(
    log_in: LogIn,
    customer: Customer,
    accounts: Accounts,
    upstreams: Upstreams,
    kind: str,
    account: str,
    outcome: Outcome,
    shown: str,
    told: str,
) -> None:
    upstreams.next_purchases(accounts[account], outcome)
    page = log_in("Support")
    values = {"amount": f"{next(numbers)}.29"} if kind == "monitor" else {}
    new_order(page, customer, kind, address=address(), account_choice=accounts[account].pk, **values)
    submit(page)
    expect(page.locator(".bo-head").first).to_contain_text(shown, timeout=LONG, ignore_case=True)
    expect(page.locator("#content-main, main, body").first).to_contain_text(
        told, timeout=LONG, ignore_case=True
    )


def test_a_double_click_makes_one_order(log_in: LogIn, customer: Customer) -> None:
    page = log_in("Support")
    new_order(page, customer, "energy", address=address(), energy=65000)
    page.dblclick("#order-form button[type=submit]")
    page.wait_for_url("**/change/")
    assert customer.merchant.orders.count() == 1


def test_a_merchant_that_is_short_is_refused_clearly_and_nothing_is_stored(
    log_in: LogIn, customer: Customer
) -> None:
    page = log_in("Support")
    new_order(page, customer, "energy", address=address(), energy=100_000_000, duration_hours=720)
    expect(page.locator("#order-quote [role=alert]")).to_contain_text("Insufficient funds", timeout=LONG)
    page.click("#order-form button[type=submit]")
    expect(page.locator("main, body").first).to_contain_text("Insufficient funds", timeout=LONG)
    assert not customer.merchant.orders.exists()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("TExWKszFWYTKZH8LYiovAPKzS3L9MLZ4kx", "checksum"),
        ("texwkszfwytkzh8lyiovapkzs3l9mlz4kw", ""),
        ("<script>alert(1)</script>", ""),
        ("", "required"),
    ],
)
def test_a_bad_address_is_told_at_its_field(log_in: LogIn, customer: Customer, text: str, fault: str) -> None:
    page = log_in("Support")
    new_order(page, customer, "energy", address=text, energy=65000)
    page.click("#order-form button[type=submit]")
    page.wait_for_load_state()
    expect(page.locator("#order-form")).to_contain_text(fault, timeout=LONG, ignore_case=True)
    expect(page.locator("#order-form [name=address]")).to_have_value(text)
    assert not customer.merchant.orders.exists()


def test_a_callback_can_be_resent_from_the_order_page(
    log_in: LogIn, customer: Customer, upstreams: Upstreams
) -> None:
    page = log_in("Support")
    new_order(page, customer, "collect", address=address())
    order = submit(page)
    expect(page.locator("#order-live")).to_contain_text("callback delivered", timeout=LONG)
    page.get_by_text("Resend the callback").click()
    page.fill("[name=reason]", "they lost it")
    page.locator("button[type=submit]:has-text('Resend')").click()
    arrived = wait_until(lambda: len(upstreams.arrived(customer.inbox, naming=order.serial)) == 2)
    assert arrived
    marks = {one.identity for one in upstreams.arrived(customer.inbox, naming=order.serial)}
    assert len(marks) == 1, "the same event both times"
