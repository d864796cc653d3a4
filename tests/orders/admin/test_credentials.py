"""Key pairs: shown once, rotated with a grace, revoked at once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from orders.models import ApiCredential, AuditEntry, Merchant
from orders.services import credential_uses, rotation
from tests.orders.admin.conftest import send_form, text

LIST = "/admin/orders/apicredential/"
ADD = f"{LIST}add/"


def url(credential: ApiCredential, act: str = "change") -> str:
    return f"{LIST}{credential.pk}/{act}/"


def issue(client: Client, merchant: Merchant, dialect: str = "tronzap") -> Any:
    return send_form(client, ADD, merchant=str(merchant.pk), dialect=dialect)


@pytest.fixture
def alive(merchant: Merchant) -> ApiCredential:
    return rotation.issue(merchant, "itrx", now=timezone.now()).credential


@pytest.mark.parametrize("dialect", ["itrx", "tronzap", "crossingpay"])
def test_the_pair_is_shown_once_and_never_again(
    dialect: str, merchant: Merchant, administrator: Client
) -> None:
    response = issue(administrator, merchant, dialect)
    credential = ApiCredential.objects.get()
    pair = rotation.open_pair(credential)
    assert pair.key in text(response)
    assert pair.secret in text(response)
    assert "no-store" in response["Cache-Control"]
    for later in (
        LIST,
        url(credential),
        url(credential, "rotate"),
        ADD,
        "/admin/orders/auditentry/",
        "/admin/",
    ):
        words = text(administrator.get(later))
        assert pair.key not in words
        assert pair.secret not in words
    kept = [str(session.get_decoded()) for session in Session.objects.all()]
    assert not [words for words in kept if pair.secret in words or pair.key in words]


def test_a_reload_issues_no_second_pair_and_shows_none(merchant: Merchant, administrator: Client) -> None:
    token = administrator.get(ADD).context["form"]["token"].value()
    form = {"token": token, "merchant": str(merchant.pk), "dialect": "itrx"}
    administrator.post(ADD, form)
    response = administrator.post(ADD, form, follow=True)
    assert ApiCredential.objects.count() == 1
    assert rotation.open_pair(ApiCredential.objects.get()).secret not in text(response)
    assert "sent before" in text(response)


def test_the_form_starts_with_the_merchant_of_the_link(merchant: Merchant, administrator: Client) -> None:
    words = text(administrator.get(ADD, {"merchant": merchant.pk}))
    assert f'<option value="{merchant.pk}" selected>' in words


@pytest.mark.parametrize("nonsense", ["abc", "1" * 31, "-1", "<b>", "\x00"])
def test_a_merchant_that_is_none_starts_an_empty_form(nonsense: str, administrator: Client) -> None:
    assert administrator.get(ADD, {"merchant": nonsense}).status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [("merchant", ""), ("merchant", "abc"), ("merchant", "1" * 31), ("merchant", "\x00"), ("dialect", "zzz")],
)
def test_bad_input_issues_nothing(field: str, value: str, merchant: Merchant, administrator: Client) -> None:
    response = send_form(
        administrator, ADD, **{"merchant": str(merchant.pk), "dialect": "itrx", field: value}
    )
    assert list(response.context["form"].errors) == [field]
    assert not ApiCredential.objects.exists()


@pytest.mark.parametrize(("grace", "hours"), [("0", 0), ("1h", 1), ("24h", 24), ("7d", 168)])
def test_rotation_keeps_the_old_pair_for_the_grace(
    grace: str, hours: int, alive: ApiCredential, administrator: Client
) -> None:
    before = timezone.now()
    response = send_form(administrator, url(alive, "rotate"), grace=grace)
    alive.refresh_from_db()
    assert alive.retires_at is not None
    assert before + timedelta(hours=hours) <= alive.retires_at <= timezone.now() + timedelta(hours=hours)
    successor = ApiCredential.objects.get(replaces=alive)
    assert rotation.open_pair(successor).secret in text(response)
    assert rotation.open_pair(alive).secret not in text(response)
    words = text(administrator.get(url(alive)))
    assert ("retiring at" if hours else "retired") in words


def test_rotation_at_a_time_of_ones_choosing(alive: ApiCredential, administrator: Client) -> None:
    """As the viewer's clock shows it."""
    administrator.cookies["zone"] = "Asia/Shanghai"
    with time_machine.travel(datetime(2026, 3, 1, 12, 0, tzinfo=UTC), tick=False):
        page = text(administrator.get(url(alive, "rotate")))
        assert "Asia/Shanghai, where it is 2026-03-01 20:00; at most 90 days" in page
        response = send_form(administrator, url(alive, "rotate"), grace="at", until="2026-03-02T09:30")
    alive.refresh_from_db()
    assert alive.retires_at == datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
    assert rotation.open_pair(ApiCredential.objects.get(replaces=alive)).secret in text(response)


