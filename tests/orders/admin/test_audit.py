"""The trail: logins, refusals and acts, never a password, and nobody can touch it."""

import csv
import io
import json
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from backoffice.roles import FINANCE, SUPPORT
from orders.models import AuditEntry, AuditSeal, Merchant
from orders.services import audit, sealing
from tests.orders.admin.conftest import LogIn, text

LIST = "/admin/orders/auditentry/"
PASSWORD = "correct horse 7Zq"


@pytest.fixture
def person(db: None) -> User:
    return User.objects.create_user("sample", password=PASSWORD, is_staff=True)


def enter(client: Client, username: str, password: str) -> None:
    client.post("/admin/login/", {"login": username, "password": password})


def test_login_and_logout_are_kept(person: User, client: Client) -> None:
    enter(client, "sample", PASSWORD)
    client.post("/admin/logout/")
    entries = list(AuditEntry.objects.order_by("pk").values_list("act", "user", "refused", "ip"))
    assert entries == [("login", person.pk, False, "127.0.0.1"), ("logout", person.pk, False, "127.0.0.1")]


def test_a_failed_login_names_the_person_but_no_password(person: User, client: Client) -> None:
    enter(client, "sample", "wrong-secret-1")
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.refused, entry.object_id) == ("login.failed", True, str(person.pk))
    assert "wrong-secret-1" not in str(AuditEntry.objects.values())


@pytest.mark.parametrize("username", [PASSWORD, "\x00", "<b>", "x" * 5000, ""])
def test_what_was_typed_as_a_name_is_not_kept(username: str, person: User, client: Client) -> None:
    """People type their password into the wrong field."""
    enter(client, username, "whatever")
    assert PASSWORD not in str(AuditEntry.objects.values())
    assert {entry.label for entry in AuditEntry.objects.all()} <= {"unknown user name"}


def test_a_refusal_is_kept(support: Client) -> None:
    assert support.get("/admin/auth/user/").status_code == 403
    entry = AuditEntry.objects.get(act="page.refused")
    assert entry.user is not None
    assert (entry.user.username, entry.label, entry.refused) == ("support", "GET /admin/auth/user/", True)


def test_a_forged_form_is_kept_as_a_refusal(merchant: Merchant, log_in: LogIn) -> None:
    client = Client(enforce_csrf_checks=True)
    person = User.objects.create_superuser("root")
    client.force_login(person)
    assert client.post(f"/admin/orders/merchant/{merchant.pk}/top-up/", {}).status_code == 403
    assert AuditEntry.objects.get(act="page.refused").user == person


def test_the_trail_is_searched_by_person_act_refusal_object_and_date(
    merchant: Merchant, support: Client, finance: Client
) -> None:
    support.get("/admin/auth/user/")

    def found(**filters: str) -> set[str]:
        return {entry.act for entry in finance.get(LIST, filters).context["cl"].result_list}

    support_id = str(User.objects.get(username="support").pk)
    assert found(user__id__exact=support_id) >= {"page.refused", "login"}
    assert found(refused__exact="1") == {"page.refused"}
    assert found(act__startswith="merchant.") == {"merchant.create"}
    assert found(object_type="orders.merchant", object_id=str(merchant.pk)) == {"merchant.create"}
    assert found(created_at_to_0="2026-03-01", created_at_to_1="12:00:00") == {"merchant.create"}
    assert found(q="GET /admin/auth") == {"page.refused"}
    assert found(act__startswith="nothing") == set()


