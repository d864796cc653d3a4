"""Standard Webhooks (https://www.standardwebhooks.com), the symmetric scheme, pure: what our callbacks are signed with
and what a receiver checks.

Signed is `<webhook-id>.<webhook-timestamp>.<raw body>` with HMAC-SHA256. The header holds `v1,<base64>`, several
separated by a space while one secret replaces another.
"""

import binascii
import hmac
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"
PREFIX = "whsec_"
NEW_KEY_BYTES = 32
KEY_BYTES = range(24, 65)  # what the scheme allows
VERSION = "v1"
TOLERANCE_SECONDS = 300
_WHOLE_SECONDS = re.compile(r"[0-9]{1,12}")


def new_secret() -> str:
    """`whsec_` and 32 random bytes in base64."""
    return PREFIX + b64encode(secrets.token_bytes(NEW_KEY_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """The key that a `whsec_` text stands for. Raises ValueError, which does not repeat it."""
    try:
        key = b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("not base64") from None
    if not secret.startswith(PREFIX) or len(key) not in KEY_BYTES:
        raise ValueError(f"not {PREFIX} and {KEY_BYTES[0]} to {KEY_BYTES[-1]} bytes in base64")
    return key


def signed_content(message_id: str, timestamp: str, body: bytes) -> bytes:
    return f"{message_id}.{timestamp}.".encode(errors="replace") + body


def sign(content: bytes, key: bytes) -> str:
    return b64encode(hmac.digest(key, content, "sha256")).decode()


def signed_headers(message_id: str, now: datetime, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """One signature for each key in use. Raises ValueError without any: the header would be empty."""
    if not keys:
        raise ValueError("at least one secret is needed")
    timestamp = str(int(now.timestamp()))
    content = signed_content(message_id, timestamp, body)
    return {
        ID_HEADER: message_id,
        TIMESTAMP_HEADER: timestamp,
        SIGNATURE_HEADER: " ".join(f"{VERSION},{sign(content, key)}" for key in keys),
    }


def signatures(header: str) -> list[str]:
    """Those of our version; a receiver passes over what it does not know."""
    pairs = (part.partition(",") for part in header.split())
    return [signature for version, _, signature in pairs if version == VERSION and signature]


def signature_ok(message_id: str, timestamp: str, body: bytes, header: str, key: bytes) -> bool:
    """Whether one of the header's signatures is of this key."""
    expected = sign(signed_content(message_id, timestamp, body), key).encode()
    # All are compared before the verdict, so that the time taken tells nothing.
    given = [hmac.compare_digest(each.encode(errors="replace"), expected) for each in signatures(header)]
    return any(given)


def timestamp_ok(text: str, now: datetime, tolerance_seconds: int = TOLERANCE_SECONDS) -> bool:
    """Whole seconds, neither too old nor too far ahead."""
    return bool(_WHOLE_SECONDS.fullmatch(text)) and abs(int(text) - now.timestamp()) <= tolerance_seconds
