"""A merchant lost what it was told: support sends it again, finance takes the log home."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from orders.models import AuditEntry, Callback, CallbackHost, CallbackLog, ResendJob
from tests.browser.conftest import LogIn, numbers
from tests.flows.customer import Customer

LONG = 60_000


def test_a_job_is_paused_and_cancelled_on_its_page(log_in: LogIn, told: list[Callback]) -> None:
    page = log_in("Support")
    host = told[0].host
    page.goto(f"/admin/orders/callback/resend-matching/?id__in={told[0].pk},{told[1].pk}")
    page.fill("[name=reason]", "to be cancelled")
    page.fill("[name=pace]", "1")
    page.get_by_role("button", name="Resend 2").click()
    page.wait_for_url(re.compile(r"/resendjob/\d+/change/$"))
    pk = int(page.url.split("/")[-3])
    pause = page.get_by_role("button", name="Pause")
    pause.click()
    expect(page.locator("body")).to_contain_text("The job is paused")
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    page.get_by_role("button", name="Cancel the rest").click()
    expect(page.locator("[data-field=label]")).to_have_text("cancelled")
    expect(page.get_by_role("button", name="Resume")).to_be_hidden()
    job = ResendJob.objects.get(pk=pk)
    assert (job.status, host) == ("cancelled", job.items.all()[0].host)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_finance_downloads_the_filtered_log(
    log_in: LogIn, customer: Customer, told: list[Callback], kind: str, tmp_path: Path
) -> None:
    page = log_in("Finance")
    page.goto("/admin/orders/callbacklog/")
    page.select_option("#quick-filter select", label=customer.merchant.name)
    page.click("#quick-filter button:has-text('Show')")
    with page.expect_download(timeout=LONG) as started:
        page.click(f"button[form=export-form][value={kind}]")
    file = tmp_path / f"log.{kind}"
    started.value.save_as(file)
    logs = CallbackLog.objects.filter(merchant=customer.merchant)
    if kind == "csv":
        with file.open(encoding="utf-8-sig", newline="") as lines:
            assert {int(row["id"]) for row in csv.DictReader(lines)} == set(logs.values_list("pk", flat=True))
    else:
        assert file.read_bytes().startswith(b"PK")
    entry = AuditEntry.objects.filter(act="callbacklog.export").latest("pk")
    assert (entry.after["format"], entry.after["rows"]) == (kind, logs.count())


def test_support_tries_a_paused_endpoint_again(log_in: LogIn) -> None:
    host = CallbackHost.objects.create(host=f"paused-{next(numbers)}.test", circuit="open", failures=7)
    page = log_in("Support")
    page.goto("/admin/orders/callbackhost/?state=paused")
    page.get_by_role("link", name=host.host).click()
    page.get_by_role("link", name="Try now").click()
    page.get_by_role("button", name="Try now").click()
    expect(page.locator("body")).to_contain_text("sent again as it falls due")
    host.refresh_from_db()
    assert (host.circuit, host.failures) == ("closed", 0)
