"""axe finds nothing serious on any page of the back office; on the busiest not in the dark and on a phone either. Nor
is the name of a picture read aloud."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Browser, Page

from orders.models import Order
from orders.services import accounts as account_services
from providers.models import ProviderAccount
from tests.browser import staff_pages
from tests.browser.conftest import LogIn, numbers
from tests.flows.customer import Customer
from tests.flows.stack import Stack
from tests.orders.admin.rows import one_of_each
from tests.surroundings import AXE

IMPACTS = {"serious", "critical"}
BUSIEST = ("order", "payment", "callback", "callbacklog", "merchant", "auditentry")
RUN = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations.map(({ id, impact, nodes }) => ({
    id, impact, where: nodes.slice(0, 5).map((each) => `${each.html.slice(0, 300)} ${each.failureSummary}`),
  }));
}"""
# Pictures are words in a font of pictures: hidden from who listens, or a label stands for them.
READ_ALOUD = """() => [...document.querySelectorAll(".material-symbols-outlined")]
  .filter((each) => !each.closest("[aria-hidden=true]") && !each.matches("[role][aria-label]"))
  .map((each) => each.outerHTML.slice(0, 300))"""
STILL = "() => document.getAnimations().every((each) => each.playState !== 'running')"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def ids(customer: Customer, people: dict[str, User]) -> dict[str, Any]:
    """As of now: the worker closes past days. It sees them when they are whole, and leaves the order alone."""
    now, number = timezone.now(), next(numbers)
    account = account_services.add_account(
        kind="itrx",
        label=f"browser sample {number}",
        base_url="http://127.0.0.1:65535",
        key="k",
        secret="s",
        now=now,
    )
    ProviderAccount.objects.filter(pk=account.pk).update(enabled=False)
    with transaction.atomic():
        found = one_of_each(customer.merchant, account, people["Support"], now=now)
        Order.objects.filter(pk=found["order"]).update(status="sending", next_action_at=None)
    return found


def faults(page: Page, path: str, *, open_first: str = "") -> Iterator[str]:
    """`open_first`: the name of a button that is pressed before."""
    answer = page.goto(path)
    if answer is None or answer.status != 200 or "html" not in answer.headers.get("content-type", ""):
        return
    if open_first:
        page.get_by_role("button", name=open_first).first.click()
        page.wait_for_function(STILL)
    page.evaluate(AXE.read_text())  # past the policy, which forbids the page itself to do so
    for each in page.evaluate(RUN):
        if each["impact"] in IMPACTS:
            yield f"{path}: {each['id']}\n    " + "\n    ".join(each["where"])
    for each in page.evaluate(READ_ALOUD):
        yield f"{path}: a picture is read aloud\n    {each}"


def test_no_page_has_a_serious_fault(log_in: LogIn, ids: dict[str, Any]) -> None:
    page = log_in("Administrator")
    found = [fault for path in staff_pages.paths(ids) for fault in faults(page, path)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("look", ["dark", "phone"])
def test_nor_has_any_of_the_busiest_in_the_dark_or_on_a_phone(
    log_in: LogIn, ids: dict[str, Any], look: str
) -> None:
    page = log_in("Administrator")
    if look == "phone":
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    else:
        page.emulate_media(color_scheme="dark")
    lists = [f"/admin/orders/{kind}/" for kind in BUSIEST]
    pages = [
        f"/admin/orders/{kind}/{ids[kind]}/change/" for kind in ("order", "callback", "merchant", "payment")
    ]
    others = ["/admin/", "/admin/orders/order/add/", "/admin/orders/reconciliation/day-end/"]
    found = [fault for path in [*others, *lists, *pages] for fault in faults(page, path)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("width", [1400, 390])
def test_nor_has_the_sheet_of_filters(log_in: LogIn, ids: dict[str, Any], width: int) -> None:
    page = log_in("Administrator")
    page.set_viewport_size({"width": width, "height": 844})
    lists = [f"/admin/orders/{kind}/" for kind in BUSIEST]
    found = [fault for path in lists for fault in faults(page, path, open_first="Filters")]
    assert not found, "\n".join(found)


def test_the_login_has_no_serious_fault(browser: Browser, stack: Stack) -> None:
    with browser.new_context(base_url=stack.web_url) as context:
        found = list(faults(context.new_page(), "/admin/login/"))
    assert not found, "\n".join(found)
