"""Broken iTRX senders: each rule named. The vectors of specs/itrx.md section 11 stand for what real clients do."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest

from providers.base import KeyPair
from providers.diagnosis import Choice, Diagnosis
from providers.itrx.diagnosis import diagnose
from tests.providers.itrx.conftest import KEY, SECRET, Vector

PAIR = KeyPair(KEY, SECRET)
OLD = KeyPair(
    "11111111111111111111111111111111", "2222222222222222222222222222222222222222222222222222222222222222"
)
KEYS = [Choice(PAIR), Choice(OLD, "an old key")]
TS = "1700000000"
NOW = datetime.fromtimestamp(1700000000, UTC)
PARAMETERS = {
    "scene": 0,
    "receive_address": "TExWKszFWYTKZH8LYiovAPKzS3L9MLZ4kw",
    "callback_url": "https://m.example/?a=1&b=2",
}
BODY = json.dumps(PARAMETERS, sort_keys=True, separators=(",", ":")).encode()
RUSSIAN = json.dumps({"out_trade_no": "заказ"}, separators=(",", ":"), ensure_ascii=False).encode()
WITH_NULL = b'{"out_trade_no":null,"status":40,"txid":""}'


def mac(message: bytes, secret: bytes = PAIR.secret.encode(), name: str = "sha256") -> str:
    return hmac.new(secret, message, name).hexdigest()


def look(body: bytes, signature: str, timestamp: str = TS, now: datetime = NOW) -> Diagnosis:
    return diagnose(body, timestamp, signature, KEYS, now=now)


def at(body: bytes) -> bytes:
    return TS.encode() + b"&" + body


def dumped(**options: object) -> bytes:
    return json.dumps(PARAMETERS, **options).encode()  # type: ignore[arg-type]


BROKEN = {
    "spaces": (BODY, mac(at(dumped(sort_keys=True))), "spaces"),
    "spaces, not sorted": (BODY, mac(at(json.dumps(json.loads(BODY)).encode())), "spaces"),
    "pretty-printed": (BODY, mac(at(json.dumps(json.loads(BODY), indent=2).encode())), "pretty"),
    "escaped slashes": (BODY, mac(at(BODY.replace(b"/", b"\\/"))), "slashes"),
    "escaped for HTML": (BODY, mac(at(BODY.replace(b"&", b"\\u0026"))), "u0026"),
    "a newline signed": (BODY, mac(at(BODY + b"\n")), "newline was signed"),
    "a newline sent": (b"not JSON\n", mac(at(b"not JSON")), "newline that was not signed"),
    "CRLF signed": (BODY, mac(at(BODY + b"\r\n")), "CRLF"),
    "nulls left out": (WITH_NULL, mac(at(b'{"status":40,"txid":""}')), "null"),
    "empty left out": (WITH_NULL, mac(at(b'{"status":40}')), "empty"),
    "pairs and not JSON": (b'{"b":1,"a":2}', mac(at(b"a=2&b=1")), "name=value"),
    "no ampersand": (BODY, mac(TS.encode() + BODY), "“&” between"),
    "body first": (BODY, mac(BODY + b"&" + TS.encode()), "before TIMESTAMP"),
    "dot": (BODY, mac(TS.encode() + b"." + BODY), "“.”"),
    "no timestamp": (BODY, mac(BODY), "TIMESTAMP was not signed"),
    "the API_KEY": (BODY, mac(at(BODY), PAIR.key.encode()), "API_KEY and not with API_SECRET"),
    "hex-decoded secret": (BODY, mac(at(BODY), bytes.fromhex(PAIR.secret)), "decoded from hex"),
    "lower-case secret": (BODY, mac(at(BODY), PAIR.secret.lower().encode()), "lower case"),
    "newline in the secret": (BODY, mac(at(BODY), PAIR.secret.encode() + b"\n"), "newline at its end"),
    "key and secret": (BODY, mac(at(BODY), (PAIR.key + PAIR.secret).encode()), "joined"),
    "an old key": (BODY, mac(at(BODY), OLD.secret.encode()), "an old key"),
    "plain SHA-256": (BODY, hashlib.sha256(at(BODY) + PAIR.secret.encode()).hexdigest(), "plain SHA-256"),
    "secret in front": (BODY, hashlib.sha256(PAIR.secret.encode() + at(BODY)).hexdigest(), "in front"),
    "no secret": (BODY, hashlib.sha256(at(BODY)).hexdigest(), "without the secret"),
    "swapped": (BODY, mac(PAIR.secret.encode(), at(BODY)), "swapped"),
    "HMAC-MD5": (BODY, mac(at(BODY), name="md5"), "HMAC-MD5"),
    "HMAC-SHA1": (BODY, mac(at(BODY), name="sha1"), "HMAC-SHA1"),
    "HMAC-SHA512": (BODY, mac(at(BODY), name="sha512"), "HMAC-SHA512"),
    "base64": (BODY, base64.b64encode(bytes.fromhex(mac(at(BODY)))).decode(), "base64"),
    "base64 of hex": (BODY, base64.b64encode(mac(at(BODY)).encode()).decode(), "base64 of its hex"),
    "a prefix": (BODY, "sha256=" + mac(at(BODY)), "sha256="),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_broken_rule_is_named(name: str) -> None:
    body, signature, words = BROKEN[name]
    found = look(body, signature)
    assert found.is_explained
    assert not found.is_valid
    assert any(words in mistake for mistake in found.mistakes), found.mistakes
    assert len(found.mistakes) == 1
    told = str(found)
    assert PAIR.secret not in told
    assert mac(at(body)) not in told


def test_every_vector_is_valid_as_it_was_sent(vectors: dict[str, Vector]) -> None:
    for name, vector in vectors.items():
        sent_at = datetime.fromtimestamp(int(vector.timestamp), UTC)
        found = look(vector.sent, vector.signature, vector.timestamp, sent_at)
        assert found.is_valid, name
        assert found.remarks == ()


def test_the_vendors_python_sample_signs_with_spaces(vectors: dict[str, Vector]) -> None:
    compact, spaced = vectors["V7a"], vectors["V7b"]
    found = look(compact.sent, spaced.signature, spaced.timestamp)
    assert found.mistakes == ("JSON with spaces after “,” and “:” was signed",)
    assert found.signed_text == f"{spaced.timestamp}&{spaced.signed.decode()}"
    assert found.right_text == f"{compact.timestamp}&{compact.signed.decode()}"


def test_two_mistakes_are_both_named() -> None:
    found = look(BODY, mac(TS.encode() + BODY, OLD.secret.encode()))
    assert len(found.mistakes) == 2
    assert any("“&”" in mistake for mistake in found.mistakes)
    assert "an old key" in found.mistakes


def test_utf8_and_escapes_are_both_right() -> None:
    for ascii_only in (True, False):
        text = json.dumps(json.loads(RUSSIAN), separators=(",", ":"), ensure_ascii=ascii_only).encode()
        assert look(RUSSIAN, mac(at(text))).is_valid


def test_upper_case_is_taken_with_a_remark() -> None:
    found = look(BODY, mac(at(BODY)).upper())
    assert found.is_valid
    assert any("upper-case" in remark for remark in found.remarks)


@pytest.mark.parametrize(
    "signature", ["", "0" * 64, "not hex at all", mac(b"another text"), "\udcff", "é" * 64]
)
def test_what_nothing_explains(signature: str) -> None:
    found = look(BODY, signature)
    assert (found.is_explained, found.is_valid, found.signed_text) == (False, False, "")


@pytest.mark.parametrize(
    ("timestamp", "seconds", "words"),
    [
        (TS, 301, "301 seconds old"),
        (TS, -301, "301 seconds ahead"),
        (TS + "000", 0, "milliseconds"),
        ("2023-11-14T22:13:20Z", 0, "not whole Unix seconds"),
        ("", 0, "missing"),
    ],
)
def test_a_timestamp_out_of_the_rule_is_remarked(timestamp: str, seconds: int, words: str) -> None:
    signature = mac(timestamp.encode() + b"&" + BODY)
    found = look(BODY, signature, timestamp, NOW + timedelta(seconds=seconds))
    assert found.is_valid
    assert words in found.remarks[0]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[" * 100, b'{"a":1,"a":2}', b"\x00", b"null", b"1e999"]
)
def test_any_body_is_looked_at(body: bytes) -> None:
    assert look(body, mac(at(body))).is_valid
    assert not look(body, "0" * 64).is_explained
