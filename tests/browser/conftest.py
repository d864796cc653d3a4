"""A real Chromium on the real installation, logged in as each kind of staff."""

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from itertools import count
from pathlib import Path

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password
from django.contrib.auth.models import Group, User
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect, sync_playwright

from backoffice.roles import ROLES, create_roles
from orders.models import Callback
from orders.states import CallbackStatus
from providers.base import Kind
from providers.models import ProviderAccount
from providers.sandbox.accounts import Dialect
from providers.sandbox.outcomes import published
from tests.browser.flags import FLAGS
from tests.flows.customer import Customer
from tests.flows.stack import Stack
from tests.flows.upstreams import Upstreams
from tests.waiting import wait_until

# Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

PICTURES = Path(tempfile.gettempdir()) / "browser-tests"
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)
PASSWORD = "a password of the browser tests"
numbers = count(1)
CALLBACKS = 5

LogIn = Callable[[str], Page]


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


def new_person(group: str, name: str = "") -> User:
    # The web process knows the product's hasher, not the quick one of the test settings.
    password = make_password(PASSWORD, hasher=PBKDF2PasswordHasher())
    username = f"browser-{name or group.lower()}"
    user = User.objects.create(username=username, password=password, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture(scope="session")
def people(stack: Stack) -> dict[str, User]:
    create_roles()
    return {group: new_person(group) for group in ROLES}


@pytest.fixture
def log_in(browser: Browser, stack: Stack, people: dict[str, User]) -> Iterator[LogIn]:
    """A page of its own session, at the home page. A script error on any page fails the test, and so does anything
    that the Content-Security-Policy kept from happening."""
    contexts = []
    errors: list[str] = []

    def open_page(group: str) -> Page:
        context = browser.new_context(
            base_url=stack.web_url, viewport={"width": 1400, "height": 900}, timezone_id="UTC"
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.extend(violations(said.text)))
        page.goto("/admin/")
        page.fill("input[name=login]", people[group].username)
        page.fill("input[name=password]", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url(re.compile("^[^?]*/admin/$"))  # not the login page, whose query names it
        return page

    yield open_page
    for number, context in enumerate(contexts):
        for page in context.pages:
            page.screenshot(path=PICTURES / f"{number}.png")  # what a failed test last saw
        context.close()
    assert errors == []


def violations(text: str) -> list[str]:
    return [text] if "Content Security Policy" in text else []


@pytest.fixture(scope="session")
def accounts(stack: Stack, upstreams: Upstreams) -> dict[str, ProviderAccount]:
    """One per dialect, at the sandbox."""
    return {
        "itrx": upstreams.account(Dialect.ITRX, "browser itrx"),
        "tronzap": upstreams.account(Dialect.TRONZAP, "browser tronzap"),
        "crossingpay": upstreams.account(Dialect.CROSSINGPAY, "browser crossingpay"),
    }


@pytest.fixture
def customer(stack: Stack, upstreams: Upstreams, accounts: dict[str, ProviderAccount]) -> Customer:
    return Customer.create(f"Browser merchant {next(numbers)}", upstreams)


def yesterday() -> datetime:
    return timezone.localtime() - timedelta(days=1)


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
