"""Guessing is slowed down for an address and for a name, and told on the trail."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.test import Client
from pytest_django import Settings

from orders.models import AuditEntry
from tests.backoffice.login.conftest import LOGIN, PASSWORD, opens


def guess(name: str, password: str = "wrong", **extra: Any) -> tuple[Client, str]:
    client = Client()
    response = client.post(LOGIN, {"login": name, "password": password}, **extra)
    return client, response.content.decode()


def test_what_is_counted_is_seen_by_every_process() -> None:
    assert isinstance(caches["default"], DatabaseCache)


def test_a_name_is_left_alone_after_five_failures_from_anywhere(person: User) -> None:
    for number in range(5):
        guess("sample", REMOTE_ADDR=f"192.0.2.{number}")
    client, page = guess("sample", PASSWORD, REMOTE_ADDR="192.0.2.9")
    assert "Too many failed login attempts" in page
    assert not opens(client)
    assert AuditEntry.objects.filter(act="login.failed", object_id=str(person.pk)).count() == 5
    throttled = AuditEntry.objects.get(act="login.throttled")
    assert (throttled.ip, throttled.refused) == ("192.0.2.9", True)


def test_an_address_is_left_alone_after_ten_failures_and_others_are_not(
    person: User, settings: Settings
) -> None:
    for number in range(settings.LOGIN_FAILURES_PER_MINUTE):
        guess(f"nobody {number}")
    client, page = guess("sample", PASSWORD)
    assert "Too many failed login attempts" in page
    assert not opens(client)
    client, _ = guess("sample", PASSWORD, REMOTE_ADDR="192.0.2.1")
    assert opens(client)


def test_throttled_tries_do_not_flood_the_trail(person: User) -> None:
    for _ in range(9):
        guess("sample")
    assert AuditEntry.objects.filter(act="login.throttled").count() == 1


def test_a_flood_of_logins_is_answered_429(person: User, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/m/ip"}
    answers = [Client().post(LOGIN, {"login": "sample", "password": PASSWORD}).status_code for _ in range(3)]
    assert answers == [302, 302, 429]


@pytest.mark.parametrize(("proxies", "counted"), [(0, "127.0.0.1"), (1, "198.51.100.7"), (2, "203.0.113.5")])
def test_behind_proxies_it_is_the_callers_address(
    person: User, settings: Settings, proxies: int, counted: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    guess("sample", HTTP_X_FORWARDED_FOR="192.0.2.1, 203.0.113.5, 198.51.100.7")
    assert AuditEntry.objects.get(act="login.failed").ip == counted


def test_many_names_behind_one_proxy_do_not_shut_out_the_others(person: User, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 1
    for number in range(settings.LOGIN_FAILURES_PER_MINUTE):
        guess(f"nobody {number}", HTTP_X_FORWARDED_FOR="192.0.2.1")
    client, _ = guess("sample", PASSWORD, HTTP_X_FORWARDED_FOR="192.0.2.2")
    assert opens(client)
