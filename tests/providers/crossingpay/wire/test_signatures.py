"""Vectors G1 to G9 of the specification's section 11; G1 and G2 use the seed's sample values."""

import pytest

from providers.crossingpay.wire import (
    Reading,
    Status,
    sign_v2a,
    sign_v2b_b1,
    sign_v2b_b2,
    v2a_body,
    v2b_body,
)

APIKEY = "yourapikeyKey123"
ADDRESS = "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE"
TXID = "2610c200efc8a90601758715405fa6be4597469e854591975d113b720a762ec2"
SEED_ADDRESS, SEED_TXID = "TXYZ1234567890ABCDEFG", "abcdef1234567890"
V2B = {
    "Address": ADDRESS,
    "Amount": "100.29",
    "OrderID": "202505140000001259",
    "SystemOrderID": "202505140000001015",
    "Txid": TXID,
    "Status": 1,
    "Timestamp": "1746253800",
}
H1_BODY = (
    b'{"address":"TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE","amount":"100.29",'
    b'"txid":"2610c200efc8a90601758715405fa6be4597469e854591975d113b720a762ec2",'
    b'"timestamp":"1746253800","sign":"56a5b5b37d934a0f802ee4c23e42f1d7"}'
)


@pytest.mark.parametrize(
    ("address", "amount_micro", "timestamp", "txid", "sign"),
    [
        pytest.param(
            SEED_ADDRESS,
            12_345_600,
            "2025-05-03T14:30:00+08:00",
            SEED_TXID,
            "92946b085856653d23bda3b54facdf8f",
            id="G1",
        ),
        pytest.param(
            SEED_ADDRESS, 12_345_600, "1746253800", SEED_TXID, "0c40190fb7eec91eae7867f69fd86557", id="G2"
        ),
        pytest.param(ADDRESS, 100_290_000, "1746253800", TXID, "56a5b5b37d934a0f802ee4c23e42f1d7", id="G3"),
        pytest.param(ADDRESS, 1, "1746253800", TXID, "b105c619e40b784f3f486c90c2a7a17b", id="G4"),
        pytest.param(
            ADDRESS, 1_234_567_500_000, "1746253800", TXID, "94016acb9c81c6bb277a707787a358a2", id="G5"
        ),
    ],
)
def test_v2a_vectors(address: str, amount_micro: int, timestamp: str, txid: str, sign: str) -> None:
    assert sign_v2a(address, amount_micro, timestamp, txid, APIKEY) == sign


def test_v2b_vectors_g8_and_g9() -> None:
    assert sign_v2b_b1(V2B, APIKEY) == "e56e3dd6ed8a1245ec347cf2888f7a9c"
    assert sign_v2b_b2(V2B, APIKEY) == "399c911c088680f460f090f7f603f1e2"
    assert sign_v2b_b2(V2B | {"Sign": "whatever"}, APIKEY) == "399c911c088680f460f090f7f603f1e2"


def test_v2a_body_has_the_five_fields_in_the_seeds_order() -> None:
    assert v2a_body(ADDRESS, 100_290_000, TXID, "1746253800", APIKEY) == H1_BODY


@pytest.mark.parametrize(("amount_micro", "text"), [(100_000_000, b'"100"'), (1, b'"0.000001"')])
def test_v2a_body_writes_the_shortest_amount(amount_micro: int, text: bytes) -> None:
    assert b'"amount":' + text + b"," in v2a_body(ADDRESS, amount_micro, TXID, "1746253800", APIKEY)


def test_v2a_extended_appends_without_changing_the_signature() -> None:
    extra = {"order_id": "M-1001", "Ordersn": "S-1", "status": 1}
    body = v2a_body(ADDRESS, 100_290_000, TXID, "1746253800", APIKEY, extended=extra)
    assert body == H1_BODY[:-1] + b',"order_id":"M-1001","Ordersn":"S-1","status":1}'


def test_v2a_extended_cannot_replace_a_signed_field() -> None:
    with pytest.raises(ValueError, match="extra field"):
        v2a_body(ADDRESS, 1, TXID, "1746253800", APIKEY, extended={"amount": "9"})


@pytest.mark.parametrize(
    ("reading", "sign"),
    [(Reading.B1, b"e56e3dd6ed8a1245ec347cf2888f7a9c"), (Reading.B2, b"399c911c088680f460f090f7f603f1e2")],
)
def test_v2b_body_has_exactly_eight_fields(reading: Reading, sign: bytes) -> None:
    body = v2b_body(
        ADDRESS,
        100_290_000,
        TXID,
        "1746253800",
        APIKEY,
        order_id="202505140000001259",
        ordersn="202505140000001015",
        status=Status.SUCCESS,
        reading=reading,
    )
    assert body == (
        b'{"Address":"TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE","Amount":"100.29","OrderID":"202505140000001259",'
        b'"SystemOrderID":"202505140000001015",'
        b'"Txid":"2610c200efc8a90601758715405fa6be4597469e854591975d113b720a762ec2",'
        b'"Status":1,"Timestamp":"1746253800","Sign":"' + sign + b'"}'
    )


def test_v2b_amount_has_at_least_two_decimals() -> None:
    body = v2b_body(ADDRESS, 100_000_000, TXID, "1746253800", APIKEY, order_id="a", ordersn="b")
    assert b'"Amount":"100.00"' in body
