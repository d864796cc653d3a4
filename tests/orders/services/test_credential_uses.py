"""From where a pair is used: kept by address, and never more than a write a minute."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import ApiCredential, CredentialUse
from orders.services import credential_uses
from tests.orders.conftest import NOW

MINUTE = timedelta(minutes=1)


def kept(credential: ApiCredential) -> list[tuple[str, int, int]]:
    """Address, minute of the first use and of the last."""
    rows = CredentialUse.objects.filter(credential=credential).order_by("pk")
    return [(row.ip, (row.first_at - NOW) // MINUTE, (row.last_at - NOW) // MINUTE) for row in rows]


def test_each_address_is_kept_with_its_first_and_last_use(credential: ApiCredential) -> None:
    for minute, ip in ((0, "192.0.2.1"), (0, "::ffff:192.0.2.1"), (1, "2001:db8::1"), (5, "192.0.2.1")):
        credential_uses.note(credential, ip, now=NOW + minute * MINUTE)
    assert kept(credential) == [("192.0.2.1", 0, 5), ("2001:db8::1", 1, 1)]


def test_calls_within_a_minute_write_once(credential: ApiCredential) -> None:
    credential_uses.note(credential, "192.0.2.1", now=NOW)
    with CaptureQueriesContext(connection) as asked:
        credential_uses.note(credential, "192.0.2.1", now=NOW + MINUTE / 2)
    assert len(asked) == 0


@pytest.mark.parametrize("ip", ["", "unix", "\x00"])
def test_a_caller_without_an_address_is_no_error(ip: str, credential: ApiCredential) -> None:
    credential_uses.note(credential, ip, now=NOW)
    assert kept(credential) == []


def test_another_process_may_have_noted_it_first(credential: ApiCredential) -> None:
    credential_uses.note(credential, "192.0.2.1", now=NOW)
    credential_uses.forget()
    credential_uses.note(credential, "192.0.2.1", now=NOW)
    assert CredentialUse.objects.count() == 1


def test_of_very_many_addresses_the_first_are_kept(
    credential: ApiCredential, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credential_uses, "MOST_ADDRESSES", 2)
    for last in (1, 2, 3, 1):
        credential_uses.note(credential, f"192.0.2.{last}", now=NOW + last * MINUTE)
    assert [ip for ip, *_ in kept(credential)] == ["192.0.2.1", "192.0.2.2"]
