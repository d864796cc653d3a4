"""The daily tasks without a pointer."""

import re

from playwright.sync_api import Locator, Page, expect

from orders.models import Callback, Order
from orders.states import CallbackStatus
from providers.base import Kind
from providers.models import ProviderAccount
from providers.sandbox.outcomes import published
from tests.browser.conftest import LogIn, numbers
from tests.browser.tasks.keyboard import Keyboard
from tests.flows.customer import Customer
from tests.waiting import wait_until

Accounts = dict[str, ProviderAccount]
STOPS = "a[href], button, input, select, textarea, summary, [tabindex]"
ROUND = ("/admin/", "/admin/orders/order/", "/admin/orders/order/add/", "/admin/orders/callback/")


def link(page: Page, name: str) -> Locator:
    return page.get_by_role("link", name=name).first


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name).last


def test_support_finds_an_order_and_resends_its_callback(
    log_in: LogIn, customer: Customer, accounts: Accounts
) -> None:
    order = customer.place(Kind.COLLECT, published(f"keys {next(numbers)}"), accounts["itrx"])
    told = Callback.objects.filter(order=order, status=CallbackStatus.DELIVERED)
    wait_until(told.exists)
    page = log_in("Support")
    keys = Keyboard(page)
    keys.type(page.locator("header input[data-search], input[data-search]").first, order.number)
    page.keyboard.press("Enter")
    page.wait_for_url("**/change/")
    keys.to_content()
    keys.press(link(page, "Resend the callback"))
    page.wait_for_url("**/resend/")
    keys.to_content()
    keys.type(page.locator("[name=reason]"), "they lost it")
    keys.press(button(page, "Resend"))
    expect(page.locator("body")).to_contain_text("sent again, with the same event id")
    assert keys.blind == []


def test_support_places_an_order(log_in: LogIn, customer: Customer, accounts: Accounts) -> None:
    page = log_in("Support")
    keys = Keyboard(page)
    keys.press(link(page, "New order"))
    page.wait_for_url("**/add/")
    keys.to_content()
    keys.press(page.locator("#content-main").get_by_role("link", name="Activation", exact=True))
    page.wait_for_url("**kind=activation*")
    keys.to_content()
    keys.type(page.locator("#order-merchant select"), customer.merchant.name)
    page.wait_for_url("**merchant=*")
    keys.to_content()
    keys.type(page.locator("#order-form [name=address]"), published(f"keys {next(numbers)}"))
    expect(page.locator("#order-quote")).to_contain_text("Available after")
    keys.press(page.locator("#order-form button[type=submit]"))
    page.wait_for_url("**/change/")
    assert Order.objects.get(merchant=customer.merchant).kind == Kind.ACTIVATION
    assert keys.blind == []


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
        # As long as other tests left the lists; a date has a stop for each of its parts.
        stops, most = 1, 4 * page.locator(STOPS).count()
        while stops < most:
            page.keyboard.press("Tab")
            stops += 1
            if page.evaluate("document.activeElement === document.body") or first.evaluate(
                "each => each === document.activeElement"
            ):
                break
        assert stops < most, path