@pytest.mark.parametrize(
    "until",
    [
        *("", "x", "\x00", "2026-03-01", "2026-03-01T12:00", "2026-03-01T11:59", "2026-05-30T13:01"),
        *("0001-01-01T00:00", "9999-12-31T23:59", "2026-13-01T00:00", "2026-03-29T02:30", "1" * 9999),
    ],
)
def test_a_time_that_can_not_be_chosen_is_told_at_its_field(
    until: str, alive: ApiCredential, administrator: Client
) -> None:
    administrator.cookies["zone"] = "Europe/Berlin"  # an hour ahead of UTC; 2:30 is skipped on 29 March
    with time_machine.travel(datetime(2026, 3, 1, 11, 0, tzinfo=UTC), tick=False):
        response = send_form(administrator, url(alive, "rotate"), grace="at", until=until)
    assert list(response.context["form"].errors) == ["until"]
    assert ApiCredential.objects.count() == 1


def test_a_pair_is_rotated_once(alive: ApiCredential, administrator: Client) -> None:
    send_form(administrator, url(alive, "rotate"), grace="24h")
    response = send_form(administrator, url(alive, "rotate"), grace="0")
    assert "already being replaced" in text(response)
    assert ApiCredential.objects.count() == 2
    refusal = AuditEntry.objects.get(act="apicredential.refused")
    assert (refusal.refused, refusal.object_id) == (True, str(alive.pk))


def test_revocation_is_at_once(alive: ApiCredential, administrator: Client) -> None:
    send_form(administrator, url(alive, "revoke"))
    alive.refresh_from_db()
    assert not alive.is_alive(timezone.now())
    assert "revoked" in text(administrator.get(url(alive)))
    assert "dead before" in text(send_form(administrator, url(alive, "revoke")))
    assert AuditEntry.objects.filter(act="credential.revoke").count() == 1


def test_nothing_sealed_is_on_any_page(alive: ApiCredential, support: Client, administrator: Client) -> None:
    for client in (support, administrator):
        for page in (LIST, url(alive), f"/admin/orders/merchant/{alive.merchant_id}/change/"):
            words = text(client.get(page))
            assert alive.key_hint in words
            for sealed in (alive.sealed_key, alive.sealed_secret, alive.key_digest):
                assert sealed not in words


def test_the_page_tells_the_last_use(alive: ApiCredential, support: Client) -> None:
    ApiCredential.objects.filter(pk=alive.pk).update(last_used_at=alive.created_at)
    assert f"{alive.created_at:%Y-%m-%d %H:%M:%S}" in text(support.get(LIST))


# --- access ----------------------------------------------------------------------------------------------------


def restrict(client: Client, credential: ApiCredential, networks: str = "", limit: str = "0") -> Any:
    return send_form(client, url(credential, "access"), allowed_networks=networks, requests_per_minute=limit)


