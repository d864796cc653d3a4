from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from providers.base import Credentials, KeyPair, ProviderClient, State
from providers.errors import CallbackRefused
from providers.http import Transport
from providers.itrx import wire
from providers.itrx.client import ItrxClient
from tests.loopback import LOOPBACK

NOW = datetime.fromtimestamp(1_700_000_010, UTC)  # that of the callback vectors
OTHER = KeyPair("OTHER", "other-secret")


def make_client(
    current: KeyPair, previous: KeyPair | None = None, tolerance_seconds: int | None = 300
) -> ItrxClient:
    credentials = Credentials("http://127.0.0.1:1", current, previous)
    transport = Transport(connect_seconds=1, total_seconds=1, policy=LOOPBACK)
    return ItrxClient(credentials, transport, callback_tolerance_seconds=tolerance_seconds)


def headers(vector: Any, **changes: str) -> dict[str, str]:
    return {"TIMESTAMP": vector.timestamp, "SIGNATURE": vector.signature, "API-KEY": "x"} | changes


def refusal(client: ItrxClient, given: dict[str, str], body: bytes, now: datetime = NOW) -> str:
    with pytest.raises(CallbackRefused) as refused:
        client.parse_callback(given, body, now=now)
    return refused.value.reason


@pytest.mark.parametrize("name", ["V7a", "V7b", "V8"])
@pytest.mark.parametrize("spell", [str.lower, str.upper, str.title])
def test_verified_in_every_form(name: str, spell: Any, vectors: dict[str, Any], pair: KeyPair) -> None:
    given = {spell(header): value for header, value in headers(vectors[name]).items()}
    callback = make_client(pair).parse_callback(given, vectors[name].sent, now=NOW)
    assert callback.progress
    assert callback.progress.upstream_id == "886294f5204ac2fc1430f5a7d9215a80"
    assert callback.used_previous is False


def test_spaced_signature_over_compact_bytes(vectors: dict[str, Any], pair: KeyPair) -> None:
    callback = make_client(pair).parse_callback(headers(vectors["V7b"]), vectors["V7a"].sent, now=NOW)
    assert callback.request_id == "123456"
    assert callback.progress
    assert callback.progress.state is State.SUCCEEDED


def test_the_replaced_pair_verifies_during_its_grace(vectors: dict[str, Any], pair: KeyPair) -> None:
    vector = vectors["V7a"]
    assert (
        make_client(OTHER, pair).parse_callback(headers(vector), vector.sent, now=NOW).used_previous is True
    )
    assert refusal(make_client(OTHER), headers(vector), vector.sent) == "bad_signature"


@pytest.mark.parametrize(
    "changes", [{"SIGNATURE": ""}, {"SIGNATURE": "0" * 64}, {"TIMESTAMP": ""}, {"TIMESTAMP": "1700000011"}]
)
def test_forged(changes: dict[str, str], vectors: dict[str, Any], pair: KeyPair) -> None:
    vector = vectors["V7a"]
    assert refusal(make_client(pair), headers(vector, **changes), vector.sent) == "bad_signature"


def test_unsigned(vectors: dict[str, Any], pair: KeyPair) -> None:
    assert refusal(make_client(pair), {}, vectors["V7a"].sent) == "bad_signature"


def test_body_changed(vectors: dict[str, Any], pair: KeyPair) -> None:
    forged = vectors["V8"].sent.replace(b'"status":41', b'"status":40')
    assert refusal(make_client(pair), headers(vectors["V8"]), forged) == "bad_signature"


@pytest.mark.parametrize("seconds", [-301, 301])
def test_stale_or_from_the_future(seconds: int, vectors: dict[str, Any], pair: KeyPair) -> None:
    vector = vectors["V7a"]
    now = NOW + timedelta(seconds=seconds)
    assert refusal(make_client(pair), headers(vector), vector.sent, now) == "stale"
    assert make_client(pair, tolerance_seconds=301).parse_callback(headers(vector), vector.sent, now=now)
    assert make_client(pair, tolerance_seconds=None).parse_callback(headers(vector), vector.sent, now=now)


def test_a_signed_timestamp_that_is_no_number(vectors: dict[str, Any], pair: KeyPair) -> None:
    body = vectors["V7a"].sent
    given = {"TIMESTAMP": "now", "SIGNATURE": wire.sign(pair.secret, "now", body)}
    assert refusal(make_client(pair), given, body) == "stale"


@pytest.mark.parametrize("body", [b"", b"{}", b"not json", b'{"serial":"a","serial":"b","status":40}'])
def test_signed_but_unreadable(body: bytes, pair: KeyPair) -> None:
    given = wire.signed_headers(pair.key, pair.secret, body, NOW)
    assert refusal(make_client(pair), given, body) == "malformed"


def test_acknowledgement(pair: KeyPair) -> None:
    assert make_client(pair).acknowledgement() == (200, "{}")


def test_it_is_a_provider_client(pair: KeyPair) -> None:
    client: ProviderClient = make_client(pair)
    assert client.can_look_up
    assert not client.repeats_safely
