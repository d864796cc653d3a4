"""Support's tasks without a pointer, and what the keyboard meets on any page."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from orders.models import Callback, Order
from orders.services.wallets import add_wallet
from orders.states import CallbackStatus
from providers.base import Kind
from providers.models import ProviderAccount
from providers.sandbox.outcomes import published
from tests.browser.conftest import CALLBACKS, LogIn, numbers, yesterday
from tests.browser.tasks.conftest import AtKeyboard
from tests.browser.tasks.keyboard import Keyboard, most_stops
from tests.flows.customer import Customer
from tests.waiting import wait_until

Accounts = dict[str, ProviderAccount]
ROUND = ("/admin/", "/admin/orders/order/", "/admin/orders/order/add/", "/admin/orders/callback/")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name).last


def test_support_finds_an_order_reads_why_and_resends_its_callback(
    at_keyboard: AtKeyboard, customer: Customer, accounts: Accounts
) -> None:
    order = customer.place(Kind.COLLECT, published(f"keys {next(numbers)}"), accounts["itrx"])
    told = Callback.objects.filter(order=order, status=CallbackStatus.DELIVERED)
    wait_until(told.exists)
    keys = at_keyboard("Support")
    keys.search(order.number)
    expect(keys.page).to_have_url(re.compile("/change/"))
    expect(keys.page.locator(".bo-story")).to_be_in_viewport(ratio=1)
    keys.link("Resend the callback")
    keys.type(keys.page.locator("[name=reason]"), "they lost it")
    keys.button("Resend")
    expect(keys.page.locator("body")).to_contain_text("sent again, with the same event id")


def test_support_resends_an_hour_of_one_merchant(
    at_keyboard: AtKeyboard, customer: Customer, told: list[Callback]
) -> None:
    keys = at_keyboard("Support")
    page, bar = keys.page, keys.page.locator("#quick-filter")
    keys.open("Callbacks")
    keys.type(bar.locator("select"), customer.merchant.name)
    for end, clock in (("from", "0200PM"), ("to", "0300PM")):
        keys.type(bar.locator(f"[name=created_at_{end}_0]"), f"{yesterday():%m%d%Y}")
        keys.type(bar.locator(f"[name=created_at_{end}_1]"), clock)
    keys.follow(bar.get_by_role("button", name="Show"))
    keys.link("Resend all that match")
    expect(page.locator(".bo-act-facts dd").first).to_have_text(str(CALLBACKS))
    keys.type(page.locator("[name=reason]"), "they lost an hour")
    keys.button(f"Resend {CALLBACKS}")
    expect(page.locator("[data-field=label]")).to_have_text("done")
    expect(page.locator("[data-count=delivered]")).to_have_text(str(CALLBACKS))


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("Collect", {"to_address": published("someone")}),
        ("Energy", {"energy": "65000"}),
        ("Bandwidth", {"bandwidth": "1000"}),
        ("Bundle", {"energy": "65000", "bandwidth": "345"}),
        ("Activation", {}),
        ("Monitor", {"amount": "100.29"}),
        ("Deposit", {"amount": "250.5"}),
    ],
)
def test_support_places_an_order_of_each_kind(
    at_keyboard: AtKeyboard, customer: Customer, accounts: Accounts, kind: str, values: dict[str, str]
) -> None:
    address = published(f"keys {next(numbers)}")
    if kind == "Deposit":
        add_wallet(customer.merchant, address=address, label="", now=customer.merchant.created_at)
    keys = at_keyboard("Support")
    page = keys.page
    keys.open("New order")
    keys.follow(page.locator("#content-main").get_by_role("link", name=kind, exact=True))
    keys.type(page.locator("#order-merchant select"), customer.merchant.name)
    keys.enter()
    expect(page.locator("#order-merchant option:checked")).to_have_text(customer.merchant.name)
    for name, text in {"address": address, **values}.items():
        keys.type(page.locator(f"#order-form [name={name}]"), text)
    expect(page.locator("#order-quote")).to_contain_text("Available after")
    keys.follow(page.locator("#order-form button[type=submit]"))
    expect(page).to_have_url(re.compile("/change/"))
    assert Order.objects.get(merchant=customer.merchant).kind == kind.lower()


def test_a_fault_has_the_focus(at_keyboard: AtKeyboard, customer: Customer) -> None:
    keys = at_keyboard("Support")
    keys.search(customer.merchant.name)
    keys.link("Ask for a top-up")
    keys.type(keys.page.locator("[name=reason]"), "no amount")
    with keys.page.expect_navigation():
        keys.press(button(keys.page, "Ask for it"))
    expect(keys.page.locator("[name=amount]")).to_be_focused()


def test_the_filters_and_the_menu_of_the_person_open_by_keys(log_in: LogIn) -> None:
    page = log_in("Administrator")
    keys = Keyboard(page)
    page.goto("/admin/orders/auditentry/")
    keys.to_content()
    keys.press(button(page, "Filters"))
    sheet = page.locator("#changelist-filter")
    expect(sheet).to_be_visible()
    page.wait_for_function("document.getElementById('changelist-filter').contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(button(page, "Filters")).to_be_focused()
    keys.press(button(page, "Filters"))
    keys.type(sheet.locator("[name=act__startswith], [name=act_startswith]").first, "login")
    page.keyboard.press("Enter")
    page.wait_for_url("**act*startswith=login**")

    keys.go_to(page.locator("[role=button]", has_text="browser-administrator"))
    page.keyboard.press("Enter")
    keys.press(button(page, "Dark"))
    expect(page.locator("html")).to_have_class(re.compile("dark"))
    expect(page.locator("#logout-form button")).to_be_visible()
    keys.go_to(page.locator("#logout-form button"))


def test_no_page_holds_the_focus_for_ever(log_in: LogIn) -> None:
    page = log_in("Administrator")
    for path in ROUND:
        page.goto(path)
        page.keyboard.press("Tab")
        first = page.locator(".bo-skip")
        expect(first).to_be_focused()
        # As long as other tests left the lists.
        stops, most = 1, most_stops(page)
        while stops < most:
            page.keyboard.press("Tab")
            stops += 1
            if page.evaluate("document.activeElement === document.body") or first.evaluate(
                "each => each === document.activeElement"
            ):
                break
        assert stops < most, path
