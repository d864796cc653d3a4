"""Broken signatures of CrossingPay callbacks: each rule named; G6 and G7 are the specification's own."""

import base64
import hashlib
import hmac
import json
from urllib.parse import quote_plus

import pytest

from providers.base import KeyPair
from providers.crossingpay.wire import Profile, Reading, Status, write_callback
from providers.crossingpay.wire.diagnosis import diagnose
from providers.diagnosis import Choice, Diagnosis
from tests.providers.crossingpay.wire.test_profiles import EVENT, FAILED

KEY = "yourapikeyKey123"
PAIR = KeyPair(KEY, "the-webhook-secret")
KEYS = [Choice(PAIR), Choice(KeyPair("old-apikey", "old-secret"), "an old key")]
A = "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE"
T = "2610c200efc8a90601758715405fa6be4597469e854591975d113b720a762ec2"
TEXT = f"address={A}&amount=100.290000&timestamp=1746253800&txid={T}"
V2A = write_callback(Profile.V2A, EVENT, KEY).body
EXTENDED = write_callback(Profile.V2A_EXTENDED, EVENT, KEY).body
ISO = write_callback(Profile.V2A_ISO, EVENT, KEY).body
B1 = write_callback(Profile.V2B, EVENT, KEY).body
B2 = write_callback(Profile.V2B_BODY, EVENT, KEY).body
BODY_NAMES = {name: str(value) for name, value in json.loads(B1).items() if name != "Sign"}
TABLE = "order_id=202505140000001259&system_order_id=202505140000001015&timestamp=1746253800"


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def look(body: bytes, signature: str = "", reading: Reading | None = None) -> Diagnosis:
    return diagnose(body, signature, KEYS, reading=reading)


def lined(**fields: str) -> str:
    return "&".join(f"{name}={value}" for name, value in fields.items())


BROKEN = {
    "G6, not padded": (V2A, "493aa6f7307895015c51f15b116c6516", "six decimals"),
    "G7, the printed order": (V2A, "b8c23fe2aa49137a4184ff991b74b49f", "not sorted"),
    "the damaged formula": (
        V2A,
        md5(f"address={A}&amount=100.290000&txid={T}×tamp=1746253800{KEY}"),
        "damaged",
    ),
    "damaged, sorted": (V2A, md5(TEXT.replace("&timestamp", "×tamp") + KEY), "HTML"),
    "backwards": (V2A, md5(f"txid={T}&timestamp=1746253800&amount=100.290000&address={A}{KEY}"), "backwards"),
    "eight decimals": (V2A, md5(TEXT.replace(".290000", ".29000000") + KEY), "eight"),
    "micro-USDT": (V2A, md5(TEXT.replace("100.290000", "100290000") + KEY), "micro"),
    "ISO time": (
        V2A,
        md5(TEXT.replace("1746253800", "2025-05-03T14:30:00+08:00") + KEY),
        "ISO time (+08:00)",
    ),
    "ISO time in UTC": (V2A, md5(TEXT.replace("1746253800", "2025-05-03T06:30:00Z") + KEY), "in UTC"),
    "Unix time": (ISO, md5(TEXT + KEY), "Unix time"),
    "milliseconds": (V2A, md5(TEXT.replace("1746253800", "1746253800000") + KEY), "milliseconds"),
    "a local time": (V2A, md5(TEXT.replace("1746253800", "2025-05-03 14:30:00") + KEY), "local time"),
    "upper-case txid": (V2A, md5(TEXT.replace(T, T.upper()) + KEY), "upper case"),
    "0x": (V2A, md5(TEXT.replace(T, f"0x{T}") + KEY), "0x"),
    "&key=": (V2A, md5(f"{TEXT}&key={KEY}"), "“&key=”"),
    "&apikey=": (V2A, md5(f"{TEXT}&apikey={KEY}"), "“&apikey=”"),
    "an ampersand": (V2A, md5(f"{TEXT}&{KEY}"), "“&” before the key"),
    "a plus": (V2A, md5(f"{TEXT}+{KEY}"), "“+”"),
    "key in front": (V2A, md5(KEY + TEXT), "in front"),
    "key missing": (V2A, md5(TEXT), "left out"),
    "key with a newline": (V2A, md5(f"{TEXT}{KEY}\n"), "newline"),
    "key in upper case": (V2A, md5(TEXT + KEY.upper()), "upper case"),
    "the webhook secret": (V2A, md5(TEXT + PAIR.secret), "webhook-signature"),
    "an old key": (V2A, md5(TEXT + "old-apikey"), "an old key"),
    "HMAC-MD5": (V2A, hmac.new(KEY.encode(), TEXT.encode(), "md5").hexdigest(), "HMAC-MD5"),
    "SHA-256": (V2A, hashlib.sha256((TEXT + KEY).encode()).hexdigest(), "SHA-256"),
    "SHA-1": (V2A, hashlib.sha1((TEXT + KEY).encode()).hexdigest(), "SHA-1"),
    "upper-case hex": (V2A, md5(TEXT + KEY).upper(), "upper-case"),
    "base64": (V2A, base64.b64encode(hashlib.md5((TEXT + KEY).encode()).digest()).decode(), "base64"),
    "values only": (V2A, md5(f"{A}100.2900001746253800{T}{KEY}"), "only the values"),
    "no ampersands": (V2A, md5(TEXT.replace("&", "") + KEY), "no “&”"),
    "URL-encoded": (
        ISO,
        md5(
            f"address={A}&amount=100.290000&timestamp={quote_plus('2025-05-03T14:30:00+08:00')}&txid={T}{KEY}"
        ),
        "URL",
    ),
    "JSON": (
        V2A,
        md5(json.dumps(dict(each.split("=") for each in TEXT.split("&")), separators=(",", ":")) + KEY),
        "JSON",
    ),
    "the extended fields": (
        EXTENDED,
        md5(
            f"Ordersn=202505140000001015&address={A}&amount=100.290000&order_id=202505140000001259&status=1&timestamp=1746253800&txid={T}{KEY}"
        ),
        "besides the four",
    ),
    "empty left out": (
        write_callback(Profile.V2A, FAILED, KEY).body,
        md5(f"address={A}&amount=100.000000&timestamp=1746253800{KEY}"),
        "empty fields",
    ),
    "B1, six decimals": (B1, md5(f"address={A}&amount=100.290000&{TABLE}&tx_hash={T}{KEY}"), "six decimals"),
    "B1 with Status": (B1, md5(f"address={A}&amount=100.29&{TABLE}&tx_hash={T}&Status=1{KEY}"), "Status"),
    "B2 without Status": (
        B1,
        md5(lined(**{n: BODY_NAMES[n] for n in sorted(BODY_NAMES) if n != "Status"}) + KEY),
        "without Status",
    ),
    "B2 not sorted": (B1, md5(lined(**BODY_NAMES) + KEY), "not sorted"),
    "B2 with Sign": (
        B1,
        md5(lined(**{n: BODY_NAMES[n] for n in sorted(BODY_NAMES)}) + "&Sign=" + KEY),
        "empty Sign",
    ),
    "v2a's rule for v2b": (B1, md5(f"address={A}&amount=100.29&timestamp=1746253800&txid={T}{KEY}"), "v2a"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_broken_rule_is_named(name: str) -> None:
    body, signature, words = BROKEN[name]
    found = look(body, signature)
    assert found.is_explained
    assert not found.is_valid
    assert len(found.mistakes) == 1
    assert words in found.mistakes[0]
    assert KEY not in str(found)
    assert md5(TEXT + KEY) not in str(found)


@pytest.mark.parametrize("event", [EVENT, FAILED])
@pytest.mark.parametrize("profile", Profile)
def test_every_profile_is_valid_as_it_is_sent(profile: Profile, event: object) -> None:
    body, text = write_callback(profile, event, KEY)  # type: ignore[arg-type]
    found = look(body)
    assert found.is_valid, found.mistakes
    assert found.right_text == f"{text}****"


@pytest.mark.parametrize(
    ("body", "agreed", "words"), [(B1, Reading.B2, "of the table"), (B2, Reading.B1, "body's own names")]
)
def test_the_other_reading_is_named_where_one_is_agreed_on(body: bytes, agreed: Reading, words: str) -> None:
    found = look(body, reading=agreed)
    assert words in found.mistakes[0]
    assert found.signed_text != found.right_text
    assert look(body).is_valid


def changed(body: bytes, **fields: object) -> bytes:
    told = json.loads(body) | fields
    return json.dumps({name: value for name, value in told.items() if value is not ...}).encode()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "no JSON"),
        (b"[]", "no JSON object"),
        (b"\xff", "no JSON"),
        (changed(V2A, sign=...), "signature"),
        (changed(V2A, txid=..., tx_hash=T), "“txid” is missing: it is named “tx_hash”"),
        (changed(V2A, timestamp=..., Timestamp="1"), "it is named “Timestamp”"),
        (changed(V2A, amount=...), "“amount” is missing"),
        (changed(B1, OrderID=..., order_id="1"), "“OrderID” is missing: it is named “order_id”"),
        (changed(B1, Status=...), "“Status” is missing"),
    ],
)
def test_a_body_that_cannot_be_signed(body: bytes, words: str) -> None:
    found = look(body)
    assert not found.is_explained
    assert words in found.mistakes[0]


