"""A transaction as nodes print it and take it in JSON (specs/tron.md section 2.3), to and from its encoding.

Bytes are hex, zero fields are absent. Base58 addresses (`visible`) are not taken: our side speaks hex.
"""

from collections.abc import Mapping
from typing import Any

from providers.tron import encoding
from providers.tron.encoding import TYPE_URL, Contract, RawData, Signed
from providers.tron.protobuf import VARINT, Value

RESOURCES = ("BANDWIDTH", "ENERGY")


def printed(signed: Signed) -> dict[str, Any]:
    """The members that every printed transaction has. Raises ValueError for unreadable raw_data."""
    raw = encoding.decode(signed.raw)
    return {
        "signature": [each.hex() for each in signed.signatures],
        "txID": encoding.txid(signed.raw).hex(),
        "raw_data": printed_raw(raw),
        "raw_data_hex": signed.raw.hex(),
    }


def printed_raw(raw: RawData) -> dict[str, Any]:
    contract = raw.contract
    value = {name: _print(name, each) for name, each in contract.value.items() if each}
    described: dict[str, Any] = {
        "parameter": {"value": value, "type_url": TYPE_URL + contract.type},
        "type": contract.type,
    }
    if contract.permission_id:
        described["Permission_id"] = contract.permission_id
    members = {
        "data": raw.data.hex(),
        "contract": [described],
        "ref_block_bytes": raw.ref_block_bytes.hex(),
        "ref_block_hash": raw.ref_block_hash.hex(),
        "expiration": raw.expiration,
        "fee_limit": raw.fee_limit,
        "timestamp": raw.timestamp,
    }
    return {name: member for name, member in members.items() if member}


def read_raw(given: Any) -> RawData:
    """raw_data as a caller sends it. Raises ValueError for what cannot be encoded."""
    given = _object(given)
    contracts = given.get("contract")
    if not isinstance(contracts, list) or len(contracts) != 1:
        raise ValueError("a transaction has one contract")
    return RawData(
        ref_block_bytes=_hex(given, "ref_block_bytes"),
        ref_block_hash=_hex(given, "ref_block_hash"),
        expiration=_whole(given, "expiration"),
        contract=_read_contract(_object(contracts[0])),
        timestamp=_whole(given, "timestamp"),
        fee_limit=_whole(given, "fee_limit"),
        data=_hex(given, "data"),
    )


def read_signed(given: Any) -> Signed:
    """A signed transaction in JSON; `raw_data` is encoded anew and `raw_data_hex` ignored, as nodes do."""
    given = _object(given)
    signatures = given.get("signature", [])
    if not isinstance(signatures, list) or not all(isinstance(each, str) for each in signatures):
        raise ValueError("signature is not a list of hex")
    raw = encoding.encode(read_raw(given.get("raw_data")))
    return Signed(raw, tuple(bytes.fromhex(each) for each in signatures))


def _read_contract(given: Mapping[str, Any]) -> Contract:
    name = given.get("type")
    if not isinstance(name, str) or name not in encoding.FIELDS:
        raise ValueError("this type of contract is not known")
    parameter = _object(given.get("parameter"))
    values = _object(parameter.get("value"))
    read: dict[str, Value] = {}
    for field in encoding.FIELDS[name]:
        if field.name == "resource":
            read[field.name] = _resource(values.get(field.name, RESOURCES[0]))
        elif field.kind == VARINT:
            read[field.name] = _whole(values, field.name)
        else:
            read[field.name] = _hex(values, field.name)
    return Contract(name, read, _whole(given, "Permission_id"))


def _print(name: str, value: Value) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    match name:
        case "resource":
            return RESOURCES[value] if 0 <= value < len(RESOURCES) else value
        case "lock":
            return bool(value)
        case _:
            return value


def _resource(given: Any) -> int:
    if given not in RESOURCES:
        raise ValueError("resource is neither BANDWIDTH nor ENERGY")
    return RESOURCES.index(given)


def _object(given: Any) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise ValueError("not an object")
    return given


def _hex(given: Mapping[str, Any], name: str) -> bytes:
    value = given.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f"{name} is not hex")
    return bytes.fromhex(value)


def _whole(given: Mapping[str, Any], name: str) -> int:
    value = given.get(name, 0)
    if not isinstance(value, int):
        raise ValueError(f"{name} is not a whole number")
    return int(value)
