"""Real signatures name their real owners; ours are read back by the same function."""

from typing import Any

import pytest

from providers.tron import addresses, keys
from tests.providers.tron.transactions import signed_transactions

KEY = bytes(31) + b"\x01"
TXID = bytes.fromhex("3ec07911c77dcbdf7a75ae0e0486960add2993ac606c6e33fa92011f9f2665cb")
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@pytest.mark.parametrize("real", signed_transactions(), ids=lambda real: real["txID"][:8])
def test_a_real_signature_recovers_its_owner(real: dict[str, Any]) -> None:
    owner = real["raw_data"]["contract"][0]["parameter"]["value"]["owner_address"]
    signature = bytes.fromhex(real["signature"][0])
    assert keys.recover(bytes.fromhex(real["txID"]), signature).hex() == owner


def test_nine_real_signatures_are_there() -> None:
    assert len(signed_transactions()) == 9


def test_keccak_is_not_sha3() -> None:
    assert keys.keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


def test_the_address_of_the_first_key() -> None:
    """The 20 bytes are those of the same key on Ethereum, which are well known."""
    assert keys.address_of(KEY).hex() == "417e5f4552091a69125d5dfcb7b8c2659029395bdf"
    assert addresses.is_address(addresses.from_bytes(keys.address_of(KEY)))


def test_a_signature_is_read_back_and_always_the_same() -> None:
    signature = keys.sign(TXID, KEY)
    assert len(signature) == 65
    assert signature[-1] in (0, 1)
    assert keys.recover(TXID, signature) == keys.address_of(KEY)
    assert keys.recover(TXID, signature[:-1] + bytes([signature[-1] + 27])) == keys.address_of(KEY)
    assert keys.sign(TXID, KEY) == signature
    assert keys.recover(bytes(32), signature) != keys.address_of(KEY)


@pytest.mark.parametrize("key", [b"", bytes(32), bytes(31), bytes(33), ORDER.to_bytes(32, "big")])
def test_a_bad_key_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        keys.address_of(key)


@pytest.mark.parametrize("txid", [b"", bytes(31), bytes(33)])
def test_only_an_id_is_signed(txid: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        keys.sign(txid, KEY)


@pytest.mark.parametrize("signature", [b"", bytes(64), bytes(65), b"\xff" * 65, bytes(64) + b"\x04"])
def test_rubbish_is_no_signature(signature: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        keys.recover(TXID, signature)
