from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.tron import addresses

USDT = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
PAIRS = [  # specs/tron.md sections 1 and 9
    (USDT, "41a614f803b6fd780986a42c78ec9c7f77e6ded13c"),
    ("TXYZopYRdj2D9XRtbG411XZZ3kM5VkAeBf", "41eca9bc828a3005b9a3b909f2cc5c2a54794de05f"),
    ("T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb", "41" + "00" * 20),
]
GOOD = [  # m/44'/195'/0'/0/i of "abandon … about", specs/tron.md section 11
    "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH",
    "TSeJkUh4Qv67VNFwY8LaAxERygNdy6NQZK",
    "TYJPRrdB5APNeRs4R7fYZSwW3TcrTKw2gx",
]
raw_addresses = st.binary(min_size=20, max_size=20).map(lambda tail: b"\x41" + tail)


def base58check(payload: bytes) -> str:
    """Any payload, so that other networks can be written."""
    number = int.from_bytes(payload + sha256(sha256(payload).digest()).digest()[:4], "big")
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = addresses.ALPHABET[digit] + text
    return text


@pytest.mark.parametrize(("address", "hexadecimal"), PAIRS)
def test_known_pairs_convert_both_ways(address: str, hexadecimal: str) -> None:
    assert addresses.to_hex(address) == hexadecimal
    assert addresses.from_hex(hexadecimal) == address
    assert addresses.from_hex(hexadecimal.upper()) == address
    assert addresses.to_bytes(address) == bytes.fromhex(hexadecimal)


@pytest.mark.parametrize("address", GOOD)
def test_good_addresses_pass_unchanged(address: str) -> None:
    assert addresses.is_address(address)
    assert addresses.check_address(address) == address
    assert addresses.check_wallet(address) == address


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "needed"),
        (USDT + "\n", "spaces"),
        (USDT[:-1] + "\x00", "spaces"),
        (" " + USDT, "spaces"),
        (USDT + " ", "spaces"),
        (USDT + "\u200b", "spaces"),
        (USDT[:-1] + "\u00a0", "spaces"),
        (USDT.lower(), "capital"),
        (USDT[:-1] + "u", "checksum"),
        (USDT[:-1], "34 characters, this has 33"),
        (USDT + "t", "34 characters, this has 35"),
        ("T" * 34, "checksum"),
        (USDT[:-1] + "０", "letters and digits"),
        (USDT[:-1] + "0", "letters and digits"),
        (USDT[:-1] + "l", "letters and digits"),
        ("<script>alert(1)</script>" + "A" * 9, "letters and digits"),
        ("z" * 33 + "Z", "checksum"),
        ("1" * 33 + "A", "checksum"),
        ("41a614f803b6fd780986a42c78ec9c7f77e6ded13c", "34 characters, this has 42"),
        ("0xa614f803b6fd780986a42c78ec9c7f77e6ded13c", "34 characters, this has 42"),
        ("T" * 1_000_000, "34 characters"),
    ],
)
def test_each_fault_is_named_without_repeating_the_input(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault) as raised:
        addresses.check_address(text)
    assert len(str(raised.value)) < 100
    assert not addresses.is_address(text)


@pytest.mark.parametrize("network", [0x40, 0x42, 0x43])
def test_another_network_byte_is_refused_although_the_checksum_holds(network: int) -> None:
    text = base58check(bytes([network]) + bytes.fromhex(PAIRS[0][1])[1:])
    assert len(text) == 34
    with pytest.raises(ValueError, match="another network"):
        addresses.to_bytes(text)


@pytest.mark.parametrize("address", sorted(addresses.NOT_WALLETS))
def test_addresses_nobody_can_spend_from_are_no_wallets(address: str) -> None:
    assert addresses.is_address(address)
    with pytest.raises(ValueError, match="this is the"):
        addresses.check_wallet(address)


@pytest.mark.parametrize("raw", [b"", b"\x41" * 20, b"\x41" * 22, b"\x42" + bytes(20)])
def test_raw_addresses_of_another_shape_are_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="21 bytes"):
        addresses.from_bytes(raw)


@pytest.mark.parametrize(
    "text", ["", "0x" + "41" * 20, "41" * 20 + " 4", "41" * 22, "４１" * 21, "4g" * 21, "42" * 21]
)
def test_hex_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="42 hex digits"):
        addresses.from_hex(text)


@given(raw_addresses)
def test_every_raw_address_makes_the_round_trip(raw: bytes) -> None:
    text = addresses.from_bytes(raw)
    assert len(text) == 34
    assert text[0] == "T"
    assert text == base58check(raw)
    assert addresses.to_bytes(text) == raw


@given(raw_addresses, st.integers(0, 33), st.sampled_from(addresses.ALPHABET))
def test_one_wrong_character_never_passes(raw: bytes, position: int, character: str) -> None:
    good = addresses.from_bytes(raw)
    edited = good[:position] + character + good[position + 1 :]
    assert addresses.is_address(edited) == (edited == good)


@given(st.text(max_size=40))
def test_any_text_is_judged_without_another_exception(text: str) -> None:
    assert addresses.is_address(text) in (True, False)
