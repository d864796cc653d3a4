"""What is signed and how: callbacks v2a and v2b (sections 4.1 and 5). The extra HMAC headers (7.2) are those of
Standard Webhooks."""

import hashlib
from collections.abc import Mapping

from providers.money import format_fixed

# The signature table's names of v2b and the body's fields they stand for.
B1_NAMES = {
    "address": "Address",
    "amount": "Amount",
    "order_id": "OrderID",
    "system_order_id": "SystemOrderID",
    "timestamp": "Timestamp",
    "tx_hash": "Txid",
}


def v2a_text(address: str, amount_micro: int, timestamp: str, txid: str) -> str:
    """What v2a signs, before the apikey. The amount has exactly six decimals, whatever the body shows."""
    amount = format_fixed(amount_micro)
    return joined({"address": address, "amount": amount, "timestamp": timestamp, "txid": txid})


def b1_text(body: Mapping[str, object]) -> str:
    """Reading B1 of a v2b body (`Sign` may be in it): the names of the table; Status is not signed."""
    return joined({name: body[field] for name, field in B1_NAMES.items()})


def b2_text(body: Mapping[str, object]) -> str:
    """Reading B2 of a v2b body: every field but `Sign` under the body's own names."""
    return joined({name: value for name, value in body.items() if name != "Sign"})


def sign_v2a(address: str, amount_micro: int, timestamp: str, txid: str, apikey: str) -> str:
    return sign_text(v2a_text(address, amount_micro, timestamp, txid), apikey)


def sign_v2b_b1(body: Mapping[str, object], apikey: str) -> str:
    return sign_text(b1_text(body), apikey)


def sign_v2b_b2(body: Mapping[str, object], apikey: str) -> str:
    return sign_text(b2_text(body), apikey)


def joined(values: Mapping[str, object]) -> str:
    """Sorted by name, in ASCII order."""
    return "&".join(f"{name}={values[name]}" for name in sorted(values))


def sign_text(text: str, apikey: str) -> str:
    return hashlib.md5((text + apikey).encode(), usedforsecurity=False).hexdigest()