def test_access_is_set_shown_and_on_the_trail(
    alive: ApiCredential, administrator: Client, support: Client
) -> None:
    page = text(support.get(url(alive)))
    assert "any address" in page
    assert "the general limit" in page
    response = restrict(administrator, alive, "192.0.2.0/255.255.255.0\r\n\r\n 2001:DB8:0::7 \r\n", "1200")
    assert response["Location"] == url(alive)
    alive.refresh_from_db()
    assert (alive.allowed_networks, alive.requests_per_minute) == (["192.0.2.0/24", "2001:db8::7"], 1200)
    page = text(support.get(url(alive)))
    assert "192.0.2.0/24, 2001:db8::7" in page
    assert "1,200 a minute" in page
    assert "/access/" not in page
    form = administrator.get(url(alive, "access")).context["form"]
    assert form["allowed_networks"].value() == "192.0.2.0/24\n2001:db8::7"
    entry = AuditEntry.objects.get(act="credential.restrict")
    assert entry.user is not None
    assert (entry.user.username, entry.object_id) == ("administrator", str(alive.pk))
    assert entry.before == {"allowed_networks": [], "requests_per_minute": 0}
    assert entry.after == {"allowed_networks": ["192.0.2.0/24", "2001:db8::7"], "requests_per_minute": 1200}


def test_the_page_leads_to_the_act_only_while_the_pair_lives(
    alive: ApiCredential, administrator: Client
) -> None:
    assert url(alive, "access") in text(administrator.get(url(alive)))
    rotation.revoke(alive, now=timezone.now())
    assert url(alive, "access") not in text(administrator.get(url(alive)))
    assert "is dead" in text(restrict(administrator, alive, "192.0.2.7"))
    alive.refresh_from_db()
    assert alive.allowed_networks == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("allowed_networks", "192.0.2.7\nnowhere"),
        ("allowed_networks", "<script>alert(1)</script>"),
        ("allowed_networks", "192.0.2.7/24"),
        ("allowed_networks", "\x00"),
        ("allowed_networks", "x" * 1_000_000),
        ("allowed_networks", "1\n" * 101),
        ("requests_per_minute", ""),
        ("requests_per_minute", "-1"),
        ("requests_per_minute", "1" * 31),
        ("requests_per_minute", "NaN"),
        ("requests_per_minute", "\x00"),
    ],
)
def test_bad_access_is_told_at_the_field_and_changes_nothing(
    field: str, value: str, alive: ApiCredential, administrator: Client
) -> None:
    given = {"allowed_networks": "192.0.2.7", "requests_per_minute": "5", field: value}
    response = send_form(administrator, url(alive, "access"), **given)
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert "<script>alert" not in text(response)
    alive.refresh_from_db()
    assert (alive.allowed_networks, alive.requests_per_minute) == ([], 0)


def test_after_a_leak_the_pages_tell_who_still_uses_the_old_pair(
    alive: ApiCredential, administrator: Client
) -> None:
    now = timezone.now()
    credential_uses.note(alive, "192.0.2.1", now=now - timedelta(hours=2))
    rotation.rotate(alive, grace=timedelta(hours=1), now=now - timedelta(hours=1))
    merchant_page = f"/admin/orders/merchant/{alive.merchant.pk}/change/"
    assert "192.0.2.1" not in text(administrator.get(merchant_page))
    credential_uses.note(alive, "198.51.100.7", now=now)
    assert "198.51.100.7" in text(administrator.get(merchant_page))
    page = administrator.get(url(alive))
    assert [(use.row.ip, use.is_since) for use in page.context["uses"]] == [
        ("198.51.100.7", True),
        ("192.0.2.1", False),
    ]
    assert text(page).count("since it was replaced") == 1


def test_a_merchants_page_leads_to_rotating_each_living_pair(
    alive: ApiCredential, administrator: Client, support: Client
) -> None:
    page = f"/admin/orders/merchant/{alive.merchant.pk}/change/"
    assert url(alive, "rotate") in text(administrator.get(page))
    assert url(alive, "rotate") not in text(support.get(page))
    rotation.rotate(alive, grace=timedelta(hours=1), now=timezone.now())
    assert url(alive, "rotate") not in text(administrator.get(page))
