"""Bodies of callbacks, written and read: v2a (spec section 4, the default) and v2b (section 5)."""

import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from providers import strict_json
from providers.crossingpay.wire import values
from providers.crossingpay.wire.signatures import sign_v2a, sign_v2b_b1, sign_v2b_b2
from providers.errors import CallbackRefused
from providers.money import format_units
from providers.tron.addresses import is_address

_V2B_TEXTS = ("Address", "Amount", "OrderID", "SystemOrderID", "Txid", "Timestamp", "Sign")


class Status(IntEnum):
    """Of an order, in v2b callbacks and in the query's answer."""

    FAILED = 0
    SUCCESS = 1
    WAITING = 2


class Reading(StrEnum):
    """Which text a signature covers. B1 and B2 are the two readings of v2b."""

    V2A = "v2a"
    B1 = "v2b-b1"
    B2 = "v2b-b2"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedCallback:
    """A callback whose signature holds. `key_index` tells which of the keys given made it.

    `order_id` and `ordersn` are "" for v2a, whose signature covers no order number. `txid` is in lower case,
    and "" where nothing was paid. In B1 the status is not signed.
    """

    reading: Reading
    key_index: int
    address: str
    amount_micro: int
    txid: str
    timestamp: datetime
    status: Status
    order_id: str = ""
    ordersn: str = ""


def v2a_body(
    address: str,
    amount_micro: int,
    txid: str,
    timestamp: str,
    apikey: str,
    *,
    extended: Mapping[str, object] | None = None,
) -> bytes:
    """The seed's five fields in its order. `extended` adds fields that are not signed (section 6 #7)."""
    body: dict[str, object] = {
        "address": address,
        "amount": format_units(amount_micro),
        "txid": txid,
        "timestamp": timestamp,
        "sign": sign_v2a(address, amount_micro, timestamp, txid, apikey),
    }
    if extended and not body.keys().isdisjoint(extended):
        raise ValueError("an extra field may not replace one of the five")
    return values.dump(body | dict(extended or {}))


def v2b_body(
    address: str,
    amount_micro: int,
    txid: str,
    timestamp: str,
    apikey: str,
    *,
    order_id: str,
    ordersn: str,
    status: Status = Status.SUCCESS,
    reading: Reading = Reading.B1,
) -> bytes:
    """Exactly eight fields: a receiver that signs "everything but Sign" breaks on more."""
    fields = v2b_fields(
        address, amount_micro, txid, timestamp, order_id=order_id, ordersn=ordersn, status=status
    )
    return values.dump(fields | {"Sign": _V2B_SIGNERS[reading](fields, apikey)})


def v2b_fields(
    address: str,
    amount_micro: int,
    txid: str,
    timestamp: str,
    *,
    order_id: str,
    ordersn: str,
    status: Status = Status.SUCCESS,
) -> dict[str, object]:
    """All but `Sign`. The amount is signed as it stands here, with two to six decimals."""
    return {
        "Address": address,
        "Amount": format_units(amount_micro, least_decimals=2),
        "OrderID": order_id,
        "SystemOrderID": ordersn,
        "Txid": txid,
        "Status": int(status),
        "Timestamp": timestamp,
    }


def read_callback(raw: bytes, apikeys: Sequence[str]) -> ReceivedCallback:
    """Verify over the received texts, then read. Raises CallbackRefused: malformed or bad_signature.

    Every key is tried, the first that fits wins. There is no rule of age, since the timestamp is the block's
    and stays the same over resends.
    """
    try:
        body = strict_json.loads(raw)
        if isinstance(body, dict) and "Sign" in body:
            return _read_v2b(body, apikeys)
        if isinstance(body, dict) and "sign" in body:
            return _read_v2a(body, apikeys)
    except ValueError as error:
        raise CallbackRefused("malformed", str(error)) from error
    raise CallbackRefused("malformed", "neither the fields of v2a nor of v2b")


def _read_v2a(body: dict[str, Any], apikeys: Sequence[str]) -> ReceivedCallback:
    address, txid, timestamp, sign = _texts(body, ("address", "txid", "timestamp", "sign"))
    amount_micro = values.read_amount(body.get("amount"))

    def signer(_: Mapping[str, object], apikey: str) -> str:
        return sign_v2a(address, amount_micro, timestamp, txid, apikey)

    reading, key_index = _match(sign, body, apikeys, {Reading.V2A: signer})
    # The extended body's `status` and order numbers are not signed: an empty txid alone tells of a failure.
    return ReceivedCallback(
        reading=reading,
        key_index=key_index,
        address=_address(address),
        amount_micro=amount_micro,
        txid=values.read_txid(txid) if txid else "",
        timestamp=values.read_timestamp(timestamp),
        status=Status.SUCCESS if txid else Status.FAILED,
    )


def _read_v2b(body: dict[str, Any], apikeys: Sequence[str]) -> ReceivedCallback:
    address, amount, order_id, ordersn, txid, timestamp, sign = _texts(body, _V2B_TEXTS)
    # An upstream may add fields later, and B2 would sign them too; what has no plain text has no signature.
    if any(isinstance(value, bool) or not isinstance(value, str | int) for value in body.values()):
        raise ValueError("a field is neither text nor a whole number")
    reading, key_index = _match(sign, body, apikeys, _V2B_SIGNERS)
    status = _status(body.get("Status"))
    if status is Status.SUCCESS and not txid:
        raise ValueError("success without a txid")
    return ReceivedCallback(
        reading=reading,
        key_index=key_index,
        address=_address(address),
        amount_micro=values.read_amount(amount),
        txid=values.read_txid(txid) if txid else "",
        timestamp=values.read_timestamp(timestamp),
        status=status,
        order_id=order_id,
        ordersn=ordersn,
    )


_Signer = Callable[[Mapping[str, object], str], str]
_V2B_SIGNERS: Mapping[Reading, _Signer] = {Reading.B1: sign_v2b_b1, Reading.B2: sign_v2b_b2}


def _match(
    sign: str, body: Mapping[str, object], apikeys: Sequence[str], signers: Mapping[Reading, _Signer]
) -> tuple[Reading, int]:
    for key_index, apikey in enumerate(apikeys):
        for reading, signer in signers.items():
            if hmac.compare_digest(signer(body, apikey).encode(), sign.encode()):
                return reading, key_index
    raise CallbackRefused("bad_signature", "no key made this signature")


def _texts(body: Mapping[str, object], names: Sequence[str]) -> Iterator[str]:
    for name in names:
        value = body.get(name)
        if not isinstance(value, str):
            raise ValueError(f"{name} is missing or not text")
        yield value


def _address(text: str) -> str:
    if not is_address(text):
        raise ValueError("not a TRON address")
    return text


def _status(value: object) -> Status:
    if not isinstance(value, int):
        raise ValueError("Status is missing or no whole number")
    return Status(value)
