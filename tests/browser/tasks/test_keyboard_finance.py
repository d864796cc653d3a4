"""Finance's tasks without a pointer."""

import re
from pathlib import Path

from django.utils import timezone
from playwright.sync_api import expect

from orders.models import Discrepancy
from orders.services import spans
from providers.models import ProviderAccount
from tests.browser.conftest import yesterday
from tests.browser.tasks.conftest import AtKeyboard
from tests.flows.customer import Customer


def test_finance_ends_the_day(
    at_keyboard: AtKeyboard, customer: Customer, differing: ProviderAccount
) -> None:
    keys = at_keyboard("Finance")
    page = keys.page
    keys.open("Day-end")
    for name in ("CSV", "XLSX"):
        assert keys.download(name).suggested_filename.endswith(f".{name.lower()}")
    keys.type(page.locator("[name=day]"), f"{yesterday():%m%d%Y}")
    keys.enter()
    line = page.locator("tr", has_text=differing.label).last
    expect(line).to_contain_text("not explained")
    row = Discrepancy.objects.get(provider_account=differing)
    keys.follow(line.get_by_role("link", name=str(row)))
    keys.link("Explain")
    keys.type(page.locator("[name=reason]"), "their welcome gift")
    keys.button("Explain and close")
    row.refresh_from_db()
    assert (row.state, row.reason) == ("explained", "their welcome gift")


def test_finance_takes_a_months_statement_away(
    at_keyboard: AtKeyboard, customer: Customer, tmp_path: Path
) -> None:
    month = spans.today(timezone.now(), customer.merchant.time_zone)
    keys = at_keyboard("Finance")
    page, name = keys.page, customer.merchant.name
    keys.open("Statements")
    keys.type(page.locator("[name=month]"), f"{month:%m%Y}")
    keys.type(page.locator("#content input[name=q]"), name)
    keys.enter()
    expect(page).to_have_url(re.compile(f"month={month:%Y-%m}&"))
    for kind, start in (("CSV", b"\xef\xbb\xbf"), ("XLSX", b"PK"), ("PDF", b"%PDF")):
        path = tmp_path / kind
        keys.download(f"{kind}, {name}").save_as(path)
        assert path.read_bytes().startswith(start)


def test_finance_goes_through_failed_callbacks(at_keyboard: AtKeyboard, failed_host: str) -> None:
    keys = at_keyboard("Finance")
    keys.open("Callbacks")
    keys.link("Failed callbacks older than a day")
    keys.link(failed_host)
    expect(keys.page.locator("#result_list tbody tr")).to_have_count(3)
