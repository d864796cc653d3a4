"""A merchant lost an hour of callbacks: four clicks, with the count before and the progress after."""

import re

from playwright.sync_api import expect

from orders.models import AuditEntry, Callback, ResendJob
from tests.browser.conftest import CALLBACKS, yesterday
from tests.browser.tasks.conftest import AtWork
from tests.flows.customer import Customer
from tests.flows.upstreams import Upstreams

LONG = 60_000


def test_an_hour_of_one_merchant_is_resent(
    at_work: AtWork, customer: Customer, told: list[Callback], upstreams: Upstreams
) -> None:
    hand = at_work("Support")
    page = hand.page
    hand.open("Callbacks")
    hand.choose(page.locator("#quick-filter select"), customer.merchant.name)
    for end, clock in (("from", "14:00"), ("to", "15:00")):
        hand.type(page.locator(f"#quick-filter [name=created_at_{end}_0]"), f"{yesterday():%Y-%m-%d}")
        hand.type(page.locator(f"#quick-filter [name=created_at_{end}_1]"), clock)
    hand.click(page.locator("#quick-filter").get_by_role("button", name="Show"))
    hand.click(page.get_by_text("Resend all that match"))
    facts = page.locator(".bo-act-facts")
    expect(facts.locator("dd").first).to_have_text(str(CALLBACKS))
    expect(facts).to_contain_text(customer.merchant.name)
    hand.type(page.locator("[name=reason]"), "they lost an hour")
    hand.button(f"Resend {CALLBACKS}")
    page.wait_for_url(re.compile(r"/resendjob/\d+/change/$"))
    # Nothing is reloaded from here on.
    expect(page.locator("[data-field=label]")).to_have_text("done", timeout=LONG)
    expect(page.locator("[data-count=delivered]")).to_have_text(str(CALLBACKS))
    expect(page.locator("[data-bar]")).to_have_js_property("value", CALLBACKS)
    expect(page.locator("#resend-hosts tbody tr")).to_have_count(1)
    expect(page.get_by_role("button", name="Pause")).to_be_hidden()
    assert hand.clicks <= 4
    arrived = upstreams.arrived(customer.inbox)
    assert len(arrived) == 2 * CALLBACKS
    assert len({one.identity for one in arrived}) == CALLBACKS, "the same events both times"
    job = ResendJob.objects.latest("pk")
    assert AuditEntry.objects.get(act="resend_job.start", object_id=str(job.pk)).after["count"] == CALLBACKS
