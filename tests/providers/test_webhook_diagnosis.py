"""Broken Standard Webhooks signatures: each rule named."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest

from providers import webhooks
from providers.diagnosis import Choice, Diagnosis
from providers.webhook_diagnosis import diagnose
from tests.providers.test_webhooks import BODY, KEY, NOW, SIGNATURE

SECRET = "whsec_" + base64.b64encode(KEY).decode()
OLD = "whsec_" + base64.b64encode(b"another key of thirty-two bytes.").decode()
KEYS = [Choice(SECRET), Choice(OLD, "an old key")]
ID, TS = "msg_0001", "1746253860"
RIGHT = f"{ID}.{TS}.".encode() + BODY


def b64(message: bytes, key: bytes = KEY, name: str = "sha256") -> str:
    return "v1," + base64.b64encode(hmac.digest(key, message, name)).decode()


def look(header: str, body: bytes = BODY, at: str = TS, off: int = 0) -> Diagnosis:
    return diagnose(body, ID, at, header, KEYS, now=NOW + timedelta(seconds=off))


BROKEN = {
    "no id": (b64(f"{TS}.".encode() + BODY), "webhook-id was not signed"),
    "no timestamp": (b64(f"{ID}.".encode() + BODY), "webhook-timestamp was not signed"),
    "the body alone": (b64(BODY), "only the body"),
    "swapped": (b64(f"{TS}.{ID}.".encode() + BODY), "before webhook-id"),
    "no dots": (b64(f"{ID}{TS}".encode() + BODY), "“.”"),
    "iTRX's rule": (b64(f"{TS}&".encode() + BODY), "iTRX"),
    "the whole text as key": (b64(RIGHT, SECRET.encode()), "as text with “whsec_”"),
    "base64 not decoded": (b64(RIGHT, SECRET[6:].encode()), "not decoded"),
    "newline in the secret": (b64(RIGHT, KEY + b"\n"), "newline at its end"),
    "an old key": (b64(RIGHT, webhooks.key_of(OLD)), "an old key"),
    "SHA-1": (b64(RIGHT, name="sha1"), "HMAC-SHA1"),
    "SHA-512": (b64(RIGHT, name="sha512"), "HMAC-SHA512"),
    "plain": ("v1," + base64.b64encode(hashlib.sha256(RIGHT + KEY).digest()).decode(), "plain SHA-256"),
    "spaced JSON": (b64(f"{ID}.{TS}.".encode() + json.dumps(json.loads(BODY)).encode()), "spaces"),
    "a newline": (b64(RIGHT + b"\n"), "newline"),
    "hex": ("v1," + hmac.digest(KEY, RIGHT, "sha256").hex(), "hex"),
    "no version": (SIGNATURE[3:], "“v1,” before"),
    "v1=": ("v1=" + SIGNATURE[3:], "“v1=”"),
    "another version": ("v2," + SIGNATURE[3:], "“v2”"),
    "no padding": (SIGNATURE.rstrip("="), "padding"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_broken_rule_is_named(name: str) -> None:
    header, words = BROKEN[name]
    found = look(header)
    assert found.is_explained
    assert len(found.mistakes) == 1
    assert words in found.mistakes[0]
    assert SIGNATURE[3:] not in str(found)
    assert SECRET[6:] not in str(found)


def test_vector_h1_is_valid_alone_and_among_others() -> None:
    assert look(SIGNATURE).is_valid
    assert look(f"v1a,abc v1,bm8= {SIGNATURE}").is_valid
    assert look(SIGNATURE).right_text == RIGHT.decode()


@pytest.mark.parametrize("header", ["", " ", "v1,", "v1,bm8=", "é", "\udcff", "," * 5000])
def test_what_nothing_explains(header: str) -> None:
    assert not look(header).is_explained


@pytest.mark.parametrize(
    ("at", "off", "words"),
    [(TS, 301, "301 seconds old"), (TS + "000", 0, "milliseconds"), ("", 0, "missing"), ("x", 0, "whole")],
)
def test_a_timestamp_out_of_the_rule_is_remarked(at: str, off: int, words: str) -> None:
    found = look(b64(f"{ID}.{at}.".encode() + BODY), at=at, off=off)
    assert found.is_valid
    assert words in found.remarks[0]


def test_a_secret_that_is_no_whsec_text_is_used_as_it_is() -> None:
    found = diagnose(BODY, ID, TS, b64(RIGHT, b"plain secret"), [Choice("plain secret")], now=NOW)
    assert found.is_valid


def test_a_timestamp_of_any_length_is_no_fault() -> None:
    found = diagnose(BODY, ID, "9" * 5000, "v1,AAAA", KEYS, now=NOW)
    assert not found.is_valid
