import json
from datetime import UTC, datetime
from typing import Any

import pytest

from providers.base import KeyPair
from providers.itrx import wire

NOW = datetime.fromtimestamp(1_700_000_000, UTC)
ALL = ["V0", "V0x", "V1", "V2", "V3", "V4", "V5a", "V5b", "V6", "V6b", "V7a", "V7b", "V8", "V9a", "V9b"]
ALL += ["V10"]


def test_every_vector_is_listed(vectors: dict[str, Any]) -> None:
    assert list(vectors) == ALL


@pytest.mark.parametrize("name", ALL)
def test_signs_every_vector(name: str, vectors: dict[str, Any], pair: KeyPair) -> None:
    vector = vectors[name]
    assert len(vector.signed) == vector.length
    assert wire.sign(pair.secret, vector.timestamp, vector.signed) == vector.signature


@pytest.mark.parametrize("name", ALL)
def test_server_accepts_every_pair_of_sent_body_and_signature(
    name: str, vectors: dict[str, Any], pair: KeyPair
) -> None:
    vector = vectors[name]
    assert wire.signature_ok(pair.secret, vector.timestamp, vector.sent, vector.signature)
    assert wire.signature_ok(pair.secret, vector.timestamp, vector.sent, vector.signature.upper())


@pytest.mark.parametrize("name", ALL)
def test_receiver_accepts_every_pair_too(name: str, vectors: dict[str, Any], pair: KeyPair) -> None:
    vector = vectors[name]
    assert wire.callback_signature_ok(pair.secret, vector.timestamp, vector.sent, vector.signature)


@pytest.mark.parametrize("name", ALL)
def test_one_changed_value_is_refused(name: str, vectors: dict[str, Any], pair: KeyPair) -> None:
    vector = vectors[name]
    other_time = str(int(vector.timestamp) + 1)
    other_body = vector.sent.replace(b"TExWK", b"TExWL") if vector.sent else b'{"scene":0}'
    other_signature = vector.signature[:-1] + ("0" if vector.signature[-1] != "0" else "1")
    for check in (wire.signature_ok, wire.callback_signature_ok):
        assert not check(pair.secret, other_time, vector.sent, vector.signature)
        assert not check(pair.secret, vector.timestamp, vector.sent, other_signature)
        assert not check(pair.secret + "0", vector.timestamp, vector.sent, vector.signature)
        if other_body != vector.sent:
            assert not check(pair.secret, vector.timestamp, other_body, vector.signature)


@pytest.mark.parametrize("name", ["V0", "V1", "V2", "V3", "V4", "V5a", "V7a", "V8"])
def test_canonical_prints_the_signed_text(name: str, vectors: dict[str, Any]) -> None:
    signed = vectors[name].signed
    assert wire.canonical(json.loads(signed)).encode() == signed


def test_canonical_utf8(vectors: dict[str, Any]) -> None:
    signed = vectors["V5b"].signed
    assert wire.canonical(json.loads(signed), ascii=False).encode() == signed


def test_published_signature_is_that_of_one_day_not_one_hour(vectors: dict[str, Any]) -> None:
    assert vectors["V0"].signature != vectors["V0x"].signature


def test_raw_only_and_canonical_only_forms(vectors: dict[str, Any], pair: KeyPair) -> None:
    """V6 and V9a pass only as raw bytes, V6b and V9b only re-serialised."""

    def is_canonical(name: str) -> bool:
        vector = vectors[name]
        form = wire.canonical(json.loads(vector.sent)).encode()
        return bool(wire.sign(pair.secret, vector.timestamp, form) == vector.signature)

    def is_raw(name: str) -> bool:
        vector = vectors[name]
        return bool(wire.sign(pair.secret, vector.timestamp, vector.sent) == vector.signature)

    assert [name for name in ("V6", "V9a", "V6b", "V9b") if is_raw(name)] == ["V6", "V9a"]
    assert [name for name in ("V6", "V9a", "V6b", "V9b") if is_canonical(name)] == ["V6b", "V9b"]


def test_utf8_body_with_the_ascii_signature_and_the_reverse(vectors: dict[str, Any], pair: KeyPair) -> None:
    escaped, plain = vectors["V5a"], vectors["V5b"]
    assert wire.signature_ok(pair.secret, plain.timestamp, plain.sent, escaped.signature)
    assert wire.signature_ok(pair.secret, plain.timestamp, escaped.sent, plain.signature)


