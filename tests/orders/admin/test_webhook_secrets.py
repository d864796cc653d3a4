"""Webhook secrets on the staff's pages: shown once, rotated with an overlap, revoked at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from orders.models import AuditEntry, Merchant, WebhookSecret
from orders.services import webhook_secrets
from providers import keyring
from tests.orders.admin.conftest import send_form, text

LIST = "/admin/orders/webhooksecret/"
ADD = f"{LIST}add/"


def url(secret: WebhookSecret, act: str = "change") -> str:
    return f"{LIST}{secret.pk}/{act}/"


def issue(client: Client, merchant: Merchant) -> Any:
    return send_form(client, ADD, merchant=str(merchant.pk))


@pytest.fixture
def alive(merchant: Merchant) -> WebhookSecret:
    return webhook_secrets.issue(merchant, now=timezone.now()).row


def test_it_is_shown_once_and_never_again(merchant: Merchant, administrator: Client) -> None:
    response = issue(administrator, merchant)
    row = WebhookSecret.objects.get()
    secret = keyring.unseal(row.sealed_secret).removeprefix("whsec_")
    assert secret in text(response).replace("&#x2B;", "+")
    assert "no-store" in response["Cache-Control"]
    merchant_page = f"/admin/orders/merchant/{merchant.pk}/change/"
    for later in (LIST, url(row), url(row, "rotate"), ADD, "/admin/orders/auditentry/", merchant_page):
        assert secret not in text(administrator.get(later)), later
    assert not [kept for kept in Session.objects.all() if secret in str(kept.get_decoded())]


def test_a_second_one_is_a_rotation(alive: WebhookSecret, administrator: Client) -> None:
    assert "rotate it" in text(issue(administrator, alive.merchant))
    assert WebhookSecret.objects.count() == 1


@pytest.mark.parametrize(("overlap", "hours"), [("0", 0), ("1h", 1), ("24h", 24), ("7d", 168)])
def test_rotation_keeps_the_old_one_for_the_overlap(
    overlap: str, hours: int, alive: WebhookSecret, administrator: Client
) -> None:
    before = timezone.now()
    response = send_form(administrator, url(alive, "rotate"), grace=overlap)
    assert "only time the secret is shown" in text(response)
    alive.refresh_from_db()
    assert alive.retires_at is not None
    assert before + timedelta(hours=hours) <= alive.retires_at <= timezone.now() + timedelta(hours=hours)
    words = text(administrator.get(url(alive)))
    assert ("End the overlap now" in words) is bool(hours)
    assert ("retiring at" if hours else "retired") in words


def test_a_second_rotation_inside_the_overlap_is_refused(alive: WebhookSecret, administrator: Client) -> None:
    send_form(administrator, url(alive, "rotate"), grace="24h")
    newest = WebhookSecret.objects.first()
    assert newest is not None
    assert "overlap has not ended" in text(send_form(administrator, url(newest, "rotate"), grace="0"))
    send_form(administrator, url(alive, "revoke"))
    assert "only time" in text(send_form(administrator, url(newest, "rotate"), grace="0"))
    assert AuditEntry.objects.filter(act="webhooksecret.refused", refused=True).count() == 1


def test_revocation_is_at_once(alive: WebhookSecret, administrator: Client) -> None:
    send_form(administrator, url(alive, "revoke"))
    alive.refresh_from_db()
    assert not alive.is_alive(timezone.now())
    words = text(administrator.get(url(alive)))
    assert "revoked" in words
    assert "Rotate" not in words
    assert "dead before" in text(send_form(administrator, url(alive, "revoke")))


def test_support_sees_states_and_no_buttons(alive: WebhookSecret, support: Client) -> None:
    words = text(support.get(url(alive)))
    assert "alive" in words
    assert "Revoke" not in words
    merchant_page = text(support.get(f"/admin/orders/merchant/{alive.merchant_id}/change/"))
    assert f"…{alive.hint}" in merchant_page
    assert "Issue webhook secret" not in merchant_page
