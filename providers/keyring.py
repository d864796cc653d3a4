"""Secrets at rest: a ring of Fernet keys (newest encrypts, all decrypt) and keyed digests to find keys by.

Pure functions over the two key lists that settings read; the digest keys are versioned apart from the ring, so that
either can be changed without the other.
"""

import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SecretUnreadable(Exception):
    """No key of the ring opens the value: the ring in the environment is not the one that sealed it."""


def ring(keys: Sequence[str] | None = None) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in (keys or settings.ENCRYPTION_KEYS)])


def seal(text: str) -> str:
    return ring().encrypt(text.encode()).decode()


def unseal(token: str) -> str:
    try:
        return ring().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise SecretUnreadable("the encryption ring does not open this value") from error


def reseal(token: str) -> str:
    """The same text under the newest key."""
    try:
        return ring().rotate(token.encode()).decode()
    except InvalidToken as error:
        raise SecretUnreadable("the encryption ring does not open this value") from error


def digest(text: str) -> str:
    """Under the newest digest key: what is stored."""
    return digests(text)[0]


def digests(text: str) -> list[str]:
    """Under every digest key, newest first: what is looked for."""
    return [
        hmac.new(key.strip().encode(), text.encode(), hashlib.sha256).hexdigest()
        for key in settings.DIGEST_KEYS
    ]
