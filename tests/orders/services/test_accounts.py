"""Provider accounts: their pairs at rest, replacing them, and what a call tells about their health."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ValidationError
from django_q.models import OrmQ
from pytest_django.fixtures import Settings

from orders.models import AccountKind, AuditEntry, LedgerAccount
from orders.services import accounts, ledger
from providers.base import KeyPair
from providers.keyring import SecretUnreadable
from providers.models import Health, ProviderAccount, ProviderCall
from tests.orders.conftest import NOW, MakeAccount, Place, Send
from tests.upstream import Upstream, serve

HOUR = timedelta(hours=1)
GOOD: dict[str, Any] = {
    "kind": "itrx",
    "label": "Upstream",
    "base_url": "https://upstream.example",
    "key": "key-1",
    "secret": "secret-1",
}


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with serve() as server:
        yield server


def fresh(account: ProviderAccount) -> ProviderAccount:
    return ProviderAccount.objects.get(pk=account.pk)


def add(**fields: object) -> ProviderAccount:
    return accounts.add_account(**GOOD | fields, now=NOW)


@pytest.mark.django_db
def test_a_pair_is_sealed() -> None:
    account = fresh(add())
    assert account.credentials(now=NOW).current == KeyPair("key-1", "secret-1")
    stored = str(ProviderAccount.objects.values().get()) + str(AuditEntry.objects.values().get())
    assert "key-1" not in stored
    assert "secret-1" not in stored


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "paypal"},
        {"label": ""},
        {"base_url": ""},
        {"base_url": "upstream.example"},
        {"base_url": "https://u:p@upstream.example"},
        {"base_url": "https://upstream.example?a=1"},
        {"base_url": "https://upstream.example/\x00"},
        {"base_url": "https://" + "x" * 300},
        {"key": ""},
        {"kind": "tronzap", "key": ""},
        {"secret": ""},
        {"kind": "crossingpay", "secret": ""},
        {"secret": "two words"},
        {"secret": "secret\n"},
        {"key": "ключ"},
        {"key": "\x00"},
        {"priority": -1},
        {"priority": 2**64},
    ],
)
def test_what_is_no_account_is_not_stored(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        add(**fields)
    assert "secret-1" not in str(caught.value)
    assert not ProviderAccount.objects.exists()


def test_a_label_is_taken_once(make_account: MakeAccount) -> None:
    make_account(label="one")
    with pytest.raises(ValidationError, match="already exists"):
        make_account(label="one")


def test_a_replaced_pair_verifies_until_its_grace_ends(make_account: MakeAccount) -> None:
    account = make_account()
    accounts.replace_keys(account, key="key-2", secret="secret-2", grace=HOUR, now=NOW)
    account = fresh(account)
    during = account.credentials(now=NOW + HOUR - timedelta(seconds=1))
    assert (during.current, during.previous) == (KeyPair("key-2", "secret-2"), KeyPair("key", "secret"))
    assert account.credentials(now=NOW + HOUR).previous is None
    assert account.health == Health.UNKNOWN


def test_without_a_grace_nothing_of_the_old_pair_is_kept(make_account: MakeAccount) -> None:
    account = make_account()
    accounts.replace_keys(account, key="key-2", secret="secret-2", grace=timedelta(0), now=NOW)
    account = fresh(account)
    assert account.credentials(now=NOW).previous is None
    assert (account.previous_sealed_key, account.previous_sealed_secret) == ("", "")


@pytest.mark.parametrize(("key", "secret"), [("", "secret-2"), ("key-2", ""), ("key 2", "secret-2")])
def test_a_pair_that_is_none_replaces_nothing(key: str, secret: str, make_account: MakeAccount) -> None:
    account = make_account()
    with pytest.raises(ValidationError):
        accounts.replace_keys(account, key=key, secret=secret, grace=HOUR, now=NOW)
    assert fresh(account).credentials(now=NOW).current == KeyPair("key", "secret")


def test_the_identity_freezes_with_the_first_attempt(
    make_account: MakeAccount, place: Place, send: Send
) -> None:
    account = make_account()
    accounts.change_account(account, {"base_url": "https://other.example", "upstream_account": "us"}, now=NOW)
    assert fresh(account).base_url == "https://other.example"
    send(place(), account)
    for changes in ({"base_url": "https://third.example"}, {"kind": "tronzap"}, {"upstream_account": "them"}):
        with pytest.raises(ValidationError, match="stay as they are"):
            accounts.change_account(account, changes, now=NOW)
    accounts.change_account(account, {"enabled": False, "priority": 3, "kind": "itrx"}, now=NOW)
    account = fresh(account)
    assert (account.enabled, account.priority, account.base_url) == (False, 3, "https://other.example")


def test_a_change_that_is_none_is_refused(make_account: MakeAccount) -> None:
    account = make_account()
    for changes in ({"base_url": "ftp://x"}, {"label": ""}, {"priority": -1}):
        with pytest.raises(ValidationError):
            accounts.change_account(account, changes, now=NOW)
    assert fresh(account).base_url == "http://127.0.0.1:65535"


def test_a_top_up_of_an_upstream_is_prepaid(make_account: MakeAccount) -> None:
    account = make_account()
    accounts.top_up(account, amount_sun=5_000_000, reason="x" * 300, now=NOW)
    assert ledger.balance_of(ledger.provider_ledger(account)) == -5_000_000
    assert ledger.balance_of(ledger.house(AccountKind.CASH)) == 5_000_000
    for amount_sun in (0, -1, 10**15 + 1):
        with pytest.raises(ValueError, match="a top-up must be"):
            accounts.top_up(account, amount_sun=amount_sun, reason="", now=NOW)
    assert LedgerAccount.objects.count() == 2


def test_failing_since_is_the_first_failure(make_account: MakeAccount) -> None:
    account = make_account()
    for minutes, health in ((0, Health.FAILING), (1, Health.FAILING), (2, Health.MISCONFIGURED)):
        accounts.mark(fresh(account), health, "x" * 500, now=NOW + timedelta(minutes=minutes))
    account = fresh(account)
    assert (account.failing_since, account.health, account.health_at) == (
        NOW,
        Health.MISCONFIGURED,
        NOW + timedelta(minutes=2),
    )
    accounts.mark(account, Health.HEALTHY, now=NOW + timedelta(minutes=3))
    account = fresh(account)
    assert (account.failing_since, account.health, account.health_note) == (None, Health.HEALTHY, "")


def test_good_news_is_not_written_on_every_call(make_account: MakeAccount) -> None:
    account = make_account()
    for seconds, known_at in ((0, 0), (59, 0), (60, 60)):
        accounts.mark(fresh(account), Health.HEALTHY, now=NOW + timedelta(seconds=seconds))
        assert fresh(account).health_at == NOW + timedelta(seconds=known_at)


# --- asking the upstream -----------------------------------------------------------------------------------------


def asked(account: ProviderAccount, upstream: Upstream) -> tuple[bool, str]:
    ProviderAccount.objects.filter(pk=account.pk).update(base_url=upstream.url)
    works, told = accounts.check(fresh(account), clock=lambda: NOW)
    return works, str(told)


def test_a_check_tells_balance_and_health(make_account: MakeAccount, upstream: Upstream) -> None:
    account = make_account("tronzap")
    upstream.answer(json.dumps({"code": 0, "result": {"balance": 12.5}}).encode())
    works, told = asked(account, upstream)
    account = fresh(account)
    assert (works, account.health, account.balance_sun, account.balance_at) == (
        True,
        Health.HEALTHY,
        12_500_000,
        NOW,
    )
    assert "12.5 TRX" in told
    assert ProviderCall.objects.get().purpose == "balance"


@pytest.mark.parametrize(
    ("status", "body", "health"),
    [
        (500, b"<html>", Health.FAILING),
        (200, b"", Health.FAILING),
        (302, b"", Health.FAILING),
        (
            401,
            json.dumps({"code": 1, "key": "auth", "error": "no", "request_id": "r"}).encode(),
            Health.MISCONFIGURED,
        ),
    ],
)
def test_a_check_that_fails_keeps_the_last_balance(
    status: int, body: bytes, health: Health, make_account: MakeAccount, upstream: Upstream
) -> None:
    account = make_account("tronzap")
    accounts.note_balance(account, 7, now=NOW - HOUR)
    upstream.answer(body, status)
    works, told = asked(account, upstream)
    account = fresh(account)
    assert (works, account.health, account.balance_sun) == (False, health, 7)
    assert told == account.health_note != ""


def test_a_check_of_an_upstream_that_is_not_there(make_account: MakeAccount) -> None:
    account = make_account("tronzap")
    works, _ = accounts.check(account, clock=lambda: NOW)
    assert (works, fresh(account).health) == (False, Health.FAILING)


def test_a_check_with_a_foreign_ring(make_account: MakeAccount, settings: Settings) -> None:
    account = make_account("tronzap")
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    works, told = accounts.check(account, clock=lambda: NOW)
    assert (works, fresh(account).health) == (False, Health.MISCONFIGURED)
    assert "ring" in str(told)


def test_an_upstream_that_answers_no_question_is_not_called_healthy(make_account: MakeAccount) -> None:
    account = make_account("crossingpay")
    works, told = accounts.check(account, clock=lambda: NOW)
    assert (works, fresh(account).health) == (True, Health.UNKNOWN)
    assert "first order" in str(told)


def test_each_enabled_account_is_checked_by_a_task_of_its_own(make_account: MakeAccount) -> None:
    make_account("tronzap")
    make_account("itrx")
    make_account("itrx", label="off", enabled=False)
    assert accounts.enqueue_checks() == 2
    assert OrmQ.objects.count() == 2


def test_reencrypt_moves_all_four_values(
    make_account: MakeAccount, settings: Settings, now: datetime
) -> None:
    account = make_account()
    bare = make_account("crossingpay")
    accounts.replace_keys(account, key="key-2", secret="secret-2", grace=HOUR, now=now)
    new = Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, *settings.ENCRYPTION_KEYS]
    before = fresh(account)
    assert accounts.reencrypt() == 2
    settings.ENCRYPTION_KEYS = [new]
    credentials = fresh(account).credentials(now=now)
    assert credentials.current == KeyPair("key-2", "secret-2")
    assert credentials.previous == KeyPair("key", "secret")
    assert fresh(bare).credentials(now=now).current.secret == "secret"
    with pytest.raises(SecretUnreadable):
        before.credentials(now=now)
