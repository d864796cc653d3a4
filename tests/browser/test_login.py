"""Coming in with a passkey, and that the Content-Security-Policy keeps no page from working."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page

from tests.browser.conftest import PASSWORD, LogIn, new_person, violations
from tests.flows.stack import Stack

PASSKEYS = "/admin/account/second-factor/passkeys/"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def page(browser: Browser, stack: Stack, people: dict[str, User]) -> Iterator[Page]:
    """With an authenticator built in. Passkeys are bound to a name, so not to 127.0.0.1."""
    context = browser.new_context(base_url=f"http://localhost:{stack.port}")
    context.set_default_timeout(60_000)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    yield page
    context.close()


def test_a_passkey_lets_a_person_in_without_a_password(page: Page, people: dict[str, User]) -> None:
    refused: list[str] = []
    page.on("console", lambda said: refused.extend(violations(said.text)))
    home = re.compile("^[^?]*/admin/$")
    page.goto("/admin/")
    # Whoever has a second factor is asked for it from then on, so this is nobody of the other tests.
    page.fill("input[name=login]", new_person("Finance", "passkey").username)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(home)

    page.goto(f"{PASSKEYS}add/")
    page.fill("input[name=name]", "Laptop")
    page.check("input[name=passwordless]")
    page.click("#mfa_webauthn_add")
    page.wait_for_url("**/second-factor/recovery/")
    assert len(re.findall(r"\d{8}", page.input_value("#recovery_codes"))) == 10
    page.check("#codes_saved")

    page.context.clear_cookies()
    page.goto("/admin/")
    page.click("#passkey_login")
    page.wait_for_url(home)
    page.goto(PASSKEYS)
    assert page.get_by_text("Laptop").count() == 1
    assert refused == []


def test_no_page_needs_what_the_policy_forbids(log_in: LogIn, stack: Stack) -> None:
    """`log_in` fails the test for a violation on any of them."""
    page = log_in("Administrator")
    links = page.locator("#nav-sidebar a, nav a").evaluate_all("all => all.map(each => each.href)")
    pages = sorted({link for link in links if link.startswith(stack.web_url) and "#" not in link})
    assert len(pages) > 20
    for link in [*pages, *(f"{stack.web_url}/admin/{path}" for path in OTHERS)]:
        answer = page.goto(link)
        assert answer is not None
        assert answer.status == 200, link


OTHERS = (
    *("orders/merchant/add/", "orders/wallet/add/", "orders/coldwallet/propose/", "auth/user/add/"),
    *("auth/group/add/", "account/second-factor/", "account/second-factor/app/activate/", "password_change/"),
    *("account/confirm/", "logout/"),
)
