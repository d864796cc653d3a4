"""Amounts of each language, as a browser lays them out on a phone: in one line each, in their columns."""

import pytest
from playwright.sync_api import Page, expect

from orders.models import Order
from orders.services import ledger
from orders.services.wallets import add_wallet
from providers.base import Kind
from providers.sandbox.outcomes import published
from tests.browser.conftest import LogIn, numbers
from tests.flows.customer import Customer

PHONE = {"width": 390, "height": 844}
LINE_PIXELS = 32
LARGE_SUN = 98_765_432_123_456
S = "\u00a0"


def broken(page: Page) -> list[str]:
    """Amounts that take more than a line."""
    found: list[str] = page.locator(".bo-amount:visible").evaluate_all(
        "(all, most) => all.filter((each) => each.offsetHeight > most).map((each) => each.textContent)",
        LINE_PIXELS,
    )
    return found


def ragged(page: Page) -> list[str]:
    """Amounts that do not end where the others of their column do."""
    found: list[str] = page.locator("table.bo-table").evaluate_all(
        """tables => tables.flatMap((table) => {
          const ends = {};
          for (const each of table.querySelectorAll("td > .bo-amount"))
            (ends[each.parentElement.cellIndex] ??= new Set()).add(Math.round(each.getBoundingClientRect().right));
          return Object.values(ends).filter((each) => each.size > 1).map(() => table.textContent);
        })"""
    )
    return found


@pytest.mark.parametrize(
    ("language", "amount", "charged"),
    [
        ("en", "98,765,432.123456", "1,234.5678"),
        ("zh-hans", "98,765,432.123456", "1,234.5678"),
        ("ru", f"98{S}765{S}432,123456", f"1{S}234,5678"),
    ],
)
def test_large_figures_fit_a_phone(
    log_in: LogIn, customer: Customer, language: str, amount: str, charged: str
) -> None:
    merchant = customer.merchant
    ledger.top_up(merchant, LARGE_SUN - ledger.available_sun(merchant), note="", now=merchant.created_at)
    add_wallet(merchant, address=published(f"language {next(numbers)}"), label="", now=merchant.created_at)
    page = log_in("Administrator")
    page.set_extra_http_headers({"Accept-Language": language})
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(f"/admin/orders/order/add/?kind=monitor&merchant={merchant.pk}")
    page.fill("[name=address]", published(f"language {next(numbers)}"))
    page.fill("[name=amount]", charged)
    page.click("#order-form button[type=submit]")
    page.wait_for_url("**/change/")
    assert Order.objects.filter(merchant=merchant, kind=Kind.MONITOR).get().amount_micro == 1_234_567_800
    expect(page.locator("dd .bo-amount").first).to_contain_text(charged)
    for path in (
        page.url,
        f"/admin/orders/order/?merchant__id__exact={merchant.pk}",
        "/admin/orders/ledgeraccount/balances/",
        f"/admin/orders/merchant/{merchant.pk}/change/",
        f"/admin/orders/merchant/{merchant.pk}/statement/?month={merchant.created_at:%Y-%m}",
        "/admin/orders/reconciliation/day-end/",
    ):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        assert (broken(page), ragged(page)) == ([], []), path
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("main, #content-main, body").first).to_contain_text(amount)