@pytest.mark.parametrize(
    "amount", ["", "1e2", "NaN", "100.1234567", "-1", "0", "1,000.00", None, {"a": 1}, "9" * 50]
)
@pytest.mark.parametrize("body", [V2A, B1])
def test_an_amount_that_cannot_be_read_is_no_error(body: bytes, amount: object) -> None:
    name = "amount" if body is V2A else "Amount"
    assert not look(changed(body, **{name: amount})).is_explained


def test_a_number_in_place_of_text_is_named() -> None:
    found = look(V2A.replace(b'"100.29"', b"100.29"))
    assert found.mistakes == ("“amount” is a number and should be text",)
    found = look(V2A.replace(b'"1746253800"', b"1746253800"))
    assert found.mistakes == ("“timestamp” is a number and should be text",)


def test_the_wrong_status_is_no_matter_of_b1_and_breaks_b2() -> None:
    assert look(B1.replace(b'"Status":1', b'"Status":0')).is_valid
    assert not look(B2.replace(b'"Status":1', b'"Status":0')).is_valid
    assert int(Status.SUCCESS) == 1


def test_what_nothing_explains() -> None:
    found = look(V2A, md5("another text"))
    assert (found.is_explained, found.right_text, found.signed_text) == (False, f"{TEXT}****", "")


@pytest.mark.parametrize("timestamp", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "9" * 5000])
def test_no_time_is_a_fault(timestamp: str) -> None:
    body = json.dumps({"address": "T", "amount": "1", "txid": "x", "timestamp": timestamp, "sign": "0" * 32})
    assert not diagnose(body.encode(), "", KEYS).is_valid


@pytest.mark.parametrize("number", ["1e2000000", "1e999999999999999999", "-1e-2000000"])
def test_no_number_is_written_out_at_length(number: str) -> None:
    body = f'{{"address":"T","amount":{number},"txid":"x","timestamp":"1746253800","sign":"{"0" * 32}"}}'
    found = diagnose(body.encode(), "", KEYS)
    assert not found.is_valid
    assert len(found.right_text) < 500
