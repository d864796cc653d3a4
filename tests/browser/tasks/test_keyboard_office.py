"""The tasks of administrators, of a new colleague and of auditors without a pointer."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, expect

from orders.models import AuditEntry
from orders.services import rotation
from tests.backoffice.login.conftest import code
from tests.browser.conftest import PASSWORD, LogIn, numbers
from tests.browser.tasks.conftest import AtKeyboard
from tests.browser.tasks.keyboard import Keyboard
from tests.flows.customer import Customer


def test_an_administrator_replaces_a_leaked_secret(at_keyboard: AtKeyboard, customer: Customer) -> None:
    old = customer.merchant.credentials.get(dialect="itrx")
    keys = at_keyboard("Administrator")
    page = keys.page
    keys.search(customer.merchant.name)
    keys.follow(page.locator("tr", has_text=str(old)).get_by_role("link", name="Rotate"))
    keys.choose(page.get_by_label("until a time of my choosing"))
    until = timezone.localtime() + timedelta(hours=3)
    keys.type(page.locator("[name=until]"), f"{until:%m%d%Y}")
    page.keyboard.press("ArrowRight")
    page.keyboard.type(f"{until:%I%M%p}")
    keys.button("Rotate")
    expect(page.locator(".bo-secret code")).to_have_count(2)
    old.refresh_from_db()
    assert old.retires_at == until.replace(second=0, microsecond=0)
    copy = page.locator(".bo-secret button").last
    keys.press(copy)
    expect(copy).to_have_class(re.compile("is-copied"))
    keys.link("It is stored safely")
    expect(page).to_have_url(re.compile(f"/merchant/{customer.merchant.pk}/change/"))


def test_an_administrator_lets_a_colleague_in_who_sets_up_a_second_factor(
    at_keyboard: AtKeyboard, browser: Browser, strict_url: str
) -> None:
    email = f"keys-{next(numbers)}@example.test"
    keys = at_keyboard("Administrator")
    page = keys.page
    keys.open("People")
    keys.follow(page.locator("a[href='/admin/auth/user/add/']").first)
    for name, text in (("name", "Key Colleague"), ("email", email), ("role", "Support")):
        keys.type(page.locator(f"[name={name}]"), text)
    keys.button("Let in")
    path = urlsplit(page.locator(".bo-secret code").inner_text()).path
    keys.link("Done")
    assert User.objects.get(username=email).groups.get().name == "Support"

    with browser.new_context(base_url=strict_url) as context:
        context.set_default_timeout(60_000)
        colleague = Keyboard(new := context.new_page())
        new.goto(path)
        for name in ("new_password1", "new_password2"):
            colleague.type(new.locator(f"[name={name}]"), PASSWORD)
        new.keyboard.press("Enter")
        colleague.type(new.locator("input[name=login]"), email)
        colleague.type(new.locator("input[name=password]"), PASSWORD)
        new.keyboard.press("Enter")
        new.wait_for_url("**/second-factor/")
        colleague.press(new.locator("a[href$='/app/activate/']"))
        new.wait_for_url("**/app/activate/")
        secret = re.search("[A-Z2-7]{32}", new.locator("body").inner_text())
        assert secret is not None
        colleague.type(new.locator("input[name=code]"), code(secret[0]))
        new.keyboard.press("Enter")
        new.wait_for_url("**/recovery/**")
        assert colleague.blind == []


def test_an_auditor_filters_the_trail(at_keyboard: AtKeyboard, log_in: LogIn, customer: Customer) -> None:
    log_in("Support").goto("/admin/auth/user/")
    support = AuditEntry.objects.filter(user__username="browser-support").latest("pk").user
    now = customer.merchant.created_at
    rotation.issue(customer.merchant, "tronzap", now=now, user=support)
    keys = at_keyboard("Auditor")
    page, rows = keys.page, keys.page.locator("#result_list tbody tr")
    keys.open("Audit trail")
    keys.follow(page.locator(".bo-views").get_by_role("link", name="Refused", exact=True))
    assert all("refused" in row.lower() for row in rows.all_inner_texts())
    expect(rows.filter(has_text="/admin/auth/user/").first).to_be_visible()
    keys.follow(page.locator(".bo-views").get_by_role("link", name="Secrets shown", exact=True))
    issued = rows.filter(has_text=customer.merchant.name).first
    keys.follow(issued.get_by_role("link").first)
    expect(page.locator("#content")).to_contain_text("browser-support")
    keys.open("Audit trail")
    keys.link("Verify the trail")
    expect(page.locator("#content")).to_contain_text("sealed")
