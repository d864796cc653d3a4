"""Secrets of wallets, sealed so that only the signer opens them (HPKE, RFC 9180, base mode).

Whoever has the public key can seal; opening takes the ring of private keys, newest first, which the signer alone
holds. The sealed text names what it belongs to: that of one wallet opens for no other.
"""

import base64
import binascii
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
KEY_LENGTH = 32
PREFIX = "hpke1:"


class Unopenable(Exception):
    """No key of the ring opens it, or it belongs to something else."""


def generate() -> str:
    return _text(X25519PrivateKey.generate().private_bytes_raw())


def public_of(private_key: str) -> str:
    """Raises ValueError."""
    return _text(_private(private_key).public_key().public_bytes_raw())


def seal(secret: bytes, public_key: str, *, owner: str) -> str:
    """`owner`: an address, or an xpub. Raises ValueError for a key that is none."""
    key = X25519PublicKey.from_public_bytes(_raw(public_key))
    return PREFIX + base64.b64encode(SUITE.encrypt(secret, key, info=owner.encode())).decode()


def open_sealed(sealed: str, ring: Sequence[str], *, owner: str) -> bytes:
    """Raises Unopenable."""
    try:
        message = base64.b64decode(sealed.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise Unopenable("this was not sealed here") from error
    for key in ring:
        try:
            return SUITE.decrypt(message, _private(key), info=owner.encode())
        except InvalidTag:
            continue
    raise Unopenable("no key of WALLET_KEYS opens it")


def check_ring(ring: Sequence[str]) -> None:
    """Raises ValueError."""
    for key in ring:
        _private(key)


def _private(text: str) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(_raw(text))


def _raw(text: str) -> bytes:
    """Raises ValueError, which never repeats the key."""
    try:
        raw = base64.urlsafe_b64decode(text.strip())
    except (binascii.Error, ValueError) as error:
        raise ValueError("a wallet key is 32 bytes in base64") from error
    if len(raw) != KEY_LENGTH:
        raise ValueError("a wallet key is 32 bytes in base64")
    return raw


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()
