"""Finance's mornings: the day-end, a statement as a file, and the callbacks that failed."""

import csv
import re
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Download, expect

from orders.models import Discrepancy
from orders.services import spans
from providers.models import ProviderAccount
from tests.browser.conftest import yesterday
from tests.browser.tasks.conftest import AtWork
from tests.flows.customer import Customer

DAY_END = "/admin/orders/reconciliation/day-end/"


def lines(file: Download, directory: Path) -> list[dict[str, str]]:
    path = directory / file.suggested_filename
    file.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def test_the_day_end_is_one_page_and_explains_each_difference(
    at_work: AtWork, customer: Customer, differing: ProviderAccount, tmp_path: Path
) -> None:
    hand = at_work("Finance")
    page = hand.page
    hand.open("Day-end")
    content = page.locator("#content, main").first
    for words in ("Came in", "Went out", "Earned", "Spent", customer.merchant.name, "Differences"):
        expect(content).to_contain_text(words)
    assert hand.clicks == 1
    rows = lines(hand.download("CSV"), tmp_path)
    assert {row["section"] for row in rows} >= {"sums", "events", "merchants"}
    assert {row["amount"] for row in rows if row["name"] == customer.merchant.name} >= {"100000.000000"}

    hand.type(page.locator("[name=day]"), f"{yesterday():%Y-%m-%d}")
    page.locator("[name=day]").press("Enter")
    line = page.locator("tr", has_text=differing.label).last
    expect(line).to_contain_text("not explained")
    row = Discrepancy.objects.get(provider_account=differing)
    hand.click(line.get_by_role("link", name=str(row)))
    hand.click(page.get_by_role("link", name="Explain"))
    hand.type(page.locator("[name=reason]"), "their welcome gift")
    hand.button("Explain and close")
    hand.open("Day-end")
    hand.type(page.locator("[name=day]"), f"{yesterday():%Y-%m-%d}")
    page.locator("[name=day]").press("Enter")
    expect(line).to_contain_text("their welcome gift (explained by")


@pytest.mark.parametrize(("name", "start"), [("CSV", b"\xef\xbb\xbf"), ("XLSX", b"PK"), ("PDF", b"%PDF")])
def test_a_months_statement_is_a_file_with_three_clicks(
    at_work: AtWork, customer: Customer, name: str, start: bytes, tmp_path: Path
) -> None:
    month = spans.today(timezone.now(), customer.merchant.time_zone)
    hand = at_work("Finance")
    page = hand.page
    hand.open("Statements")
    hand.type(page.locator("[name=month]"), f"{month:%Y-%m}")
    hand.type(page.locator("input[name=q]").last, customer.merchant.name)
    page.locator("input[name=q]").last.press("Enter")
    page.wait_for_url("**q=*")
    file = hand.download(f"{name}, {customer.merchant.name}")
    path = tmp_path / file.suggested_filename
    file.save_as(path)
    assert path.read_bytes().startswith(start)
    assert hand.clicks <= 3
    if name == "CSV":
        text = path.read_text(encoding="utf-8-sig")
        for words in ("opening", "closing", "top_up"):
            assert words in text


def test_failed_callbacks_older_than_a_day_are_a_saved_view(at_work: AtWork, failed_host: str) -> None:
    hand = at_work("Finance")
    hand.open("Callbacks")
    hand.click(hand.page.get_by_role("link", name="Failed callbacks older than a day"))
    row = hand.page.locator("tr", has_text=failed_host)
    expect(row.locator("td").nth(1)).to_have_text("3")
    assert hand.clicks <= 3
    row.get_by_role("link").click()
    expect(hand.page.locator("#result_list tbody tr")).to_have_count(3)
    assert re.search("older=day", hand.page.url)
