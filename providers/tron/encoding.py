"""TRON transactions as bytes: what is hashed, signed and broadcast (specs/tron.md section 10).

A transaction's id is the SHA-256 of its encoded raw_data. Sign only an id computed here: whoever names the id of
something else would have that signed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from providers.tron import protobuf
from providers.tron.protobuf import VARINT, Field, Value

TYPE_URL = "type.googleapis.com/protocol."
TRANSFER_SELECTOR = bytes.fromhex("a9059cbb")

NUMBERS = {
    "TransferContract": 1,
    "TransferAssetContract": 2,
    "TriggerSmartContract": 31,
    "DelegateResourceContract": 57,
}
TYPES = {number: name for name, number in NUMBERS.items()}
FIELDS: dict[str, tuple[Field, ...]] = {
    "TransferContract": (Field(1, "owner_address"), Field(2, "to_address"), Field(3, "amount", VARINT)),
    "TransferAssetContract": (
        *(Field(1, "asset_name"), Field(2, "owner_address"), Field(3, "to_address")),
        Field(4, "amount", VARINT),
    ),
    "TriggerSmartContract": (
        *(Field(1, "owner_address"), Field(2, "contract_address"), Field(3, "call_value", VARINT)),
        *(Field(4, "data"), Field(5, "call_token_value", VARINT), Field(6, "token_id", VARINT)),
    ),
    "DelegateResourceContract": (
        *(Field(1, "owner_address"), Field(2, "resource", VARINT), Field(3, "balance", VARINT)),
        *(Field(4, "receiver_address"), Field(5, "lock", VARINT), Field(6, "lock_period", VARINT)),
    ),
}
RAW = (
    *(Field(1, "ref_block_bytes"), Field(4, "ref_block_hash"), Field(8, "expiration", VARINT)),
    *(Field(10, "data"), Field(11, "contract"), Field(14, "timestamp", VARINT)),
    Field(18, "fee_limit", VARINT),
)
CONTRACT = (Field(1, "type", VARINT), Field(2, "parameter"), Field(5, "permission_id", VARINT))
ANY = (Field(1, "type_url"), Field(2, "value"))
RAW_DATA, SIGNATURE, RESULT = 1, 2, 5  # fields of a Transaction


@dataclass(frozen=True, slots=True)
class Contract:
    """`value`: bytes and integers by the protobuf names in FIELDS; addresses are 21 bytes, amounts sun or tokens."""

    type: str
    value: Mapping[str, Value]
    permission_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RawData:
    """`expiration`, `timestamp`: milliseconds; `fee_limit`: sun; `data`: the memo."""

    ref_block_bytes: bytes
    ref_block_hash: bytes
    expiration: int
    contract: Contract
    timestamp: int = 0
    fee_limit: int = 0
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Signed:
    """Encoded raw_data with the 65-byte signatures over its txid."""

    raw: bytes
    signatures: Sequence[bytes] = field(default_factory=tuple)


def txid(raw: bytes) -> bytes:
    return sha256(raw).digest()


def reference(block_id: str) -> tuple[bytes, bytes]:
    """(ref_block_bytes, ref_block_hash) of the block with this hex id."""
    return bytes.fromhex(block_id[12:16]), bytes.fromhex(block_id[16:32])


def transfer(owner: bytes, to: bytes, amount_sun: int) -> Contract:
    return Contract("TransferContract", {"owner_address": owner, "to_address": to, "amount": amount_sun})


def trigger(owner: bytes, contract: bytes, data: bytes) -> Contract:
    value: dict[str, Value] = {"owner_address": owner, "contract_address": contract, "data": data}
    return Contract("TriggerSmartContract", value)


def transfer_call(to: bytes, amount: int) -> bytes:
    """Call data of TRC-20 `transfer(address,uint256)`; `to` is 21 bytes, `amount` in the token's smallest unit."""
    return TRANSFER_SELECTOR + to[1:].rjust(32, b"\0") + amount.to_bytes(32, "big")


def encode(raw: RawData) -> bytes:
    """Raises ValueError for an unknown contract type or field."""
    contract = raw.contract
    if contract.type not in FIELDS:
        raise ValueError("this type of contract is not known")
    value = protobuf.encode(FIELDS[contract.type], contract.value)
    parameter = protobuf.encode(ANY, {"type_url": f"{TYPE_URL}{contract.type}".encode(), "value": value})
    described: dict[str, Value] = {"type": NUMBERS[contract.type], "parameter": parameter}
    described["permission_id"] = contract.permission_id
    values: dict[str, Value] = {
        "ref_block_bytes": raw.ref_block_bytes,
        "ref_block_hash": raw.ref_block_hash,
        "expiration": raw.expiration,
        "data": raw.data,
        "contract": protobuf.encode(CONTRACT, described),
        "timestamp": raw.timestamp,
        "fee_limit": raw.fee_limit,
    }
    return protobuf.encode(RAW, values)


def decode(encoded: bytes) -> RawData:
    """Raises ValueError for anything that `encode` would not write as it was: the id would be another."""
    found = protobuf.decode(RAW, encoded)
    raw = RawData(
        ref_block_bytes=_bytes(found, "ref_block_bytes"),
        ref_block_hash=_bytes(found, "ref_block_hash"),
        expiration=_number(found, "expiration"),
        contract=_decode_contract(_bytes(found, "contract")),
        timestamp=_number(found, "timestamp"),
        fee_limit=_number(found, "fee_limit"),
        data=_bytes(found, "data"),
    )
    if encode(raw) != encoded:
        raise ValueError("not encoded as this program would")
    return raw


def encode_signed(signed: Signed) -> bytes:
    """A Transaction as `broadcasthex` takes it."""
    signatures = b"".join(protobuf.delimited(SIGNATURE, each) for each in signed.signatures)
    return protobuf.delimited(RAW_DATA, signed.raw) + signatures


def decode_signed(encoded: bytes) -> Signed:
    """Execution results that came along are dropped, as nodes do. Raises ValueError."""
    raw, signatures = b"", []
    for number, _, value in protobuf.pieces(encoded):
        if not isinstance(value, bytes) or number not in (RAW_DATA, SIGNATURE, RESULT):
            raise ValueError("not a transaction")
        if number == RAW_DATA:
            raw = value
        elif number == SIGNATURE:
            signatures.append(value)
    return Signed(raw, tuple(signatures))


def _decode_contract(encoded: bytes) -> Contract:
    found = protobuf.decode(CONTRACT, encoded)
    name = TYPES.get(_number(found, "type"))
    parameter = protobuf.decode(ANY, _bytes(found, "parameter"))
    if name is None or parameter.get("type_url") != f"{TYPE_URL}{name}".encode():
        raise ValueError("this type of contract is not known")
    value = protobuf.decode(FIELDS[name], _bytes(parameter, "value"))
    return Contract(name, value, _number(found, "permission_id"))


def _bytes(found: Mapping[str, Value], name: str) -> bytes:
    value = found.get(name, b"")
    return value if isinstance(value, bytes) else b""


def _number(found: Mapping[str, Value], name: str) -> int:
    value = found.get(name, 0)
    return value if isinstance(value, int) else 0
