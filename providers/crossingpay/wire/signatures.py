"""What is signed and how: callbacks v2a and v2b (sections 4.1 and 5) and the extra HMAC headers (7.2)."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime

from providers.crossingpay.wire.values import unix_text
from providers.money import format_fixed

# The signature table's names of v2b and the body's fields they stand for.
_B1_NAMES = {
    "address": "Address",
    "amount": "Amount",
    "order_id": "OrderID",
    "system_order_id": "SystemOrderID",
    "timestamp": "Timestamp",
    "tx_hash": "Txid",
}


def sign_v2a(address: str, amount_micro: int, timestamp: str, txid: str, apikey: str) -> str:
    """The amount is signed with exactly six decimals, whatever the body shows."""
    amount = format_fixed(amount_micro)
    return _sign({"address": address, "amount": amount, "timestamp": timestamp, "txid": txid}, apikey)


def sign_v2b_b1(body: Mapping[str, object], apikey: str) -> str:
    """Reading B1 of a v2b body (`Sign` may be in it): the names of the table; Status is not signed."""
    return _sign({name: body[field] for name, field in _B1_NAMES.items()}, apikey)


def sign_v2b_b2(body: Mapping[str, object], apikey: str) -> str:
    """Reading B2 of a v2b body: every field but `Sign` under the body's own names."""
    return _sign({name: value for name, value in body.items() if name != "Sign"}, apikey)


def _sign(values: Mapping[str, object], apikey: str) -> str:
    text = "&".join(f"{name}={values[name]}" for name in sorted(values)) + apikey
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def webhook_headers(event_id: str, now: datetime, body: bytes, secrets: Sequence[bytes]) -> dict[str, str]:
    """One signature for each secret in use. Raises ValueError without any: the header would be empty."""
    if not secrets:
        raise ValueError("at least one secret is needed")
    timestamp = unix_text(now)
    signed = f"{event_id}.{timestamp}.".encode() + body
    signatures = [b64encode(hmac.digest(secret, signed, "sha256")).decode() for secret in secrets]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
