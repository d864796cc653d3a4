"""From any number that a caller may hold to the right order: one search box, one click."""

from itertools import count
from urllib.parse import urlsplit

from playwright.sync_api import expect

from orders.models import CallbackLog, Order
from orders.states import OrderStatus
from providers.base import Kind
from providers.models import ProviderAccount
from providers.money import format_units
from providers.sandbox.outcomes import published
from tests.browser.conftest import numbers
from tests.browser.tasks.conftest import AtWork
from tests.browser.tasks.hand import Hand
from tests.flows.customer import Customer
from tests.waiting import wait_until

Accounts = dict[str, ProviderAccount]
hosts = count(1)


def finished(order: Order) -> Order:
    wait_until(lambda: Order.objects.get(pk=order.pk).status == OrderStatus.SUCCEEDED)
    return Order.objects.get(pk=order.pk)


def find(hand: Hand, term: str, order: Order) -> None:
    """At most one click beyond the search."""
    hand.page.goto("/admin/")
    hand.clicks = 0
    hand.search(term)
    if f"/order/{order.pk}/" not in hand.page.url:
        hand.click(hand.page.locator(".bo-card").get_by_role("link", name=order.number).first)
    expect(hand.page.locator(".bo-head h2")).to_contain_text(order.number)
    assert hand.clicks <= 1, term


def test_the_right_order_is_one_search_and_one_click_away(
    at_work: AtWork, customer: Customer, accounts: Accounts
) -> None:
    address = published(f"found {next(numbers)}")
    bought = customer.place(Kind.COLLECT, address, accounts["itrx"])
    awaited = customer.place(Kind.MONITOR, published(f"awaited {next(numbers)}"), accounts["crossingpay"])
    others = [
        customer.place(Kind.COLLECT, published(f"other {next(numbers)}"), accounts["itrx"]) for _ in "12"
    ]
    bought, awaited = finished(bought), finished(awaited)
    txid = bought.attempts.get().txid
    assert len(txid) == 64
    assert len({bought.pk, awaited.pk, *(each.pk for each in others)}) == 4

    hand = at_work("Support")
    for term in (
        txid,
        f"0x{txid.upper()}",
        address,
        bought.number,
        bought.external_id,
        customer.merchant.name,
    ):
        find(hand, term, bought)
    for term in (awaited.payment.txid, f"{format_units(awaited.amount_micro or 0)} usdt"):
        find(hand, term, awaited)


def test_the_host_of_a_callback_leads_to_the_order_it_was_of(
    at_work: AtWork, customer: Customer, accounts: Accounts
) -> None:
    usual = urlsplit(customer.merchant.default_callback_url)
    host = f"127.0.77.{next(hosts)}:{usual.port}"  # nobody listens there
    customer.merchant.default_callback_url = f"http://{host}/in"
    order = customer.place(Kind.COLLECT, published(f"host {next(numbers)}"), accounts["itrx"])
    wait_until(lambda: CallbackLog.objects.filter(order=order, host=host).exists())
    find(at_work("Support"), host, order)
