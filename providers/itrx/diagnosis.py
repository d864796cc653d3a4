"""Which rule of the iTRX signature a sender broke (spec sections 2 and 5): each step of signing, right and mistaken."""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime

from providers.base import KeyPair
from providers.diagnosis import (
    UPPER_CASE,
    Choice,
    Diagnosis,
    json_forms,
    key_choices,
    masked,
    mistakes_of,
    plain_json,
    spellings,
    ways,
)
from providers.itrx.signing import DEFAULT_TOLERANCE_SECONDS, canonical, timestamp_ok

Hash = Callable[[bytes, bytes], bytes]


def diagnose(
    body: bytes, timestamp: str, signature: str, keys: Sequence[Choice[KeyPair]], *, now: datetime
) -> Diagnosis:
    """`keys`: the credential first; others that the sender may have used, with what is wrong about them."""
    secrets = [text for key in keys for text in (key.value.key, key.value.secret)]
    right = masked(f"{timestamp}&".encode(errors="replace") + body, *secrets)
    remarks = _remarks(timestamp, now)
    for way in ways(_forms(body), _joins(timestamp), _keys(keys), HASHES):
        form, join, key, digest = way
        message = join.value(form.value)
        spelled = spellings(digest.value(key.value, message), signature)
        if spelled is None:
            continue
        mistakes = mistakes_of([*way, spelled])
        if spelled.mistake == UPPER_CASE:  # the server takes either case
            mistakes, remarks = mistakes[:-1], (*remarks, f"{UPPER_CASE}: taken, but no other server need to")
        return Diagnosis(
            is_explained=True,
            mistakes=mistakes,
            remarks=remarks,
            right_text=right,
            signed_text=masked(message, *secrets) if mistakes else "",
        )
    return Diagnosis(is_explained=False, remarks=remarks, right_text=right)


def _remarks(timestamp: str, now: datetime) -> tuple[str, ...]:
    if not timestamp:
        return ("TIMESTAMP is missing",)
    if not timestamp.isascii() or not timestamp.isdigit():
        return ("TIMESTAMP is not whole Unix seconds",)
    if len(timestamp) == 13:
        return ("TIMESTAMP is in milliseconds: the rule is whole seconds",)
    if timestamp_ok(timestamp, now):
        return ()
    off = int(now.timestamp()) - int(timestamp)
    how = f"{abs(off)} seconds {'old' if off > 0 else 'ahead'}"
    return (f"TIMESTAMP is {how} now: it is refused {DEFAULT_TOLERANCE_SECONDS} seconds off",)


def _forms(raw: bytes) -> list[Choice[bytes]]:
    """The server takes the raw body and its canonical writing (spec 2.5)."""
    right = [raw]
    parameters = plain_json(raw)
    if parameters is not None:
        right += [canonical(parameters, ascii).encode(errors="replace") for ascii in (True, False)]  # noqa: A001
    unique = list(dict.fromkeys(right))
    return [Choice(form) for form in unique] + [form for form in json_forms(raw) if form.value not in unique]


def _joins(timestamp: str) -> list[Choice[Callable[[bytes], bytes]]]:
    at = timestamp.encode(errors="replace")
    return [
        Choice(lambda body: at + b"&" + body),
        Choice(lambda body: at + body, "“&” between TIMESTAMP and body is missing"),
        Choice(lambda body: body + b"&" + at, "the body was signed before TIMESTAMP"),
        Choice(lambda body: body + at, "the body was signed before TIMESTAMP, without “&”"),
        Choice(lambda body: at + b"." + body, "TIMESTAMP and body were joined with “.” and not “&”"),
        Choice(lambda body: at + b"\n" + body, "TIMESTAMP and body were joined with a newline and not “&”"),
        Choice(lambda body: body, "TIMESTAMP was not signed"),
        Choice(
            lambda body: at[:-3] + b"&" + body, "TIMESTAMP was signed in seconds and sent in milliseconds"
        ),
        Choice(lambda body: at + b"000&" + body, "TIMESTAMP was signed in milliseconds and sent in seconds"),
    ]


def _keys(keys: Sequence[Choice[KeyPair]]) -> list[Choice[bytes]]:
    variants: list[tuple[str, Callable[[KeyPair], bytes | None]]] = [
        ("", lambda pair: pair.secret.encode()),
        ("signed with API_KEY and not with API_SECRET", lambda pair: pair.key.encode()),
        ("API_SECRET was decoded from hex: it is used as text", lambda pair: _unhexed(pair.secret)),
        ("API_SECRET was changed to lower case", lambda pair: pair.secret.lower().encode()),
        ("API_SECRET was used with a newline at its end", lambda pair: pair.secret.encode() + b"\n"),
        ("API_KEY and API_SECRET were joined", lambda pair: (pair.key + pair.secret).encode()),
    ]
    return key_choices(keys, variants)


def _unhexed(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


def _hmac(name: str) -> Hash:
    return lambda key, message: hmac.digest(key, message, name)


NO_HMAC = "plain SHA-256 was used and not HMAC-SHA256"
HASHES: list[Choice[Hash]] = [
    Choice(_hmac("sha256")),
    Choice(_hmac("sha1"), "HMAC-SHA1 was used and not HMAC-SHA256"),
    Choice(_hmac("md5"), "HMAC-MD5 was used and not HMAC-SHA256"),
    Choice(_hmac("sha512"), "HMAC-SHA512 was used and not HMAC-SHA256"),
    Choice(
        lambda key, message: hmac.digest(message, key, "sha256"), "key and message of the HMAC are swapped"
    ),
    Choice(lambda key, message: hashlib.sha256(message + key).digest(), f"{NO_HMAC}, the secret appended"),
    Choice(lambda key, message: hashlib.sha256(key + message).digest(), f"{NO_HMAC}, the secret in front"),
    Choice(lambda key, message: hashlib.sha256(message).digest(), f"{NO_HMAC}, without the secret"),
]
