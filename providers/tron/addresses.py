"""TRON addresses: base58check text (`T…`, 34 characters), 21 raw bytes (0x41 and 20 more), hex `41…`.

Nothing is stripped or repaired here; a form that strips says so. A checksum says nothing about who owns an
address. Rules and vectors: specs/tron.md section 9.
"""

import re
from hashlib import sha256

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
DIGITS = {character: value for value, character in enumerate(ALPHABET)}
TEXT_LENGTH = 34
RAW_LENGTH = 21
NETWORK = 0x41
HEX = re.compile("41[0-9A-Fa-f]{40}")
# Real addresses that no wallet has; money sent there is lost.
NOT_WALLETS = {
    "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb": "this is the zero address, which nobody owns",
    "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t": "this is the USDT contract, not a wallet",
}


def is_address(text: str) -> bool:
    try:
        to_bytes(text)
    except ValueError:
        return False
    return True


def check_address(text: str) -> str:
    """The text itself. Raises ValueError, with a sentence fit for a form, that never repeats the input."""
    to_bytes(text)
    return text


def check_wallet(text: str) -> str:
    """As check_address, for addresses that people give us: refuses well-known ones that are no wallet."""
    check_address(text)
    if text in NOT_WALLETS:
        raise ValueError(NOT_WALLETS[text])
    return text


def to_bytes(address: str) -> bytes:
    """21 bytes. Raises ValueError as check_address."""
    _check_characters(address)
    number = 0
    for character in address:
        number = number * 58 + DIGITS[character]
    raw = number.to_bytes(RAW_LENGTH + 4, "big")  # 34 digits of base 58 always fit
    payload, checksum = raw[:RAW_LENGTH], raw[RAW_LENGTH:]
    if _checksum(payload) != checksum:
        raise ValueError("the address has a typing error: its checksum is wrong")
    if payload[0] != NETWORK:
        raise ValueError("the address belongs to another network than TRON")
    return payload


def from_bytes(raw: bytes) -> str:
    """Base58 text of 21 bytes that start with 0x41. Raises ValueError for anything else."""
    if len(raw) != RAW_LENGTH or raw[0] != NETWORK:
        raise ValueError("a raw address is 21 bytes that start with 0x41")
    number = int.from_bytes(raw + _checksum(raw), "big")
    digits = []
    while number:
        number, digit = divmod(number, 58)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


def to_hex(address: str) -> str:
    """`41…`, 42 lower-case digits, as nodes write it. Raises ValueError as check_address."""
    return to_bytes(address).hex()


def from_hex(text: str) -> str:
    """Base58 text of hex `41…` in either case. Raises ValueError for anything else, `0x…` included."""
    if not HEX.fullmatch(text):
        raise ValueError("a hex address is 42 hex digits that start with 41")
    return from_bytes(bytes.fromhex(text))


def _check_characters(text: str) -> None:
    if not text:
        raise ValueError("an address is needed")
    if any(character.isspace() or not character.isprintable() for character in text):
        raise ValueError("an address has no spaces, line breaks or control characters")
    if len(text) != TEXT_LENGTH:
        raise ValueError(f"an address has {TEXT_LENGTH} characters, this has {len(text)}")
    if text == text.lower():
        raise ValueError("capital letters matter in an address, this one has none")
    if not all(character in DIGITS for character in text):
        raise ValueError("an address has only letters and digits, without 0, O, I and l")


def _checksum(payload: bytes) -> bytes:
    return sha256(sha256(payload).digest()).digest()[:4]