def test_spaced_signature_over_a_compact_body_is_for_receivers_only(
    vectors: dict[str, Any], pair: KeyPair
) -> None:
    compact, spaced = vectors["V7a"], vectors["V7b"]
    arguments = (pair.secret, spaced.timestamp, compact.sent, spaced.signature)
    assert wire.callback_signature_ok(*arguments)
    assert not wire.signature_ok(*arguments)


def test_an_empty_body_may_be_signed_as_an_empty_object(pair: KeyPair) -> None:
    signature = wire.sign(pair.secret, "1700000000", b"{}")
    assert wire.signature_ok(pair.secret, "1700000000", b"", signature)


@pytest.mark.parametrize(
    ("sent", "signed"),
    [
        (b'{ "b": 32170.005048646104, "a": 1.0 }', b'{"a":1.0,"b":32170.005048646104}'),
        (b'{"b":10000000.0,"a":1.10}', b'{"a":1.1,"b":10000000.0}'),
        (
            b'{"b":{"d":1,"c":[2,{"f":0.1,"e":null}]},"a":true}',
            b'{"a":true,"b":{"c":[2,{"e":null,"f":0.1}],"d":1}}',
        ),
        (b'{"a": 12345678901234567890}', b'{"a":12345678901234567890}'),
    ],
)
def test_numbers_print_again_as_the_signer_printed_them(sent: bytes, signed: bytes, pair: KeyPair) -> None:
    signature = wire.sign(pair.secret, "1700000000", signed)
    assert wire.signature_ok(pair.secret, "1700000000", sent, signature)


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"\xff\xfe",
        b'{"a":1,"a":2}',
        b'{"a":NaN}',
        b'{"a":1e999}',
        b'{"a":"\\ud800"}',
        b"[" * 5000,
        b"[" * 500 + b"]" * 500,
        b"9" * 5000,
        b"null",
    ],
)
def test_what_is_no_plain_json_holds_only_as_raw_bytes(body: bytes, pair: KeyPair) -> None:
    assert wire.signature_ok(pair.secret, "1700000000", body, wire.sign(pair.secret, "1700000000", body))
    for other in (b'{"a":2}', b'{"a":Infinity}', b'{"a":1}', b"{}"):
        forged = wire.sign(pair.secret, "1700000000", other)
        assert not wire.callback_signature_ok(pair.secret, "1700000000", body, forged)


@pytest.mark.parametrize("signature", ["", "zz", "\ud800", "ä" * 64, "0" * 10_000])
@pytest.mark.parametrize("timestamp", ["", "\ud800", "x" * 1000])
def test_rubbish_headers_are_refused(signature: str, timestamp: str, pair: KeyPair) -> None:
    assert not wire.signature_ok(pair.secret, timestamp, b"{}", signature)
    assert not wire.callback_signature_ok(pair.secret, timestamp, b"{}", signature)


def test_signed_headers(vectors: dict[str, Any], pair: KeyPair) -> None:
    vector = vectors["V1"]
    assert wire.signed_headers(pair.key, pair.secret, vector.signed, NOW.replace(microsecond=999_999)) == {
        "API-KEY": pair.key,
        "TIMESTAMP": "1700000000",
        "SIGNATURE": vector.signature,
        "Content-Type": "application/json",
    }


@pytest.mark.parametrize(
    ("text", "ok"),
    [
        ("1700000000", True),
        ("1699999700", True),
        ("1700000300", True),
        ("1699999699", False),
        ("1700000301", False),
        ("1700000000.0", False),
        ("-1700000000", False),
        (" 1700000000", False),
        ("1700000000\n", False),
        ("1_700_000_000", False),
        ("١٧٠٠٠٠٠٠٠٠", False),
        ("1700000000000", False),
        ("", False),
    ],
)
def test_timestamp_within_300_seconds(text: str, ok: bool) -> None:
    assert wire.timestamp_ok(text, NOW, 300) is ok


def test_tolerance_can_be_off_but_a_number_it_must_be() -> None:
    assert wire.timestamp_ok("1", NOW, None)
    assert not wire.timestamp_ok("soon", NOW, None)
