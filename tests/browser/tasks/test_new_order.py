"""Each kind of order is created on one page, which shows price and balance before it is confirmed."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from orders.models import Order
from orders.services.wallets import add_wallet
from providers.models import ProviderAccount
from providers.sandbox.outcomes import published
from tests.browser.conftest import numbers
from tests.browser.tasks.conftest import AtWork
from tests.flows.customer import Customer

NEW = "/admin/orders/order/add/"


def fill(page: Page, values: dict[str, Any]) -> None:
    for name, value in values.items():
        field = page.locator(f"#order-form [name={name}]")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(str(value))
        else:
            field.fill(str(value))


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("Collect", {"to_address": published("someone"), "scene": 0}),
        ("Energy", {"energy": 65000, "duration_hours": 1}),
        ("Bandwidth", {"bandwidth": 1000}),
        ("Bundle", {"energy": 65000, "bandwidth": 345}),
        ("Activation", {}),
        ("Monitor", {"amount": "100.29"}),
        ("Deposit", {"amount": "250.5"}),
    ],
)
def test_an_order_is_created_on_one_page(
    at_work: AtWork,
    customer: Customer,
    accounts: dict[str, ProviderAccount],
    kind: str,
    values: dict[str, Any],
) -> None:
    address = published(f"task {next(numbers)}")
    if kind == "Deposit":
        add_wallet(customer.merchant, address=address, label="", now=customer.merchant.created_at)
    hand = at_work("Support")
    page = hand.page
    hand.open("New order")
    hand.click(page.locator("#content-main").get_by_role("link", name=kind, exact=True))
    hand.choose(page.locator("#order-merchant select"), customer.merchant.name)
    page.wait_for_url("**merchant=*")
    fill(page, {"address": address, **values})
    quote = page.locator("#order-quote")
    for words in ("Available", "Price", "Available after"):
        expect(quote).to_contain_text(words)
    assert not Order.objects.filter(merchant=customer.merchant).exists()
    opened = set(hand.pages)
    hand.click(page.locator("#order-form button[type=submit]"))
    page.wait_for_url("**/change/")
    assert opened <= {"/admin/", NEW}
    assert Order.objects.get(merchant=customer.merchant).kind == kind.lower()
    assert hand.clicks <= 3
