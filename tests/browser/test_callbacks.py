"""A merchant lost what it was told: support sends it again, finance takes the log home."""

import csv
import re
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from orders.models import AuditEntry, Callback, CallbackHost, CallbackLog, ResendJob
from orders.states import CallbackStatus
from providers.base import Kind
from providers.models import ProviderAccount
from providers.sandbox.outcomes import published
from tests.browser.conftest import LogIn, numbers
from tests.flows.customer import Customer
from tests.flows.upstreams import Upstreams
from tests.waiting import wait_until

LONG = 60_000
CALLBACKS = 5
CLICKS = "() => Number(sessionStorage.getItem('clicks'))"
COUNT_CLICKS = """
addEventListener("click", (event) => {
  if (event.isTrusted && event.detail > 0)
    sessionStorage.setItem("clicks", Number(sessionStorage.getItem("clicks")) + 1);
}, true);
"""


@pytest.fixture
def told(customer: Customer, accounts: dict[str, ProviderAccount]) -> list[Callback]:
    """Delivered, as if yesterday at half past two."""
    orders = [
        customer.place(Kind.COLLECT, published(f"evidence {next(numbers)}"), accounts["itrx"])
        for _ in range(CALLBACKS)
    ]
    rows = Callback.objects.filter(order__in=orders)
    wait_until(lambda: rows.filter(status=CallbackStatus.DELIVERED).count() == CALLBACKS)
    half_past_two = datetime.combine(yesterday(), time(14, 30), tzinfo=timezone.get_current_timezone())
    rows.update(created_at=half_past_two)
    return list(rows)


def yesterday() -> datetime:
    return timezone.localtime() - timedelta(days=1)


def choose_the_hour(page: Page, customer: Customer) -> None:
    """With the keyboard alone."""
    page.select_option("#quick-filter select", label=customer.merchant.name)
    for end, clock in (("from", "14:00"), ("to", "15:00")):
        page.fill(f"#quick-filter [name=created_at_{end}_0]", f"{yesterday():%Y-%m-%d}")
        page.fill(f"#quick-filter [name=created_at_{end}_1]", clock)


def test_an_hour_of_one_merchant_is_resent_with_four_clicks(
    log_in: LogIn, customer: Customer, told: list[Callback], upstreams: Upstreams
) -> None:
    page = log_in("Support")
    page.context.add_init_script(COUNT_CLICKS)
    page.goto("/admin/")
    page.locator("a[href='/admin/orders/callback/']").first.click()
    choose_the_hour(page, customer)
    page.click("#quick-filter button:has-text('Show')")
    page.get_by_text("Resend all that match").click()
    facts = page.locator(".bo-act-facts")
    expect(facts.locator("dd").first).to_have_text(str(CALLBACKS))
    expect(facts).to_contain_text(customer.merchant.name)
    page.fill("[name=reason]", "they lost an hour")
    page.get_by_role("button", name=f"Resend {CALLBACKS}").click()
    page.wait_for_url(re.compile(r"/resendjob/\d+/change/$"))
    # Nothing is reloaded from here on.
    expect(page.locator("[data-field=label]")).to_have_text("done", timeout=LONG)
    expect(page.locator("[data-count=delivered]")).to_have_text(str(CALLBACKS))
    expect(page.locator("[data-bar]")).to_have_js_property("value", CALLBACKS)
    expect(page.locator("#resend-hosts tbody tr")).to_have_count(1)
    expect(page.get_by_role("button", name="Pause")).to_be_hidden()
    assert page.evaluate(CLICKS) == 4
    arrived = upstreams.arrived(customer.inbox)
    assert len(arrived) == 2 * CALLBACKS
    assert len({one.identity for one in arrived}) == CALLBACKS, "the same events both times"
    job = ResendJob.objects.latest("pk")
    assert AuditEntry.objects.get(act="resend_job.start", object_id=str(job.pk)).after["count"] == CALLBACKS


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
