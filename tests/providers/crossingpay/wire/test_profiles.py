"""Each profile's exact bytes; our own receiver reads them all back."""

import hashlib
from datetime import UTC, datetime

import pytest

from providers.crossingpay.wire import Event, Profile, Reading, Status, read_callback, write_callback

APIKEY = "yourapikeyKey123"
ADDRESS = "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE"
TXID = "2610c200efc8a90601758715405fa6be4597469e854591975d113b720a762ec2"
AT = datetime.fromtimestamp(1746253800, UTC)
EVENT = Event(
    address=ADDRESS,
    amount_micro=100_290_000,
    txid=TXID,
    at=AT,
    order_id="202505140000001259",
    ordersn="202505140000001015",
)
FAILED = Event(
    address=ADDRESS,
    amount_micro=100_000_000,
    txid="",
    at=AT,
    order_id="заказ",
    ordersn="s",
    status=Status.FAILED,
)
G3 = (
    f'{{"address":"{ADDRESS}","amount":"100.29","txid":"{TXID}","timestamp":"1746253800",'
    f'"sign":"56a5b5b37d934a0f802ee4c23e42f1d7"'
)
ISO = "2025-05-03T14:30:00+08:00"
NUMBERS = ',"order_id":"202505140000001259","Ordersn":"202505140000001015","status":1}'
READINGS = {Profile.V2B: Reading.B1, Profile.V2B_BODY: Reading.B2}


def written(profile: Profile, event: Event = EVENT) -> str:
    return write_callback(profile, event, APIKEY).body.decode()


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def test_v2a_is_g3_with_five_fields() -> None:
    assert written(Profile.V2A) == G3 + "}"


def test_v2a_extended_has_the_numbers_behind_the_same_signature() -> None:
    assert written(Profile.V2A_EXTENDED) == G3 + NUMBERS


@pytest.mark.parametrize(("profile", "tail"), [(Profile.V2A_ISO, "}"), (Profile.V2A_EXTENDED_ISO, NUMBERS)])
def test_v2a_iso_signs_the_literal_time(profile: Profile, tail: str) -> None:
    sign = md5(f"address={ADDRESS}&amount=100.290000&timestamp={ISO}&txid={TXID}{APIKEY}")
    expected = (
        f'{{"address":"{ADDRESS}","amount":"100.29","txid":"{TXID}","timestamp":"{ISO}","sign":"{sign}"{tail}'
    )
    assert written(profile) == expected


@pytest.mark.parametrize(
    ("profile", "sign"),
    [
        (Profile.V2B, "e56e3dd6ed8a1245ec347cf2888f7a9c"),
        (Profile.V2B_BODY, "399c911c088680f460f090f7f603f1e2"),
    ],
)
def test_v2b_is_g8_or_g9(profile: Profile, sign: str) -> None:
    assert written(profile) == (
        f'{{"Address":"{ADDRESS}","Amount":"100.29","OrderID":"202505140000001259",'
        f'"SystemOrderID":"202505140000001015","Txid":"{TXID}","Status":1,"Timestamp":"1746253800","Sign":"{sign}"}}'
    )


@pytest.mark.parametrize(
    ("profile", "tail"),
    [
        (Profile.V2A, ',"status":0}'),
        (Profile.V2A_ISO, ',"status":0}'),
        (Profile.V2A_EXTENDED, ',"order_id":"заказ","Ordersn":"s","status":0}'),
    ],
)
def test_a_failure_in_v2a_has_a_status_and_no_txid(profile: Profile, tail: str) -> None:
    body = written(profile, FAILED)
    assert '"txid":""' in body
    assert body.endswith(tail)


@pytest.mark.parametrize("event", [EVENT, FAILED])
@pytest.mark.parametrize("profile", Profile)
def test_our_receiver_reads_every_profile(profile: Profile, event: Event) -> None:
    body = write_callback(profile, event, APIKEY).body
    told = read_callback(body, ["another", APIKEY])
    assert told.reading is READINGS.get(profile, Reading.V2A)
    assert (told.key_index, told.status) == (1, event.status)
    assert (told.address, told.amount_micro, told.txid, told.timestamp) == (
        event.address,
        event.amount_micro,
        event.txid,
        AT,
    )


@pytest.mark.parametrize("profile", Profile)
def test_the_text_and_the_key_make_the_signature(profile: Profile) -> None:
    body, text = write_callback(profile, EVENT, APIKEY)
    assert APIKEY not in text
    assert f'"{md5(text + APIKEY)}"' in body.decode()
