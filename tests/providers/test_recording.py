import json
import socket
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.serializers import serialize

from providers import keyring
from providers.base import Credentials, KeyPair
from providers.errors import ProviderUnavailable
from providers.http import Exchange, Transport
from providers.models import ProviderAccount, ProviderCall
from providers.recording import recorder
from tests.loopback import LOOPBACK

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
KEY, SECRET, OLD_KEY, OLD_SECRET = "key-5f0c1", "secret-9d1e7", "old-key-77a02", "old-secret-0c3b4"
CREDENTIALS = Credentials("http://127.0.0.1:65535", KeyPair(KEY, SECRET), KeyPair(OLD_KEY, OLD_SECRET))


@pytest.fixture
def account(db: None) -> ProviderAccount:
    return ProviderAccount.objects.create(
        kind="itrx", label="first", base_url=CREDENTIALS.base_url, sealed_secret=keyring.seal(SECRET)
    )


def exchange(**changes: Any) -> Exchange:
    fields: dict[str, Any] = {
        "purpose": "collect",
        "request_id": "a" * 32,
        "method": "POST",
        "url": "http://127.0.0.1:65535/api/v1/frontend/order",
        "request_headers": {"API-KEY": KEY, "TIMESTAMP": "1", "SIGNATURE": "feed"},
        "request_body": b'{"apikey":"%s","n":1}' % KEY.encode(),
        "sent": True,
        "status": 200,
        "response_headers": {"content-type": "application/json"},
        "response_body": b'{"errno":0}',
        "error": "",
        "duration_ms": 12,
    }
    return Exchange(**(fields | changes))


def record(account: ProviderAccount, **changes: Any) -> ProviderCall:
    recorder(account, CREDENTIALS, clock=lambda: NOW)(exchange(**changes))
    return ProviderCall.objects.get()


def test_an_exchange_is_kept_masked(account: ProviderAccount) -> None:
    call = record(account)
    assert call.account == account
    assert (call.purpose, call.request_id, call.method) == ("collect", "a" * 32, "POST")
    assert call.request_headers == {"API-KEY": "****", "TIMESTAMP": "1", "SIGNATURE": "****"}
    assert json.loads(call.request_body) == {"apikey": "****", "n": 1}
    assert (call.sent, call.status, call.response_body, call.duration_ms) == (True, 200, '{"errno":0}', 12)
    assert call.created_at == NOW


def test_no_own_secret_is_kept_wherever_it_stands(account: ProviderAccount) -> None:
    everything = " ".join([KEY, SECRET, OLD_KEY, OLD_SECRET])
    call = record(
        account,
        url=f"http://127.0.0.1:65535/{KEY}?x={SECRET}",
        request_headers={"X-Odd": everything},
        request_body=everything.encode(),
        response_headers={"x-echo": everything},
        response_body=json.dumps({"echo": everything}).encode(),
        error=everything,
    )
    stored = serialize("json", [call])
    assert not [text for text in (KEY, SECRET, OLD_KEY, OLD_SECRET) if text in stored]
    assert call.request_body == "**** **** **** ****"


def test_whatever_a_stranger_answers_can_be_kept(account: ProviderAccount) -> None:
    call = record(
        account,
        status=None,
        purpose="p" * 99,
        request_id="r" * 99,
        url="http://127.0.0.1:65535/" + "u" * 9999,
        response_headers={"x\x00": "\x00" + "h" * 9999},
        response_body=bytes(range(256)) * 1000,
        error="e" * 999,
    )
    assert len(call.response_body) == 16_384
    assert len(call.error) == 255
    assert call.status is None


def test_a_failed_try_is_recorded_by_the_transport(account: ProviderAccount) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    keep = recorder(account, CREDENTIALS, clock=lambda: NOW)
    transport = Transport(connect_seconds=10, total_seconds=10, policy=LOOPBACK, record=keep)
    with pytest.raises(ProviderUnavailable):
        transport.call("GET", f"http://127.0.0.1:{port}/", headers={"API-KEY": KEY}, purpose="balance")
    call = ProviderCall.objects.get()
    assert not call.sent
    assert call.error == "nothing was sent: Connection refused"
    assert call.request_headers["API-KEY"] == "****"


@pytest.mark.django_db(transaction=True)
def test_a_database_that_refuses_the_record_does_not_lose_the_answer(
    account: ProviderAccount, caplog: pytest.LogCaptureFixture
) -> None:
    account.pk = 987_654  # no such row: the foreign key refuses it
    recorder(account, CREDENTIALS, clock=lambda: NOW)(exchange())
    assert "could not be recorded" in caplog.text
    assert not [text for text in (KEY, SECRET) if text in caplog.text]
    assert not ProviderCall.objects.exists()
