"""The forms in which a callback can be written (sections 4 to 6): a merchant has one, a receiver takes all of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from providers.crossingpay.wire import values
from providers.crossingpay.wire.callbacks import Reading, Status, v2a_body, v2b_body, v2b_fields
from providers.crossingpay.wire.signatures import b1_text, b2_text, v2a_text


class Profile(StrEnum):
    V2A = "v2a"
    V2A_ISO = "v2a_iso"
    V2A_EXTENDED = "v2a_ext"
    V2A_EXTENDED_ISO = "v2a_ext_iso"
    V2B = "v2b"
    V2B_BODY = "v2b_body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What is told. `at`: the block time of the payment, or when the order failed; the same over all resends.
    `txid` is "" where nothing was paid; `order_id` is the merchant's own number."""

    address: str
    amount_micro: int
    txid: str
    at: datetime
    order_id: str = ""
    ordersn: str = ""
    status: Status = Status.SUCCESS


class Written(NamedTuple):
    """`text`: what the signature covers, before the apikey."""

    body: bytes
    text: str


def write_callback(profile: Profile, event: Event, apikey: str) -> Written:
    reading = _READINGS.get(profile)
    return _v2a(profile, event, apikey) if reading is None else _v2b(reading, event, apikey)


def _v2a(profile: Profile, event: Event, apikey: str) -> Written:
    """Five fields. The order's numbers in the extended form, and the status of a failure in any, are not signed
    (section 6 #7, #16)."""
    timestamp = values.iso_text(event.at) if profile in _ISO else values.unix_text(event.at)
    extra: dict[str, object] = {}
    if profile in _EXTENDED:
        extra = {"order_id": event.order_id, "Ordersn": event.ordersn}
    if profile in _EXTENDED or event.status is Status.FAILED:
        extra["status"] = int(event.status)
    body = v2a_body(event.address, event.amount_micro, event.txid, timestamp, apikey, extended=extra)
    return Written(body, v2a_text(event.address, event.amount_micro, timestamp, event.txid))


def _v2b(reading: Reading, event: Event, apikey: str) -> Written:
    told = (event.address, event.amount_micro, event.txid, values.unix_text(event.at))
    body = v2b_body(
        *told,
        apikey,
        order_id=event.order_id,
        ordersn=event.ordersn,
        status=event.status,
        reading=reading,
    )
    fields = v2b_fields(*told, order_id=event.order_id, ordersn=event.ordersn, status=event.status)
    return Written(body, _TEXTS[reading](fields))


_ISO = frozenset({Profile.V2A_ISO, Profile.V2A_EXTENDED_ISO})
_EXTENDED = frozenset({Profile.V2A_EXTENDED, Profile.V2A_EXTENDED_ISO})
_READINGS: Mapping[Profile, Reading] = {Profile.V2B: Reading.B1, Profile.V2B_BODY: Reading.B2}
_TEXTS: Mapping[Reading, Callable[[Mapping[str, object]], str]] = {Reading.B1: b1_text, Reading.B2: b2_text}