def test_nobody_can_change_or_delete_an_entry(merchant: Merchant, administrator: Client) -> None:
    entry = AuditEntry.objects.get(act="merchant.create")
    page = f"{LIST}{entry.pk}/change/"
    assert administrator.post(page, {"act": "other"}).status_code == 403
    assert administrator.post(f"{LIST}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    administrator.post(LIST, {"action": "delete_selected", "_selected_action": str(entry.pk), "post": "yes"})
    assert AuditEntry.objects.filter(pk=entry.pk, act="merchant.create").exists()
    assert "Asia/Shanghai" in text(administrator.get(page))


@pytest.mark.parametrize("peer", ["", "unix:/run/socket", "fe80::1%eth0", "\x00"])
def test_an_odd_address_is_no_error(peer: str, merchant: Merchant, support: Client) -> None:
    response = support.get("/admin/auth/user/", REMOTE_ADDR=peer, headers={"User-Agent": "a\x00b"})
    assert response.status_code == 403
    entry = AuditEntry.objects.get(act="page.refused")
    assert (entry.ip, entry.user_agent) == ("fe80::1" if "fe80" in peer else None, "ab")


def test_behind_a_proxy_the_callers_address_counts(
    merchant: Merchant, support: Client, settings: LazySettings
) -> None:
    settings.TRUSTED_PROXIES = 1
    support.get("/admin/auth/user/", headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.4"})
    assert AuditEntry.objects.get(act="page.refused").ip == "198.51.100.4"


def rows_of(response: Any) -> list[dict[str, str]]:
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


def test_an_auditor_exports_what_he_filtered_and_that_is_on_the_trail(
    merchant: Merchant, auditor: Client
) -> None:
    rows = rows_of(auditor.post(f"{LIST}export/?act_startswith=merchant.", {"format": "csv"}))
    assert [(row["act"], row["merchant"], row["refused"]) for row in rows] == [
        ("merchant.create", "Sample merchant", "no")
    ]
    assert json.loads(rows[0]["after"])["time_zone"] == "Asia/Shanghai"
    entry = AuditEntry.objects.get(act="auditentry.export")
    assert (entry.after["rows"], entry.ip) == (1, "127.0.0.1")
    assert entry.after["filters"] == {"act": "merchant."}


@pytest.mark.parametrize("role", [SUPPORT, FINANCE])
def test_nobody_else_exports_the_trail(role: str, log_in: LogIn) -> None:
    assert log_in(role).post(f"{LIST}export/", {"format": "csv"}).status_code == 403


def test_the_trail_is_filtered_by_merchant_and_address(merchant: Merchant, auditor: Client) -> None:
    audit.record("other", user=None, now=timezone.now())

    def found(**filters: str) -> set[str]:
        return {entry.act for entry in auditor.get(LIST, filters).context["cl"].result_list}

    assert found(merchant__id__exact=str(merchant.pk)) == {"merchant.create"}
    with audit.coming_from(audit.Origin("2001:db8::1")):
        audit.record("away", user=None, now=timezone.now())
    assert found(ip="2001:DB8:0::1") == {"away"}
    assert found(ip="no address") == set()


def test_the_page_tells_whether_the_trail_is_as_it_was_written(merchant: Merchant, auditor: Client) -> None:
    page = f"{LIST}verify/"
    assert "as it was written" in text(auditor.get(page))
    sealing.seal(now=timezone.now())
    seal = AuditSeal.objects.get()
    assert seal.digest in text(auditor.get(page))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_auditseal (number, first_id, last_id, count, rows, digest, created_at)"
            " SELECT 3, 9999, 9999, 1, rows, digest, created_at FROM orders_auditseal"
        )
    assert "seal 2 is missing" in text(auditor.get(page))


def test_an_auditor_chooses_what_he_asks_for(merchant: Merchant, auditor: Client) -> None:
    for act in ("credential.issue", "order.export", "workbench.examine", "login"):
        audit.record(act, user=None, now=timezone.now())
    audit.record("order.export", user=None, now=timezone.now(), refused=True)

    def found(kind: str) -> list[tuple[str, bool]]:
        rows = auditor.get(LIST, {"kind": kind}).context["cl"].result_list
        return sorted({(entry.act, entry.refused) for entry in rows})

    assert found("changes") == [("credential.issue", False), ("merchant.create", False)]
    assert found("exports") == [("order.export", False), ("order.export", True)]
    assert found("shown") == [("credential.issue", False)]
    assert found("logins") == [("login", False)]
    assert found("refused") == [("order.export", True)]
    assert found("nonsense") == []
    shown = text(auditor.get(LIST, {"kind": "exports", "act_startswith": "order."}))
    assert "?act_startswith=order.&amp;kind=refused" in shown
