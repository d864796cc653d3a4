"""The signature of our callbacks, byte by byte as it is sent, by both languages of the vendor's page
(specs/crossingpay.md 4.1 and the vectors of section 11)."""

import hashlib
import json
import random
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.fields import MOST_MICRO
from orders.models import Callback, CallbackFormat
from orders.services import signing
from providers.base import KeyPair
from providers.money import format_fixed, format_units
from tests.peers.crossingpay.receivers import go_sign, php_signs

APIKEY = "yourapikeyKey123"
ADDRESS = "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE"
TXID = "2610c200efc8a90601758715405fa6be4597469e854591975d113b720a762ec2"
AT = datetime.fromtimestamp(1746253800, UTC)


class Vector(NamedTuple):
    address: str
    amount_micro: int
    timestamp: str
    txid: str
    md5: str


VECTORS = {
    "G1": Vector(
        "TXYZ1234567890ABCDEFG",
        12_345_600,
        "2025-05-03T14:30:00+08:00",
        "abcdef1234567890",
        "92946b085856653d23bda3b54facdf8f",
    ),
    "G2": Vector(
        "TXYZ1234567890ABCDEFG",
        12_345_600,
        "1746253800",
        "abcdef1234567890",
        "0c40190fb7eec91eae7867f69fd86557",
    ),
    "G3": Vector(ADDRESS, 100_290_000, "1746253800", TXID, "56a5b5b37d934a0f802ee4c23e42f1d7"),
    "G4": Vector(ADDRESS, 1, "1746253800", TXID, "b105c619e40b784f3f486c90c2a7a17b"),
    "G5": Vector(ADDRESS, 1_234_567_500_000, "1746253800", TXID, "94016acb9c81c6bb277a707787a358a2"),
}
# What a slip would sign instead: the amount not padded, the names not sorted.
WRONG = {"G6": "493aa6f7307895015c51f15b116c6516", "G7": "b8c23fe2aa49137a4184ff991b74b49f"}


def sent(vector: Vector, apikey: str = APIKEY) -> bytes:
    """The body that the sender would post, in the form that has such a timestamp."""
    callback = Callback(
        event="order.succeeded",
        format=CallbackFormat.V2A_ISO if "T" in vector.timestamp else CallbackFormat.V2A,
        payload={
            "address": vector.address,
            "amount_micro": vector.amount_micro,
            "txid": vector.txid,
            "timestamp": "1746253800",
        },
    )
    return signing.signed(callback, keys(apikey), now=AT).body


def keys(apikey: str) -> signing.Keys:
    pair = KeyPair(apikey, "the other secret")
    return signing.Keys(credential=None, until=None, pair=pair, webhook=(b"the other secret",), secrets=())


def signature(body: bytes) -> str:
    sign = json.loads(body)["sign"]
    assert isinstance(sign, str)
    return sign


@pytest.mark.parametrize("name", VECTORS)
def test_the_golden_vectors(name: str) -> None:
    body = sent(VECTORS[name])
    assert signature(body) == VECTORS[name].md5 == go_sign(body, APIKEY)
    assert list(json.loads(body)) == ["address", "amount", "txid", "timestamp", "sign"]
    assert signature(body) not in WRONG.values()


def test_the_golden_vectors_by_the_vendors_own_program(php: None) -> None:
    bodies = [sent(vector) for vector in VECTORS.values()]
    assert php_signs(bodies, APIKEY) == [vector.md5 for vector in VECTORS.values()]


def test_any_amount_by_the_vendors_own_program(php: None) -> None:
    """PHP rounds in its own way, and every third amount has odd digits to the last place."""
    dice = random.Random(1)
    amounts = [dice.randrange(1, 10 ** dice.randrange(1, 16)) for _ in range(300)] + [
        MOST_MICRO,
        MOST_MICRO - 1,
    ]
    bodies = [sent(VECTORS["G3"]._replace(amount_micro=amount)) for amount in amounts]
    assert php_signs(bodies, APIKEY) == [signature(body) for body in bodies]


@given(st.integers(1, MOST_MICRO))
def test_any_amount_by_gos_rule(amount_micro: int) -> None:
    assert f"{float(format_units(amount_micro)):.6f}" == format_fixed(amount_micro)
    body = sent(VECTORS["G3"]._replace(amount_micro=amount_micro))
    assert go_sign(body, APIKEY) == signature(body)


@pytest.mark.parametrize(
    ("name", "wire_format", "md5"),
    [
        ("G8", CallbackFormat.V2B, "e56e3dd6ed8a1245ec347cf2888f7a9c"),
        ("G9", CallbackFormat.V2B_BODY, "399c911c088680f460f090f7f603f1e2"),
    ],
)
def test_the_vectors_of_the_newer_page(name: str, wire_format: CallbackFormat, md5: str) -> None:
    facts = {"address": ADDRESS, "amount_micro": 100_290_000, "txid": TXID, "timestamp": "1746253800"}
    numbers = {"order_id": "202505140000001259", "ordersn": "202505140000001015"}
    callback = Callback(event="order.succeeded", format=wire_format, payload=facts | numbers)
    told = json.loads(signing.signed(callback, keys(APIKEY), now=AT).body)
    assert told["Sign"] == md5
    if name == "G9":  # the page's Python sample: everything but Sign, sorted
        fields = {field: value for field, value in told.items() if field != "Sign"}
        text = "&".join(f"{field}={fields[field]}" for field in sorted(fields)) + APIKEY
        assert hashlib.md5(text.encode()).hexdigest() == md5
