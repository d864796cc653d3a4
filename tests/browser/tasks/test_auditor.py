"""Who changed, took away, was shown or was refused what."""

from playwright.sync_api import expect

from orders.models import AuditEntry
from orders.services import rotation
from tests.browser.conftest import LogIn
from tests.browser.tasks.conftest import AtWork
from tests.browser.tasks.hand import Hand
from tests.flows.customer import Customer

ROWS = "#result_list tbody tr"


def shown(hand: Hand, kind: str) -> list[str]:
    """With one click: the acts of that kind."""
    before = hand.clicks
    hand.click(hand.page.locator(".bo-views").get_by_role("link", name=kind, exact=True))
    hand.page.wait_for_url("**kind=*")
    assert hand.clicks == before + 1
    return [row.lower() for row in hand.page.locator(ROWS).all_inner_texts()]


def test_an_auditor_sees_who_did_what_and_what_was_refused(
    at_work: AtWork, log_in: LogIn, customer: Customer
) -> None:
    support = log_in("Support")
    support.goto("/admin/auth/user/")
    finance = at_work("Finance")
    finance.open("Day-end")
    finance.download("CSV")
    rotation.issue(
        customer.merchant,
        "tronzap",
        now=customer.merchant.created_at,
        user=AuditEntry.objects.filter(user__username="browser-finance").latest("pk").user,
    )
    hand = at_work("Auditor")
    hand.open("Audit trail")
    assert any("page: refused" in row and "get /admin/auth/user/" in row for row in shown(hand, "Refused"))
    assert any(
        "reconciliation: exported" in row and "browser-finance" in row for row in shown(hand, "Exports")
    )
    assert any(
        "api credential: issued" in row and customer.merchant.name.lower() in row
        for row in shown(hand, "Secrets shown")
    )
    assert any("merchant: created" in row for row in shown(hand, "Changes"))
    expect(hand.page.get_by_role("link", name="Verify the trail")).to_be_visible()
