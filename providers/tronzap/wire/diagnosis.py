"""Which rule of the TronZap signature a sender broke (spec section 1): SHA-256 of the raw body and then the secret."""

import hashlib
import hmac
from collections.abc import Callable, Sequence

from providers.base import KeyPair
from providers.diagnosis import (
    UPPER_CASE,
    Choice,
    Diagnosis,
    json_forms,
    key_choices,
    masked,
    mistakes_of,
    spellings,
    ways,
)
from providers.masking import MASK

Hash = Callable[[bytes, bytes], bytes]


def diagnose(body: bytes, signature: str, keys: Sequence[Choice[KeyPair]]) -> Diagnosis:
    """`keys`: the credential first; others that the sender may have used, with what is wrong about them."""
    secrets = [text for key in keys for text in (key.value.key, key.value.secret)]
    right = masked(body, *secrets) + MASK
    for way in ways([Choice(body), *_odd(body), *json_forms(body)], _keys(keys), HASHES):
        form, key, digest = way
        spelled = spellings(digest.value(key.value, form.value), signature)
        if spelled is None:
            continue
        mistakes = mistakes_of([*way, spelled])
        remarks: tuple[str, ...] = ()
        if spelled.mistake == UPPER_CASE:  # the server takes either case
            mistakes, remarks = mistakes[:-1], (f"{UPPER_CASE}: taken, but no other server need to",)
        return Diagnosis(
            is_explained=True,
            mistakes=mistakes,
            remarks=remarks,
            right_text=right,
            signed_text=masked(form.value, *secrets) + MASK if mistakes else "",
        )
    return Diagnosis(is_explained=False, right_text=right)


def _odd(body: bytes) -> list[Choice[bytes]]:
    found = []
    if body in (b"", b"{}"):
        found.append(Choice(b"[]", "an empty list was signed for no parameters"))
        other = b"{}" if body == b"" else b""
        found.append(Choice(other, "no parameters: “{}” and an empty body are not the same text"))
    return found


def _keys(keys: Sequence[Choice[KeyPair]]) -> list[Choice[bytes]]:
    variants: list[tuple[str, Callable[[KeyPair], bytes | None]]] = [
        ("", lambda pair: pair.secret.encode()),
        ("signed with the API token and not with the secret", lambda pair: pair.key.encode()),
        ("the secret was used with a newline at its end", lambda pair: pair.secret.encode() + b"\n"),
        ("token and secret were joined", lambda pair: (pair.key + pair.secret).encode()),
    ]
    return key_choices(keys, variants)


def _plain(name: str) -> Hash:
    return lambda key, message: hashlib.new(name, message + key, usedforsecurity=False).digest()


HASHES: list[Choice[Hash]] = [
    Choice(_plain("sha256")),
    Choice(lambda key, message: hashlib.sha256(key + message).digest(), "the secret stands before the body"),
    Choice(
        lambda key, message: hmac.digest(key, message, "sha256"), "HMAC was used: the rule is plain SHA-256"
    ),
    Choice(lambda key, message: hashlib.sha256(message).digest(), "the secret was left out"),
    Choice(
        lambda key, message: hashlib.sha256(message + b"&" + key).digest(),
        "there is a “&” between body and secret",
    ),
    Choice(
        lambda key, message: hashlib.sha256(message + b"\n" + key).digest(),
        "there is a newline between body and secret",
    ),
    Choice(_plain("md5"), "MD5 was used and not SHA-256"),
    Choice(_plain("sha1"), "SHA-1 was used and not SHA-256"),
    Choice(_plain("sha512"), "SHA-512 was used and not SHA-256"),
]
