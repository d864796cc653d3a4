"""Webhooks at the staff's desk: a secret is issued and rotated, a test goes out, a signature is looked at."""

import json
import re

from django.utils import timezone
from playwright.sync_api import Page, expect

from orders.models import Callback, WebhookSecret
from orders.services import rotation
from providers.itrx import wire as itrx
from tests.browser.conftest import LogIn
from tests.flows.customer import Customer
from tests.waiting import wait_until

LONG = 60_000


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=re.compile(words)).last.click()


def follow(page: Page, words: str) -> None:
    page.get_by_role("link", name=re.compile(words)).last.click()


def test_a_secret_is_shown_once_and_rotated_with_an_overlap(log_in: LogIn, customer: Customer) -> None:
    page = log_in("Administrator")
    page.goto(f"/admin/orders/merchant/{customer.merchant.pk}/change/")
    follow(page, "Issue webhook secret")
    press(page, "Issue")
    secret = page.locator(".bo-secret code")
    expect(secret).to_contain_text("whsec_", timeout=LONG)
    shown = secret.inner_text()
    follow(page, "It is stored safely")
    expect(page.locator("body")).to_contain_text("webhook secret …")
    assert shown not in page.content()
    follow(page, "webhook secret …")
    follow(page, "Rotate")
    page.check("[name=grace][value='1h']")
    press(page, "Rotate")
    expect(page.locator(".bo-secret code")).to_contain_text("whsec_", timeout=LONG)
    rows = WebhookSecret.objects.filter(merchant=customer.merchant)
    assert [row.retires_at is None for row in rows] == [True, False]


def test_a_test_callback_arrives_and_says_what_it_is(log_in: LogIn, customer: Customer) -> None:
    page = log_in("Support")
    page.goto(f"/admin/orders/merchant/{customer.merchant.pk}/change/")
    follow(page, "Send a test")
    page.select_option("[name=callback_format]", "crossingpay_v2a")
    press(page, "Send")
    expect(page.locator("body")).to_contain_text("on its way", timeout=LONG)
    callback = Callback.objects.get(merchant=customer.merchant, is_test=True)
    wait_until(lambda: Callback.objects.get(pk=callback.pk).status == "delivered")
    page.reload()
    expect(page.locator("body")).to_contain_text("delivered", timeout=LONG)


def test_the_workbench_names_the_broken_rule(log_in: LogIn, customer: Customer) -> None:
    credential = customer.merchant.credentials.get(dialect="itrx")
    pair = rotation.open_pair(credential)
    body = '{"receive_address":"TExWKszFWYTKZH8LYiovAPKzS3L9MLZ4kw","scene":0}'

    def headers(signed: str) -> str:
        found = itrx.signed_headers(pair.key, pair.secret, signed.encode(), timezone.now())
        return "\n".join(f"{name}: {value}" for name, value in found.items())

    page = log_in("Support")
    page.goto("/admin/")
    follow(page, "Signature workbench")
    page.select_option("[name=merchant]", str(customer.merchant.pk))
    page.wait_for_url("**merchant=*")
    page.select_option("[name=keys]", str(credential.pk))
    page.fill("[name=body]", body)
    page.fill("[name=headers]", headers(json.dumps(json.loads(body))))
    press(page, "Check")
    expect(page.locator(".bo-verdict")).to_contain_text("JSON with spaces", timeout=LONG)
    expect(page.locator(".bo-verdict mark").first).to_be_visible()
    assert pair.secret not in page.content()
    page.fill("[name=headers]", headers(body))
    press(page, "Check")
    expect(page.locator(".bo-verdict h2")).to_have_text("valid", timeout=LONG)
