"""Why has it not finished, not been called back, not been paid? In words, at the top of the order's page."""

import re

from playwright.sync_api import Page, expect

from orders.models import CallbackLog, Order
from orders.states import OrderStatus
from providers.base import Kind
from providers.models import ProviderAccount
from providers.money import format_units
from providers.sandbox.outcomes import Outcome, published
from tests.browser.conftest import LogIn, numbers
from tests.flows.customer import Customer
from tests.flows.upstreams import Upstreams
from tests.waiting import wait_until

Accounts = dict[str, ProviderAccount]


def told(page: Page, order: Order, words: re.Pattern[str]) -> None:
    """Seen without scrolling."""
    page.goto(f"/admin/orders/order/{order.pk}/change/")
    story = page.locator(".bo-story")
    expect(story).to_have_text(words)
    expect(story).to_be_in_viewport(ratio=1)


def test_it_is_answered_at_the_top_of_the_page(
    log_in: LogIn, customer: Customer, accounts: Accounts, upstreams: Upstreams
) -> None:
    page = log_in("Support")
    upstreams.next_purchases(accounts["itrx"], Outcome.NEVER)
    stuck = customer.place(Kind.COLLECT, published(f"stuck {next(numbers)}"), accounts["itrx"])
    wait_until(lambda: Order.objects.get(pk=stuck.pk).status == OrderStatus.ACCEPTED)
    account = re.escape(accounts["itrx"].label)
    told(
        page,
        stuck,
        re.compile(rf"{account} has accepted it .* a person is called .* The merchant is told when", re.S),
    )

    upstreams.next_purchases(accounts["crossingpay"], Outcome.NEVER_PAID)
    unpaid = customer.place(Kind.MONITOR, published(f"unpaid {next(numbers)}"), accounts["crossingpay"])
    wait_until(lambda: Order.objects.get(pk=unpaid.pk).status == OrderStatus.WAITING)
    amount = re.escape(format_units(unpaid.amount_micro or 0, least_decimals=2))
    told(page, unpaid, re.compile(rf"watches for exactly {amount} USDT to this address until"))
    expect(page.locator(".bo-verdict")).to_have_text(re.compile("An upstream watches this order"))

    customer.merchant.default_callback_url = "http://127.0.78.1:65535/in"  # nobody listens there
    silent = customer.place(Kind.COLLECT, published(f"silent {next(numbers)}"), accounts["itrx"])
    wait_until(lambda: CallbackLog.objects.filter(order=silent).exclude(direction="in").exists())
    told(
        page,
        silent,
        re.compile(r"Try \d+ of the callback (failed: .* The next one is at|is on its way)", re.S),
    )
