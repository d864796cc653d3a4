"""Bytes of real transactions are the peer: what nodes hashed is what this encoder writes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.tron import addresses, encoding, transaction_json
from providers.tron.encoding import Contract, RawData, Signed
from tests.providers.tron.transactions import fixture, real_transactions

REAL = real_transactions()
NILE = fixture("nile_unsigned_transactions")
NAMES = ("contract", "data", "expiration", "fee_limit", "ref_block_bytes", "ref_block_hash", "timestamp")


def in_hex(value: Any) -> Any:
    """A printed value with its base58 addresses as hex, and the zeros left out that the indexer prints."""
    if isinstance(value, dict):
        return {name: in_hex(each) for name, each in value.items() if each not in (0, "")}
    if isinstance(value, list):
        return [in_hex(each) for each in value]
    return addresses.to_hex(value) if isinstance(value, str) and addresses.is_address(value) else value


@pytest.mark.parametrize("real", REAL, ids=lambda real: real["txID"][:8])
def test_real_bytes_are_read_and_written_again(real: dict[str, Any]) -> None:
    raw = bytes.fromhex(real["raw_data_hex"])
    assert encoding.txid(raw).hex() == real["txID"]
    assert encoding.encode(encoding.decode(raw)) == raw


def test_real_raw_data_is_printed_and_encoded_from_json() -> None:
    """39 of 40: one TRC-10 name is printed as text by the indexer it came from, and is no hex."""
    texts = [real for real in REAL if "'1002000'" in str(real)]
    rest = [real for real in REAL if real not in texts]
    assert (len(texts), len(rest)) == (1, 39)
    for real in rest:
        raw_data, raw = in_hex(real["raw_data"]), bytes.fromhex(real["raw_data_hex"])
        assert transaction_json.printed_raw(encoding.decode(raw)) == raw_data
        assert encoding.encode(transaction_json.read_raw(raw_data)) == raw
    with pytest.raises(ValueError, match="non-hexadecimal"):
        transaction_json.read_raw(texts[0]["raw_data"])


def test_a_token_transfer_built_by_us_has_the_real_id() -> None:
    real = NILE["trc20"]
    value = real["raw_data"]["contract"][0]["parameter"]["value"]
    owner, contract = (addresses.to_bytes(value[name]) for name in ("owner_address", "contract_address"))
    to = addresses.to_bytes("TSeJkUh4Qv67VNFwY8LaAxERygNdy6NQZK")
    built = RawData(
        ref_block_bytes=bytes.fromhex("4f15"),
        ref_block_hash=bytes.fromhex("d5efcd3acb235c24"),
        expiration=1791285828000,
        timestamp=1791285769893,
        fee_limit=30_000_000,
        contract=encoding.trigger(owner, contract, encoding.transfer_call(to, 1_000_000)),
    )
    assert encoding.txid(encoding.encode(built)).hex() == real["txID"]


def test_the_reference_is_cut_from_the_block_id() -> None:
    block_id = "00000000051014e80dbf5923643f955ca7b09253e84c13b59f19e347fb9ea95e"
    assert [each.hex() for each in encoding.reference(block_id)] == ["14e8", "0dbf5923643f955c"]


numbers = st.integers(-(2**63), 2**63 - 1)
contracts = st.builds(
    Contract,
    st.just("TriggerSmartContract"),
    st.fixed_dictionaries({"owner_address": st.binary(min_size=1), "call_value": numbers.filter(bool)}),
    st.integers(0, 9),
)
raws = st.builds(
    RawData,
    ref_block_bytes=st.binary(),
    ref_block_hash=st.binary(),
    expiration=numbers,
    contract=contracts,
    timestamp=numbers,
    fee_limit=numbers,
    data=st.binary(),
)


@given(raws, st.lists(st.binary(max_size=70), max_size=3))
def test_all_that_is_written_is_read_the_same(raw: RawData, signatures: list[bytes]) -> None:
    encoded = encoding.encode(raw)
    assert encoding.decode(encoded) == raw
    signed = Signed(encoded, tuple(signatures))
    assert encoding.decode_signed(encoding.encode_signed(signed)) == signed


@given(st.binary(max_size=200))
def test_other_bytes_are_refused_with_a_value_error_or_are_canonical(rubbish: bytes) -> None:
    for decode in (encoding.decode, encoding.decode_signed):
        try:
            decode(rubbish)
        except ValueError:
            continue
        assert decode is encoding.decode_signed or encoding.encode(encoding.decode(rubbish)) == rubbish


@pytest.mark.parametrize("real", [NILE["transfer"], NILE["delegate"]], ids=["transfer", "delegate"])
def test_every_cut_and_every_extra_field_is_refused(real: dict[str, Any]) -> None:
    raw = bytes.fromhex(real["raw_data_hex"])
    readable = 0
    for length in range(len(raw)):
        try:
            readable += encoding.encode(encoding.decode(raw[:length])) != raw[:length]
        except ValueError:
            continue
    assert readable == 0
    with pytest.raises(ValueError, match="unexpected field 19"):
        encoding.decode(raw + bytes.fromhex("980101"))


@pytest.mark.parametrize(
    "change",
    [
        {"contract": []},
        {"contract": [{"type": "VoteWitnessContract"}]},
        {"contract": "x"},
        {"expiration": "soon"},
        {"expiration": 2**63},
        {"ref_block_bytes": 5},
        {"ref_block_hash": "zz"},
    ],
)
def test_json_that_cannot_be_encoded_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        encoding.encode(transaction_json.read_raw(in_hex(NILE["transfer"]["raw_data"]) | change))
