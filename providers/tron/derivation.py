"""Deposit wallets from one seed, m/44'/195'/0'/0/i (BIP-32, BIP-44; specs/tron.md section 11).

Addresses follow from the account's public half (its xpub) alone; private keys need the seed. A leaked private key of
one wallet together with the xpub gives all of them: such a key leaves the signer never. Written on coincurve, since the
library for it allows no current release of that.
"""

import hashlib
import hmac
import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from coincurve import PrivateKey, PublicKey
from Crypto.Hash import RIPEMD160

from providers.tron import keys
from providers.tron.addresses import ALPHABET, DIGITS, from_bytes

HARDENED = 1 << 31
ACCOUNT_PATH = (44 | HARDENED, 195 | HARDENED, 0 | HARDENED)
RECEIVING = 0
MOST_INDEX = HARDENED - 1
XPUB_VERSION = bytes.fromhex("0488b21e")
XPUB_LENGTH = 78
SEED_LENGTHS = range(16, 65)
PHRASE_ROUNDS = 2048


@dataclass(frozen=True, slots=True)
class PublicNode:
    """A point of the tree without its private key."""

    key: bytes
    chain_code: bytes
    depth: int = 0
    parent: bytes = bytes(4)
    number: int = 0

    @property
    def fingerprint(self) -> bytes:
        return RIPEMD160.new(sha256(self.key).digest()).digest()[:4]

    def child(self, number: int) -> "PublicNode":
        """Raises ValueError for a hardened number, which needs the private key."""
        if not 0 <= number <= MOST_INDEX:
            raise ValueError("only a number below 2^31 can be derived without the private key")
        tweak, chain_code = _hash(self.chain_code, self.key + number.to_bytes(4, "big"))
        key = PublicKey(self.key).add(tweak).format()
        return PublicNode(key, chain_code, self.depth + 1, self.fingerprint, number)

    def xpub(self) -> str:
        place = bytes([self.depth]) + self.parent + self.number.to_bytes(4, "big")
        return _base58(XPUB_VERSION + place + self.chain_code + self.key)

    @classmethod
    def read(cls, xpub: str) -> Self:
        """Raises ValueError for anything else than an xpub."""
        raw = _from_base58(xpub)
        if len(raw) != XPUB_LENGTH or raw[:4] != XPUB_VERSION:
            raise ValueError("this is no xpub")
        PublicKey(raw[45:])
        return cls(raw[45:], raw[13:45], raw[4], raw[5:9], int.from_bytes(raw[9:13], "big"))


@dataclass(frozen=True, slots=True)
class PrivateNode:
    secret: bytes
    public: PublicNode

    @classmethod
    def root(cls, seed: bytes) -> Self:
        """Raises ValueError for a seed that is too short or too long."""
        if len(seed) not in SEED_LENGTHS:
            raise ValueError("a seed has 16 to 64 bytes")
        secret, chain_code = _hash(b"Bitcoin seed", seed)
        return cls(secret, PublicNode(PrivateKey(secret).public_key.format(), chain_code))

    def child(self, number: int) -> "PrivateNode":
        public = self.public
        material = b"\0" + self.secret if number & HARDENED else public.key
        tweak, chain_code = _hash(public.chain_code, material + number.to_bytes(4, "big"))
        key = PrivateKey(self.secret).add(tweak)
        node = PublicNode(key.public_key.format(), chain_code, public.depth + 1, public.fingerprint, number)
        return PrivateNode(key.secret, node)


def account(seed: bytes) -> PrivateNode:
    """m/44'/195'/0'"""
    node = PrivateNode.root(seed)
    for number in ACCOUNT_PATH:
        node = node.child(number)
    return node


def address(xpub: str, index: int) -> str:
    """Of wallet `index` of the account. Raises ValueError."""
    key = PublicNode.read(xpub).child(RECEIVING).child(index).key
    return from_bytes(keys.address_of_public(PublicKey(key)))


def private_key(seed: bytes, index: int) -> bytes:
    """Raises ValueError."""
    if not 0 <= index <= MOST_INDEX:
        raise ValueError("an index is below 2^31")
    return account(seed).child(RECEIVING).child(index).secret


def seed_of_phrase(phrase: str, passphrase: str = "") -> bytes:
    """Of the words that other wallets show (BIP-39); their own checksum is not looked at."""
    words = unicodedata.normalize("NFKD", " ".join(phrase.split()))
    salt = unicodedata.normalize("NFKD", f"mnemonic{passphrase}")
    return hashlib.pbkdf2_hmac("sha512", words.encode(), salt.encode(), PHRASE_ROUNDS)


def _hash(key: bytes, data: bytes) -> tuple[bytes, bytes]:
    digest = hmac.new(key, data, hashlib.sha512).digest()
    return digest[:32], digest[32:]


def _base58(payload: bytes) -> str:
    raw = payload + sha256(sha256(payload).digest()).digest()[:4]
    number, digits = int.from_bytes(raw, "big"), []
    while number:
        number, digit = divmod(number, 58)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


def _from_base58(text: str) -> bytes:
    number = 0
    for character in text[:128]:
        if character not in DIGITS:
            raise ValueError("this is no base58 text")
        number = number * 58 + DIGITS[character]
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    payload, checksum = raw[:-4], raw[-4:]
    if sha256(sha256(payload).digest()).digest()[:4] != checksum:
        raise ValueError("the checksum is wrong")
    return payload
