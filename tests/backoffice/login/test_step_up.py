"""Secrets and money ask a person again who he is, once that was proved too long ago."""

from datetime import timedelta
from urllib.parse import unquote

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings

from backoffice import roles
from backoffice.login.stamps import FACTOR_OF
from orders.admin.step_up import STEP_UP
from orders.models import AuditEntry, Merchant
from tests.backoffice.login.conftest import CONFIRM, FACTOR, PASSWORD, Clock, code, enrol, log_in, opens

TOP_UP = "/admin/orders/merchant/{}/top-up/"
USER = "/admin/auth/user/"


@pytest.fixture
def chief(person: User) -> Client:
    user = User.objects.create_user("chief", password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=roles.ADMINISTRATOR))
    return log_in("chief")


@pytest.fixture
def top_up(db: None) -> str:
    return TOP_UP.format(Merchant.objects.create(name="Sample", time_zone="Asia/Shanghai").pk)


def test_each_page_of_the_table_exists() -> None:
    def names(patterns: list[URLPattern | URLResolver], namespace: str = "") -> set[str]:
        found: set[str] = set()
        for each in patterns:
            if isinstance(each, URLPattern):
                found.add(f"{namespace}{each.name}")
            else:
                inner = f"{namespace}{each.namespace}:" if each.namespace else namespace
                found |= names(each.url_patterns, inner)
        return found

    assert sorted(set(STEP_UP) - names(get_resolver().url_patterns)) == []


def test_a_login_of_this_minute_is_proof(chief: Client, top_up: str) -> None:
    assert opens(chief, top_up)


def test_later_it_asks_for_the_password_and_goes_on(
    chief: Client, top_up: str, settings: Settings, clock: Clock
) -> None:
    clock.shift(timedelta(seconds=settings.STEP_UP_SECONDS + 1))
    assert opens(chief, "/admin/orders/merchant/")
    assert chief.get(top_up)["Location"] == f"{CONFIRM}?next={top_up}"
    assert chief.post(CONFIRM, {"password": "wrong", "next": top_up}).status_code == 200
    assert not opens(chief, top_up)
    assert chief.post(CONFIRM, {"password": PASSWORD, "next": top_up})["Location"] == top_up
    assert opens(chief, top_up)
    acts = AuditEntry.objects.filter(act__startswith="login.").order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["login.failed", "login.confirmed"]


def test_who_has_a_second_factor_proves_that_one(
    chief: Client, top_up: str, settings: Settings, clock: Clock
) -> None:
    secret = enrol(chief)
    clock.shift(timedelta(seconds=settings.STEP_UP_SECONDS + 1))
    asked = chief.get(f"{CONFIRM}?next={top_up}")["Location"]
    assert unquote(asked) == f"{FACTOR}confirm/?next={top_up}"
    assert chief.post(CONFIRM, {"password": PASSWORD, "next": top_up})["Location"].startswith(FACTOR)
    assert not opens(chief, top_up)
    assert CONFIRM not in chief.get(asked).content.decode()
    assert chief.post(asked, {"code": "000000"}).status_code == 200
    assert not opens(chief, top_up)
    assert chief.post(asked, {"code": code(secret), "next": top_up})["Location"] == top_up
    assert opens(chief, top_up)


def test_who_has_only_a_passkey_is_asked_for_it_first(
    chief: Client, top_up: str, settings: Settings, clock: Clock
) -> None:
    user = User.objects.get(username="chief")
    for kind in (Authenticator.Type.WEBAUTHN, Authenticator.Type.RECOVERY_CODES):
        Authenticator.objects.create(user=user, type=kind, data={})
    clock.shift(timedelta(seconds=settings.STEP_UP_SECONDS + 1))
    session = chief.session
    session[FACTOR_OF] = user.pk
    session.save()
    assert chief.get(f"{CONFIRM}?next={top_up}")["Location"].startswith(f"{FACTOR}passkeys/confirm/")


def test_what_was_sent_too_late_does_nothing_and_is_not_kept(
    chief: Client, top_up: str, settings: Settings, clock: Clock
) -> None:
    token = chief.get(top_up).context["form"]["token"].value()
    clock.shift(timedelta(seconds=settings.STEP_UP_SECONDS + 1))
    sent = {"token": token, "amount": "12.5", "reason": "a very private reason"}
    assert chief.post(top_up, sent)["Location"] == f"{CONFIRM}?next={top_up}"
    assert "a very private reason" not in str(dict(chief.session.items()))
    page = chief.get(f"{CONFIRM}?next={top_up}").content.decode()
    assert "Nothing was done." in page
    assert chief.post(CONFIRM, {"password": PASSWORD, "next": top_up})["Location"] == top_up
    assert AuditEntry.objects.filter(act__contains="top_up").count() == 0


def test_a_page_that_is_also_a_view_asks_only_when_something_is_sent(
    chief: Client, person: User, settings: Settings, clock: Clock
) -> None:
    clock.shift(timedelta(seconds=settings.STEP_UP_SECONDS + 1))
    page = f"{USER}{person.pk}/change/"
    assert opens(chief, page)
    assert chief.post(page, {"username": "other"})["Location"] == f"{CONFIRM}?next={page}"
    person.refresh_from_db()
    assert person.username == "sample"


def test_the_way_back_leads_to_no_other_host(chief: Client, settings: Settings, clock: Clock) -> None:
    clock.shift(timedelta(seconds=settings.STEP_UP_SECONDS + 1))
    response = chief.post(CONFIRM, {"password": PASSWORD, "next": "https://evil.example/"})
    assert response["Location"].startswith("/")
