"""Standard Webhooks: vector H1 of specs/crossingpay.md section 11, and what a receiver must not take."""

import base64
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from providers import webhooks

BODY = (
    b'{"address":"TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE","amount":"100.29",'
    b'"txid":"2610c200efc8a90601758715405fa6be4597469e854591975d113b720a762ec2",'
    b'"timestamp":"1746253800","sign":"56a5b5b37d934a0f802ee4c23e42f1d7"}'
)
KEY = b"crossingpay-test-secret-32bytes!"
NEWER = b"the newer secret of 32 bytes....."
NOW = datetime.fromtimestamp(1746253860, UTC)
SIGNATURE = "v1,GaaBlm7W53ZSEsO0dYHogPi8sUYltPbcUeRadkGvC+8="


def test_vector_h1() -> None:
    assert webhooks.signed_headers("msg_0001", NOW, BODY, [KEY]) == {
        "webhook-id": "msg_0001",
        "webhook-timestamp": "1746253860",
        "webhook-signature": SIGNATURE,
    }
    assert webhooks.signature_ok("msg_0001", "1746253860", BODY, SIGNATURE, KEY)


def test_every_live_key_signs_and_either_verifies() -> None:
    header = webhooks.signed_headers("msg_0001", NOW, BODY, [NEWER, KEY])["webhook-signature"]
    newer, older = header.split(" ")
    assert newer.startswith("v1,")
    assert newer != older == SIGNATURE
    for key in (NEWER, KEY):
        assert webhooks.signature_ok("msg_0001", "1746253860", BODY, header, key)
    assert not webhooks.signature_ok("msg_0001", "1746253860", BODY, header, b"another")


def test_without_a_key_there_is_no_header() -> None:
    with pytest.raises(ValueError, match="secret"):
        webhooks.signed_headers("msg_0001", NOW, BODY, [])


@pytest.mark.parametrize(
    "header",
    [
        *("", " ", "v1,", ",", "v1", SIGNATURE[3:], f"v2,{SIGNATURE[3:]}", f"v1a,{SIGNATURE[3:]}"),
        *(SIGNATURE.lower(), SIGNATURE[:-1], f"{SIGNATURE},", "v1,\udcff", "v1,é"),
    ],
)
def test_what_is_no_signature(header: str) -> None:
    assert not webhooks.signature_ok("msg_0001", "1746253860", BODY, header, KEY)


@pytest.mark.parametrize(
    "change",
    [
        {"message_id": "msg_0002"},
        {"timestamp": "1746253861"},
        {"body": BODY + b"\n"},
        {"message_id": "msg_0001.1746253860", "timestamp": ""},
    ],
)
def test_each_part_is_signed(change: dict[str, object]) -> None:
    given: dict[str, object] = {"message_id": "msg_0001", "timestamp": "1746253860", "body": BODY} | change
    assert not webhooks.signature_ok(**given, header=SIGNATURE, key=KEY)  # type: ignore[arg-type]


def test_other_versions_stand_beside_ours() -> None:
    header = f"v1a,{SIGNATURE[3:]} v1,bm8= {SIGNATURE}"
    assert webhooks.signature_ok("msg_0001", "1746253860", BODY, header, KEY)


def test_a_new_secret_is_of_the_schemes_shape() -> None:
    secret = webhooks.new_secret()
    assert secret != webhooks.new_secret()
    assert webhooks.key_of(secret) == base64.b64decode(secret.removeprefix("whsec_"))
    assert len(webhooks.key_of(secret)) == 32
    content = webhooks.signed_content("m", "1", b"{}")
    expected = hmac.digest(webhooks.key_of(secret), b"m.1.{}", "sha256")
    assert base64.b64decode(webhooks.sign(content, webhooks.key_of(secret))) == expected


@pytest.mark.parametrize("size", [24, 32, 64])
def test_secrets_of_other_senders_may_be_shorter_or_longer(size: int) -> None:
    text = "whsec_" + base64.b64encode(b"k" * size).decode()
    assert webhooks.key_of(text) == b"k" * size


@pytest.mark.parametrize(
    "text",
    [
        *("", "whsec_", "whsec_!!!!", "whsec_YWJjZA==", base64.b64encode(b"k" * 32).decode(), "whsec_é"),
        *("whsec_" + base64.b64encode(b"k" * size).decode() for size in (23, 65)),
    ],
)
def test_what_is_no_secret(text: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words must not repeat it
        webhooks.key_of(text)
    assert not text.removeprefix("whsec_") or text.removeprefix("whsec_") not in str(caught.value)


@pytest.mark.parametrize(
    ("seconds", "fits"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)]
)
def test_the_timestamp_may_be_off_a_little_either_way(seconds: int, fits: bool) -> None:
    assert webhooks.timestamp_ok("1746253860", NOW + timedelta(seconds=seconds)) is fits


@pytest.mark.parametrize(
    "text", ["", "1746253860.0", "+1746253860", "١٧٤٦٢٥٣٨٦٠", "1746253860 ", "2025-05-03T14:31:00Z"]
)
def test_a_timestamp_is_whole_seconds(text: str) -> None:
    assert not webhooks.timestamp_ok(text, NOW)
