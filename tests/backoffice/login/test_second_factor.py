"""With REQUIRE_TWO_FACTOR nobody opens a page before he has set up a second factor, or without showing it."""

import json
import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client
from django.urls import NoReverseMatch, reverse
from pytest_django import Settings

from backoffice import roles
from orders.models import AuditEntry
from orders.services import second_factors
from tests.backoffice.login.conftest import (
    ACTIVATE,
    CODES,
    CONFIRM,
    ENTER,
    FACTOR,
    LOGIN,
    ORDERS,
    PASSWORD,
    Clock,
    code,
    enrol,
    log_in,
    opens,
)
from tests.orders.admin.conftest import send_form

PASSKEY = f"{FACTOR}passkeys/add/"


@pytest.fixture(autouse=True)
def required(settings: Settings) -> None:
    settings.REQUIRE_TWO_FACTOR = True


def test_a_colleague_made_on_one_page_sets_it_up_before_any_page_opens(person: User, clock: Clock) -> None:
    administrator = Client()
    administrator.force_login(User.objects.create_superuser("root"))
    enrol(administrator)
    role = str(Group.objects.get(name=roles.SUPPORT).pk)
    given = {"name": "colleague", "email": "colleague@example.test", "role": role, "scope": "all"}
    link = send_form(administrator, "/admin/auth/user/add/", **given).context["link"]
    stranger = Client()
    page = stranger.get(link, follow=True).request["PATH_INFO"]
    passwords = {"new_password1": PASSWORD, "new_password2": PASSWORD}
    assert stranger.post(page, passwords)["Location"] == LOGIN

    colleague = log_in("colleague@example.test")
    for page in ("/admin/", ORDERS, "/admin/usersessions/usersession/", "/admin/password_change/"):
        assert colleague.get(page)["Location"] == FACTOR
    assert "Set up a second factor first" in colleague.get(FACTOR).content.decode()
    enrol(colleague)
    assert opens(colleague)


def test_a_superuser_of_the_command_line_sets_it_up_too(
    db: None, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", username="root", email="", interactive=False, verbosity=0)
    root = log_in("root")
    assert root.get("/admin/")["Location"] == FACTOR
    enrol(root)
    assert opens(root, "/admin/")


def test_the_next_login_asks_for_the_code_and_takes_it_once(person: User, clock: Clock) -> None:
    secret = enrol(log_in("sample"))
    client, other = log_in("sample"), log_in("sample")
    assert not opens(client)
    assert client.get(LOGIN)["Location"] == ENTER
    assert client.post(ENTER, {"code": "000000"}).status_code == 200
    assert client.post(ENTER, {"code": code(secret)}).status_code == 302
    assert opens(client)
    other.post(ENTER, {"code": code(secret)})
    assert not opens(other)
    clock.shift(timedelta(seconds=31))
    other.post(ENTER, {"code": code(secret)})
    assert opens(other)


def test_a_login_from_before_the_second_factor_does_not_count(person: User, clock: Clock) -> None:
    """Who knew the password before neither goes on nor sets up one of his own."""
    early, owner = log_in("sample"), log_in("sample")
    stolen = early.cookies["sessionid"].value
    enrol(owner)
    assert opens(owner)
    assert early.get(ORDERS)["Location"].startswith(LOGIN)

    raced = log_in("sample")  # as if its login had been under way: a session that has not seen the factor
    raced.force_login(person)
    assert raced.get(ORDERS)["Location"].startswith(f"{FACTOR}confirm/")
    assert raced.get(PASSKEY)["Location"].startswith(f"{FACTOR}confirm/")
    assert raced.get(CODES)["Location"].startswith(f"{FACTOR}confirm/")
    raced.post(CONFIRM, {"password": PASSWORD})
    assert not opens(raced)
    assert stolen != raced.cookies["sessionid"].value


def test_recovery_codes_are_shown_once_and_work_once(person: User, clock: Clock) -> None:
    client = log_in("sample")
    enrol(client)
    codes = re.findall(r"\b\d{8}\b", client.get(CODES).content.decode())
    assert len(set(codes)) == 10
    assert codes[0] not in client.get(CODES).content.decode()
    again, third = log_in("sample"), log_in("sample")
    again.post(ENTER, {"code": codes[0]})
    assert opens(again)
    third.post(ENTER, {"code": codes[0]})
    assert not opens(third)


def test_who_takes_away_his_last_one_sets_up_another_at_once(person: User, clock: Clock) -> None:
    client = log_in("sample")
    enrol(client)
    client.post(f"{FACTOR}app/deactivate/")
    assert not Authenticator.objects.exists()
    assert client.get(ORDERS)["Location"] == FACTOR
    enrol(client)
    assert opens(client)


def test_its_secrets_are_sealed_and_move_with_the_ring(
    person: User, clock: Clock, settings: Settings
) -> None:
    secret = enrol(log_in("sample"))
    assert secret not in json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    old, new = settings.ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, old]
    assert second_factors.reencrypt() == 2
    settings.ENCRYPTION_KEYS = [new]
    client = log_in("sample")
    client.post(ENTER, {"code": code(secret)})
    assert opens(client)


def test_what_becomes_of_it_is_on_the_trail_without_a_code(person: User, clock: Clock) -> None:
    secret = enrol(log_in("sample"))
    log_in("sample").post(ENTER, {"code": "123456"})
    acts = AuditEntry.objects.filter(object_id=person.pk).order_by("pk").values_list("act", "refused")
    added = ("second_factor.add", False)  # the app, and recovery codes with it
    assert list(acts) == [("login", False), added, added, ("login.factor_failed", True)]
    kept = str(list(AuditEntry.objects.values()))
    assert secret not in kept
    assert "123456" not in kept


def test_a_wrong_code_while_setting_up_adds_nothing(person: User, clock: Clock) -> None:
    client = log_in("sample")
    client.get(ACTIVATE)
    assert client.post(ACTIVATE, {"code": "000000"}).status_code == 200
    assert not Authenticator.objects.exists()
    assert client.get(ORDERS)["Location"] == FACTOR


@pytest.mark.parametrize(
    "name", ["account_signup", "account_email", "account_reset_password", "mfa_download_recovery_codes"]
)
def test_pages_that_nobody_needs_are_not_routed(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(name)
