"""Private keys of TRON wallets: their address, and signatures over a transaction's id (specs/tron.md section 10)."""

from coincurve import PrivateKey, PublicKey
from Crypto.Hash import keccak

KEY_LENGTH = 32
SIGNATURE_LENGTH = 65
RECOVERY_OFFSET = 27  # Ethereum's way to write the last byte; nodes take either


def keccak256(data: bytes) -> bytes:
    """Keccak before its padding was changed for SHA-3: `hashlib.sha3_256` is another function."""
    return keccak.new(digest_bits=256, data=data).digest()


def address_of(private_key: bytes) -> bytes:
    """The 21 bytes of the key's address. Raises ValueError for a key outside the curve's order."""
    return address_of_public(_key(private_key).public_key)


def sign(txid: bytes, private_key: bytes) -> bytes:
    """65 bytes, r ‖ s ‖ v with v 0 or 1, always the same for the same id and key. Raises ValueError."""
    if len(txid) != 32:
        raise ValueError("a transaction id is 32 bytes")
    return _key(private_key).sign_recoverable(txid, hasher=None)


def recover(txid: bytes, signature: bytes) -> bytes:
    """The 21-byte address that signed. Raises ValueError for what is no signature of any key."""
    if len(signature) != SIGNATURE_LENGTH:
        raise ValueError("a signature is 65 bytes")
    last = signature[-1] - RECOVERY_OFFSET if signature[-1] >= RECOVERY_OFFSET else signature[-1]
    if last > 3:
        raise ValueError("not a signature")
    try:
        public = PublicKey.from_signature_and_message(signature[:-1] + bytes([last]), txid, hasher=None)
    except Exception as error:  # the library raises the bare class
        raise ValueError("not a signature") from error
    return address_of_public(public)


def address_of_public(public: PublicKey) -> bytes:
    return b"\x41" + keccak256(public.format(compressed=False)[1:])[-20:]


def _key(private_key: bytes) -> PrivateKey:
    if len(private_key) != KEY_LENGTH:
        raise ValueError("a private key is 32 bytes")
    return PrivateKey(private_key)
