import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from providers.crossingpay.wire import Reading, Status, iso_text, read_callback, v2a_body, v2b_body
from providers.errors import CallbackRefused

APIKEY = "yourapikeyKey123"
ADDRESS = "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE"
TXID = "2610c200efc8a90601758715405fa6be4597469e854591975d113b720a762ec2"
PAID_AT = datetime(2025, 5, 3, 6, 30, tzinfo=UTC)
V2A = {
    "address": ADDRESS,
    "amount": "100.29",
    "txid": TXID,
    "timestamp": "1746253800",
    "sign": "56a5b5b37d934a0f802ee4c23e42f1d7",
}
V2B = {
    "Address": ADDRESS,
    "Amount": "100.29",
    "OrderID": "202505140000001259",
    "SystemOrderID": "202505140000001015",
    "Txid": TXID,
    "Status": 1,
    "Timestamp": "1746253800",
    "Sign": "e56e3dd6ed8a1245ec347cf2888f7a9c",
}


def _raw(body: object) -> bytes:
    return json.dumps(body).encode()


def _refused(raw: bytes, *keys: str) -> str:
    with pytest.raises(CallbackRefused) as refusal:
        read_callback(raw, keys or [APIKEY])
    return refusal.value.reason


def test_v2a_is_read() -> None:
    received = read_callback(_raw(V2A), [APIKEY])
    assert (received.reading, received.key_index) == (Reading.V2A, 0)
    assert (received.address, received.amount_micro, received.txid) == (ADDRESS, 100_290_000, TXID)
    assert (received.timestamp, received.status) == (PAID_AT, Status.SUCCESS)
    assert (received.order_id, received.ordersn) == ("", "")


def test_v2a_with_an_iso_timestamp_is_read() -> None:
    raw = v2a_body(ADDRESS, 12_345_600, TXID, iso_text(PAID_AT), APIKEY)
    assert b'"2025-05-03T14:30:00+08:00"' in raw
    assert read_callback(raw, [APIKEY]).timestamp == PAID_AT


@pytest.mark.parametrize("amount", ["100.290000", "100.290"])
def test_v2a_padded_amount_has_the_same_signature(amount: str) -> None:
    assert read_callback(_raw(V2A | {"amount": amount}), [APIKEY]).amount_micro == 100_290_000


def test_v2a_unsigned_fields_are_not_believed() -> None:
    received = read_callback(_raw(V2A | {"order_id": "other", "Ordersn": "other", "status": 0}), [APIKEY])
    assert (received.order_id, received.ordersn, received.status) == ("", "", Status.SUCCESS)


def test_v2a_without_txid_reports_failure() -> None:
    raw = v2a_body(ADDRESS, 100_290_000, "", "1746253800", APIKEY, extended={"status": 0})
    received = read_callback(raw, [APIKEY])
    assert (received.txid, received.status) == ("", Status.FAILED)


def test_txid_is_signed_as_received_and_read_in_lower_case() -> None:
    raw = v2a_body(ADDRESS, 100_290_000, TXID.upper(), "1746253800", APIKEY)
    assert read_callback(raw, [APIKEY]).txid == TXID


def test_the_replaced_key_is_told_by_its_index() -> None:
    received = read_callback(_raw(V2A), ["newer", APIKEY])
    assert received.key_index == 1


@pytest.mark.parametrize(
    ("sign", "reading"),
    [
        pytest.param("e56e3dd6ed8a1245ec347cf2888f7a9c", Reading.B1, id="G8"),
        pytest.param("399c911c088680f460f090f7f603f1e2", Reading.B2, id="G9"),
    ],
)
def test_v2b_is_read_in_both_readings(sign: str, reading: Reading) -> None:
    received = read_callback(_raw(V2B | {"Sign": sign}), ["newer", APIKEY])
    assert (received.reading, received.key_index) == (reading, 1)
    assert (received.address, received.amount_micro, received.txid) == (ADDRESS, 100_290_000, TXID)
    assert (received.timestamp, received.status) == (PAID_AT, Status.SUCCESS)
    assert (received.order_id, received.ordersn) == ("202505140000001259", "202505140000001015")


@pytest.mark.parametrize("reading", [Reading.B1, Reading.B2])
@pytest.mark.parametrize("timestamp", ["1746253800", "2025-05-03T14:30:00+08:00"])
@pytest.mark.parametrize("status", [Status.FAILED, Status.WAITING])
def test_v2b_without_payment(reading: Reading, timestamp: str, status: Status) -> None:
    raw = v2b_body(
        ADDRESS, 1, "", timestamp, APIKEY, order_id="a", ordersn="b", status=status, reading=reading
    )
    received = read_callback(raw, [APIKEY])
    assert (received.status, received.txid, received.timestamp) == (status, "", PAID_AT)


