"""A secret that leaked, and a new colleague."""

import re
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, expect

from orders.models import AuditEntry, CredentialUse
from tests.backoffice.login.conftest import code
from tests.browser.conftest import PASSWORD, numbers
from tests.browser.tasks.conftest import AtWork
from tests.flows.customer import Customer


def test_a_leaked_secret_is_replaced_with_three_clicks(at_work: AtWork, customer: Customer) -> None:
    old = customer.merchant.credentials.get(dialect="itrx")
    hand = at_work("Administrator")
    page = hand.page
    hand.search(customer.merchant.name)
    hand.click(page.locator("tr", has_text=str(old)).get_by_role("link", name="Rotate"))
    hand.click(page.get_by_label("until a time of my choosing"))
    until = timezone.localtime() + timedelta(hours=3)
    hand.type(page.locator("[name=until]"), f"{until:%Y-%m-%dT%H:%M}")
    hand.button("Rotate")
    expect(page.locator(".bo-secret code")).to_have_count(2)
    assert hand.clicks <= 3
    secret = page.locator(".bo-secret code").last.inner_text()
    assert customer.pairs["itrx"].secret != secret

    old.refresh_from_db()
    assert old.retires_at == until.replace(second=0, microsecond=0)
    CredentialUse.objects.create(
        credential=old, ip="192.0.2.66", first_at=timezone.now(), last_at=timezone.now()
    )
    page.get_by_role("link", name="It is stored safely").click()
    expect(page.locator("tr", has_text=str(old)).first).to_contain_text("192.0.2.66")
    assert secret not in page.content()


def test_a_new_colleague_is_let_in_on_one_page_and_needs_a_second_factor(
    at_work: AtWork, browser: Browser, strict_url: str
) -> None:
    email = f"colleague-{next(numbers)}@example.test"
    hand = at_work("Administrator")
    page = hand.page
    hand.open("People")
    hand.click(page.locator("a[href='/admin/auth/user/add/']").first)
    opened = len(hand.pages)
    hand.type(page.locator("[name=name]"), "New Colleague")
    hand.type(page.locator("[name=email]"), email)
    hand.choose(page.locator("[name=role]"), "Support")
    hand.button("Let in")
    link = page.locator(".bo-secret code")
    expect(link).to_contain_text("http")
    assert len(hand.pages) <= opened + 1
    assert hand.pages[-1] == "/admin/auth/user/add/"
    assert hand.clicks <= 3
    path = re.sub("^https?://[^/]+", "", link.inner_text())

    context = browser.new_context(base_url=strict_url)
    context.set_default_timeout(60_000)
    new = context.new_page()
    new.goto(path)
    for name in ("new_password1", "new_password2"):
        new.fill(f"[name={name}]", PASSWORD)
    new.click("button[type=submit]")
    new.fill("input[name=login]", email)
    new.fill("input[name=password]", PASSWORD)
    new.click("button[type=submit]")
    new.wait_for_url("**/second-factor/")
    for elsewhere in ("/admin/", "/admin/orders/order/"):
        new.goto(elsewhere)
        assert new.url.endswith("/second-factor/")
    new.goto("/admin/account/second-factor/app/activate/")
    secret = re.search("[A-Z2-7]{32}", new.locator("main, body").first.inner_text())
    assert secret is not None
    new.fill("input[name=code]", code(secret[0]))
    new.click("button[type=submit]")
    new.wait_for_url("**/recovery/**")
    new.goto("/admin/orders/order/")
    expect(new).to_have_url(re.compile("/admin/orders/order/$"))
    context.close()
    acts = AuditEntry.objects.filter(user=User.objects.get(username=email)).values_list("act", flat=True)
    assert {"login", "second_factor.add"} <= set(acts)
