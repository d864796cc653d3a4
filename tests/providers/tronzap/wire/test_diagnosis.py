"""Broken TronZap senders: each rule named."""

import base64
import hashlib
import hmac
import json

import pytest

from providers.base import KeyPair
from providers.diagnosis import Choice, Diagnosis
from providers.tronzap.wire.diagnosis import diagnose

PAIR = KeyPair("the-token", "the-secret")
KEYS = [Choice(PAIR), Choice(KeyPair("old-token", "old-secret"), "an old key")]
BODY = b'{"service":"energy","params":{"address":"TExWKszFWYTKZH8LYiovAPKzS3L9MLZ4kw","note":"a/b"},"external_id":null}'
SECRET = PAIR.secret.encode()
RUSSIAN = '{"external_id":"заказ"}'.encode()


def sha(message: bytes, name: str = "sha256") -> str:
    return hashlib.new(name, message).hexdigest()


def look(body: bytes, signature: str) -> Diagnosis:
    return diagnose(body, signature, KEYS)


BROKEN = {
    "sorted": (
        BODY,
        sha(json.dumps(json.loads(BODY), sort_keys=True, separators=(",", ":")).encode() + SECRET),
        "order",
    ),
    "spaces": (BODY, sha(json.dumps(json.loads(BODY)).encode() + SECRET), "spaces"),
    "pretty-printed": (BODY, sha(json.dumps(json.loads(BODY), indent=4).encode() + SECRET), "pretty"),
    "slashes": (BODY, sha(BODY.replace(b"/", b"\\/") + SECRET), "slashes"),
    "escapes": (
        RUSSIAN,
        sha(json.dumps(json.loads(RUSSIAN), separators=(",", ":")).encode() + SECRET),
        "\\uXXXX",
    ),
    "raw UTF-8": (
        json.dumps(json.loads(RUSSIAN), separators=(",", ":")).encode(),
        sha(RUSSIAN + SECRET),
        "raw UTF-8",
    ),
    "a newline signed": (BODY, sha(BODY + b"\n" + SECRET), "newline"),
    "a newline sent": (BODY + b"\n", sha(BODY + SECRET), "newline"),
    "no parameters": (b"{}", sha(SECRET), "not the same text"),
    "an empty body": (b"", sha(b"{}" + SECRET), "not the same text"),
    "an empty list": (b"{}", sha(b"[]" + SECRET), "empty list"),
    "secret in front": (BODY, sha(SECRET + BODY), "before the body"),
    "HMAC": (BODY, hmac.new(SECRET, BODY, "sha256").hexdigest(), "HMAC"),
    "no secret": (BODY, sha(BODY), "left out"),
    "an ampersand": (BODY, sha(BODY + b"&" + SECRET), "“&”"),
    "MD5": (BODY, sha(BODY + SECRET, "md5"), "MD5"),
    "SHA-1": (BODY, sha(BODY + SECRET, "sha1"), "SHA-1"),
    "SHA-512": (BODY, sha(BODY + SECRET, "sha512"), "SHA-512"),
    "the token": (BODY, sha(BODY + PAIR.key.encode()), "token and not"),
    "newline in the secret": (BODY, sha(BODY + SECRET + b"\n"), "newline"),
    "an old key": (BODY, sha(BODY + b"old-secret"), "an old key"),
    "base64": (BODY, base64.b64encode(hashlib.sha256(BODY + SECRET).digest()).decode(), "base64"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_broken_rule_is_named(name: str) -> None:
    body, signature, words = BROKEN[name]
    found = look(body, signature)
    assert found.is_explained
    assert not found.is_valid
    assert len(found.mistakes) == 1
    assert words in found.mistakes[0]
    assert PAIR.secret not in str(found)
    assert sha(body + SECRET) not in str(found)


@pytest.mark.parametrize("body", [BODY, RUSSIAN, b"", b"{}", b"\xff", b"{", b"1e999"])
def test_the_raw_body_and_the_secret_are_valid(body: bytes) -> None:
    assert look(body, sha(body + SECRET)).is_valid
    upper = look(body, sha(body + SECRET).upper())
    assert upper.is_valid
    assert "upper-case" in upper.remarks[0]


@pytest.mark.parametrize("signature", ["", "0" * 64, "\udcff", "x" * 10_000])
def test_what_nothing_explains(signature: str) -> None:
    assert not look(BODY, signature).is_explained