def test_v2b_b2_covers_a_field_added_later() -> None:
    body = {key: value for key, value in V2B.items() if key != "Sign"} | {"Network": "TRC20"}
    text = "&".join(f"{key}={body[key]}" for key in sorted(body)) + APIKEY
    sign = hashlib.md5(text.encode()).hexdigest()
    assert read_callback(_raw(body | {"Sign": sign}), [APIKEY]).reading == Reading.B2
    assert _refused(_raw(body | {"Sign": sign, "Network": "ERC20"})) == "bad_signature"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"sign": "493aa6f7307895015c51f15b116c6516"}, "G6: amount not padded"),
        ({"sign": "b8c23fe2aa49137a4184ff991b74b49f"}, "G7: printed, unsorted order"),
        ({"sign": "56A5B5B37D934A0F802EE4C23E42F1D7"}, "upper case"),
        ({"sign": "é"}, "not even hex"),
        ({"sign": ""}, "empty"),
        ({"amount": "100.3"}, "other amount"),
        ({"address": "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"}, "other address"),
        ({"txid": "0" * 64}, "other transaction"),
        ({"timestamp": "1746253801"}, "other time"),
        ({"timestamp": "2025-05-03T14:30:00+08:00"}, "the same instant, another text"),
    ],
)
def test_v2a_bad_signatures(change: dict[str, str], why: str) -> None:
    assert _refused(_raw(V2A | change)) == "bad_signature", why


@pytest.mark.parametrize("field", ["Address", "Amount", "OrderID", "SystemOrderID", "Txid", "Timestamp"])
def test_v2b_signature_covers_every_text(field: str) -> None:
    for sign in ("e56e3dd6ed8a1245ec347cf2888f7a9c", "399c911c088680f460f090f7f603f1e2"):
        changed = str(V2B[field]).replace("2", "3", 1) if field != "Address" else ADDRESS[:-1] + "F"
        assert _refused(_raw(V2B | {field: changed, "Sign": sign})) == "bad_signature"


def test_v2b_b2_covers_the_status() -> None:
    assert _refused(_raw(V2B | {"Sign": "399c911c088680f460f090f7f603f1e2", "Status": 0})) == "bad_signature"


def test_no_key_accepts_nothing() -> None:
    with pytest.raises(CallbackRefused) as refusal:
        read_callback(_raw(V2A), [])
    assert refusal.value.reason == "bad_signature"
    assert APIKEY not in str(refusal.value)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"ok",
        b"[]",
        b'"text"',
        b"{}",
        b"\xff",
        b"address=T&sign=x",
        b'{"sign":"a","sign":"b"}',
        b'{"sign":"\\ud800"}',
        b"[" * 5000,
        b'{"sign":"' + b"a" * 70_000 + b'"}',
        _raw({key: value for key, value in V2A.items() if key != "txid"}),
        *(_raw(V2A | {key: None}) for key in V2A),
        *(_raw(V2B | {key: None}) for key in V2B),
        *(_raw({key: value for key, value in V2B.items() if key != missing}) for missing in V2B),
        _raw(V2A | {"timestamp": 1746253800}),
        _raw(V2A | {"amount": "1e2"}),
        _raw(V2A | {"amount": "NaN"}),
        _raw(V2A | {"amount": "-1"}),
        _raw(V2A | {"amount": "0"}),
        _raw(V2A | {"amount": "1.0000001"}),
        _raw(V2A | {"amount": True}),
        b'{"address":"a","txid":"b","timestamp":"c","sign":"d","amount":1e400}',
        _raw(V2B | {"Status": "1"}),
        _raw(V2B | {"Status": True}),
        _raw(V2B | {"Status": 9}),
        _raw(V2B | {"Extra": {"nested": 1}}),
    ],
)
def test_malformed(raw: bytes) -> None:
    # A wrong Status is no different text in B2, so B1's vector lets these bodies pass the signature.
    assert _refused(raw) == "malformed"


@pytest.mark.parametrize(
    ("address", "txid", "timestamp"),
    [
        ("TXYZ1234567890ABCDEFG", TXID, "1746253800"),  # the seed's sample is no address
        (ADDRESS.lower(), TXID, "1746253800"),
        (ADDRESS, "abcdef1234567890", "1746253800"),
        (ADDRESS, TXID, "1746253800000"),
        (ADDRESS, TXID, "2025-05-03 14:30:00"),
        (ADDRESS, TXID, "2025-13-03T14:30:00+08:00"),
        (ADDRESS, TXID, ""),
    ],
)
def test_well_signed_nonsense_is_malformed(address: str, txid: str, timestamp: str) -> None:
    assert _refused(v2a_body(address, 1_000_000, txid, timestamp, APIKEY)) == "malformed"
    v2b = v2b_body(address, 1_000_000, txid, timestamp, APIKEY, order_id="a", ordersn="b")
    assert _refused(v2b) == "malformed"


def test_v2b_success_needs_a_txid() -> None:
    assert _refused(v2b_body(ADDRESS, 1, "", "1746253800", APIKEY, order_id="a", ordersn="b")) == "malformed"


def test_a_v2b_signature_is_no_v2a_signature() -> None:
    both: dict[str, Any] = V2A | {"sign": "e56e3dd6ed8a1245ec347cf2888f7a9c"}
    assert _refused(_raw(both)) == "bad_signature"
