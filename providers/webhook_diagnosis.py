"""Which rule of Standard Webhooks a sender or a receiver broke: each step of signing, right and mistaken."""

import hashlib
import hmac
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from providers import webhooks
from providers.diagnosis import Choice, Diagnosis, json_forms, key_choices, masked, mistakes_of, ways

LONGEST_TIMESTAMP = 20

Hash = Callable[[bytes, bytes], bytes]
Secret = str  # `whsec_…`, or other text that is used as it is


def diagnose(
    body: bytes,
    message_id: str,
    timestamp: str,
    header: str,
    keys: Sequence[Choice[Secret]],
    *,
    now: datetime,
) -> Diagnosis:
    """`keys`: the secrets that live first; others that the sender may have used, with what is wrong about them."""
    secrets = [text for key in keys for text in (key.value, key.value.removeprefix(webhooks.PREFIX))]
    right = masked(webhooks.signed_content(message_id, timestamp, body), *secrets)
    remarks = _remarks(message_id, timestamp, now)
    given = list(_given(header))
    for way in ways([Choice(body), *json_forms(body)], _joins(message_id, timestamp), _keys(keys), HASHES):
        form, join, key, digest = way
        message = join.value(form.value)
        writings = _writings(digest.value(key.value, message))
        for part in given:
            mistake = writings.get(part.value)
            if mistake is None:
                continue
            mistakes = mistakes_of([*way, part, Choice("", mistake)])
            return Diagnosis(
                is_explained=True,
                mistakes=mistakes,
                remarks=remarks,
                right_text=right,
                signed_text=masked(message, *secrets) if mistakes else "",
            )
    return Diagnosis(is_explained=False, remarks=remarks, right_text=right)


def _remarks(message_id: str, timestamp: str, now: datetime) -> tuple[str, ...]:
    found = []
    if not message_id:
        found.append("webhook-id is missing")
    if not timestamp:
        found.append("webhook-timestamp is missing")
    elif not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > LONGEST_TIMESTAMP:
        found.append("webhook-timestamp is not whole Unix seconds")
    elif len(timestamp) == 13:
        found.append("webhook-timestamp is in milliseconds: the rule is whole seconds")
    elif not webhooks.timestamp_ok(timestamp, now):
        off = int(now.timestamp()) - int(timestamp)
        how = f"{abs(off)} seconds {'old' if off > 0 else 'ahead'}"
        found.append(
            f"webhook-timestamp is {how} now: receivers refuse {webhooks.TOLERANCE_SECONDS} seconds off"
        )
    return tuple(found)


def _given(header: str) -> Iterator[Choice[str]]:
    for part in header.split():
        version, comma, signature = part.partition(",")
        if comma and signature:
            yield Choice(
                signature, "" if version == webhooks.VERSION else f"the version is “{version}” and not “v1”"
            )
        elif part.startswith("v1="):
            yield Choice(part[3:], "“v1=” was written and not “v1,”")
        elif part:
            yield Choice(part.rstrip(","), "“v1,” before the signature is missing")


def _writings(digest: bytes) -> dict[str, str]:
    """Every spelling of it, with the mistake it is."""
    right = b64encode(digest).decode()
    return {
        digest.hex().upper(): "the signature is in hex and not in base64",
        digest.hex(): "the signature is in hex and not in base64",
        b64encode(digest.hex().encode()).decode(): "the signature is base64 of its hex text",
        urlsafe_b64encode(digest).decode().rstrip("="): "the signature is in base64url without padding",
        urlsafe_b64encode(digest).decode(): "the signature is in base64url and not in base64",
        right.rstrip("="): "the padding “=” of the base64 is missing",
        right: "",
    }


def _joins(message_id: str, timestamp: str) -> list[Choice[Callable[[bytes], bytes]]]:
    one, at = message_id.encode(errors="replace"), timestamp.encode(errors="replace")
    return [
        Choice(lambda body: one + b"." + at + b"." + body),
        Choice(lambda body: at + b"." + body, "webhook-id was not signed"),
        Choice(lambda body: one + b"." + body, "webhook-timestamp was not signed"),
        Choice(lambda body: body, "only the body was signed: webhook-id and webhook-timestamp are, too"),
        Choice(lambda body: at + b"." + one + b"." + body, "webhook-timestamp was signed before webhook-id"),
        Choice(lambda body: one + at + body, "the “.” between the parts are missing"),
        Choice(
            lambda body: one + b"\n" + at + b"\n" + body, "the parts were joined with newlines and not “.”"
        ),
        Choice(lambda body: at + b"&" + body, "signed by iTRX's rule: timestamp, “&”, body"),
    ]


def _keys(keys: Sequence[Choice[Secret]]) -> list[Choice[bytes]]:
    variants: list[tuple[str, Callable[[Secret], bytes | None]]] = [
        ("", key_bytes),
        (
            "the secret was used as text with “whsec_”: the base64 after it is decoded",
            lambda text: text.encode(),
        ),
        (
            "the secret after “whsec_” was not decoded from base64",
            lambda text: text.removeprefix(webhooks.PREFIX).encode(),
        ),
        ("the secret was decoded although it is no “whsec_” text", _decoded),
        ("the secret was used with a newline at its end", lambda text: key_bytes(text) + b"\n"),
    ]
    return key_choices(keys, variants)


def key_bytes(secret: Secret) -> bytes:
    """The HMAC key: a `whsec_` text decoded, any other as it is."""
    try:
        return webhooks.key_of(secret)
    except ValueError:
        return secret.encode()


def _decoded(secret: Secret) -> bytes | None:
    if secret.startswith(webhooks.PREFIX):
        return None
    try:
        return b64decode(secret, altchars=b"-_", validate=True)
    except ValueError:
        return None


HASHES: list[Choice[Hash]] = [
    Choice(lambda key, message: hmac.digest(key, message, "sha256")),
    Choice(lambda key, message: hmac.digest(key, message, "sha1"), "HMAC-SHA1 was used and not HMAC-SHA256"),
    Choice(
        lambda key, message: hmac.digest(key, message, "sha512"), "HMAC-SHA512 was used and not HMAC-SHA256"
    ),
    Choice(
        lambda key, message: hashlib.sha256(message + key).digest(),
        "plain SHA-256 was used and not HMAC-SHA256, the secret appended",
    ),
    Choice(
        lambda key, message: hashlib.sha256(key + message).digest(),
        "plain SHA-256 was used and not HMAC-SHA256, the secret in front",
    ),
]
