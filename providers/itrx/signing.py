"""The iTRX signature: hex of HMAC-SHA256 over TIMESTAMP, "&" and body; the secret is taken as text (spec 2).

Senders disagree about key order, escapes and spaces, so a verifier tries a few forms of the body. Any of them
proves that the holder of the secret sent these parameters; the caller still parses the body strictly, which
refuses what could be read in two ways (spec 2.5).
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from providers import strict_json

KEY_HEADER = "API-KEY"
TIMESTAMP_HEADER = "TIMESTAMP"
SIGNATURE_HEADER = "SIGNATURE"
DEFAULT_TOLERANCE_SECONDS = 300

_WHOLE_SECONDS = re.compile(r"[0-9]{1,12}")


def canonical(parameters: Mapping[str, Any], ascii: bool = True) -> str:  # noqa: A002 - the word of the spec
    """Sorted keys, no spaces, "/" not escaped. Raises ValueError for NaN and Infinity."""
    return json.dumps(parameters, sort_keys=True, separators=(",", ":"), ensure_ascii=ascii, allow_nan=False)


def sign(secret: str, timestamp: str, body: bytes) -> str:
    message = _encode(timestamp) + b"&" + body
    return hmac.new(_encode(secret), message, hashlib.sha256).hexdigest()


def signed_headers(key: str, secret: str, body: bytes, now: datetime) -> dict[str, str]:
    """Headers of a POST, and of a callback; `body` are the exact bytes that will be sent."""
    timestamp = str(int(now.timestamp()))
    return {
        KEY_HEADER: key,
        TIMESTAMP_HEADER: timestamp,
        SIGNATURE_HEADER: sign(secret, timestamp, body),
        "Content-Type": "application/json",
    }


def signature_ok(secret: str, timestamp: str, raw: bytes, signature: str) -> bool:
    """The server's rule (spec 2.5): signed is the raw body or its canonical form, in ASCII or UTF-8."""
    return _matches(secret, timestamp, [raw, *_compact_forms(raw)], signature)


def callback_signature_ok(secret: str, timestamp: str, raw: bytes, signature: str) -> bool:
    """The callback receiver's rule (spec 5): the server's, or the canonical form with spaces, as signed by
    senders that imitate the vendor's Python sample (vector V7b)."""
    return _matches(secret, timestamp, [raw, *_compact_forms(raw), *_spaced_forms(raw)], signature)


def timestamp_ok(text: str, now: datetime, tolerance_seconds: int | None = DEFAULT_TOLERANCE_SECONDS) -> bool:
    """Whether it is a decimal integer within the tolerance of `now`, either way; None accepts any age."""
    if not _WHOLE_SECONDS.fullmatch(text):
        return False
    return tolerance_seconds is None or abs(int(text) - now.timestamp()) <= tolerance_seconds


def _matches(secret: str, timestamp: str, forms: list[bytes], signature: str) -> bool:
    given = _encode(signature.lower())
    # All are compared before the verdict, so that the time taken tells nothing.
    verdicts = [hmac.compare_digest(_encode(sign(secret, timestamp, form)), given) for form in forms]
    return any(verdicts)


def _compact_forms(raw: bytes) -> list[bytes]:
    try:
        parameters = _plain(raw)
        return [canonical(parameters, ascii).encode() for ascii in (True, False)]  # noqa: A001
    except ValueError:
        return []


def _spaced_forms(raw: bytes) -> list[bytes]:
    try:
        return [json.dumps(_plain(raw), sort_keys=True, allow_nan=False).encode()]
    except ValueError:
        return []


def _plain(raw: bytes) -> Any:
    """The body as Python's own json reads it, so that a number prints again as the signer's json printed it
    (`1.0`, `32170.005048646104`; spec 8.5). For re-serialising only: never take a value from here."""
    if not raw:
        return {}
    strict_json.loads(raw)
    return json.loads(raw)


def _encode(text: str) -> bytes:
    # Header text from strangers may hold surrogates; whatever they become, it is no valid signature.
    return text.encode(errors="replace")
