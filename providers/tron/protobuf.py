"""The two kinds of protobuf fields that TRON transactions use: varints and length-delimited bytes.

A message is described by its fields in ascending order of number. Zero and empty fields are left out on the wire and
absent after reading, as proto3 does. Negative numbers are int64 in two's complement.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

VARINT, BYTES = 0, 2
LONGEST_VARINT = 10
MASK = (1 << 64) - 1
Value = int | bytes


@dataclass(frozen=True, slots=True)
class Field:
    number: int
    name: str
    kind: int = BYTES


def encode(fields: Sequence[Field], values: Mapping[str, Value]) -> bytes:
    """Raises ValueError for a name that is no field, or a number outside int64."""
    if unknown := set(values) - {field.name for field in fields}:
        raise ValueError(f"no such field: {sorted(unknown)[0]}")
    return b"".join(_encode_field(field, values[field.name]) for field in fields if values.get(field.name))


def decode(fields: Sequence[Field], raw: bytes) -> dict[str, Value]:
    """Raises ValueError for an unknown, repeated or truncated field: such a message could not be written again."""
    by_key = {(field.number, field.kind): field.name for field in fields}
    found: dict[str, Value] = {}
    for number, kind, value in pieces(raw):
        name = by_key.get((number, kind))
        if name is None or name in found:
            raise ValueError(f"unexpected field {number}")
        if value:
            found[name] = value
    return found


def pieces(raw: bytes) -> Iterator[tuple[int, int, Value]]:
    """(number, kind, value) of each field in order. Raises ValueError on other kinds and truncation."""
    position = 0
    while position < len(raw):
        key, position = _read_varint(raw, position)
        number, kind = key >> 3, key & 7
        value, position = _read_varint(raw, position)
        if kind == VARINT:
            yield number, kind, value - (1 << 64) if value >> 63 else value
        elif kind == BYTES and position + value <= len(raw):
            yield number, kind, raw[position : position + value]
            position += value
        else:
            raise ValueError("not a readable field")


def delimited(number: int, content: bytes) -> bytes:
    """One length-delimited field, written even when empty."""
    return _varint(number << 3 | BYTES) + _varint(len(content)) + content


def _encode_field(field: Field, value: Value) -> bytes:
    if field.kind == BYTES and isinstance(value, bytes):
        return delimited(field.number, value)
    if field.kind == VARINT and isinstance(value, int) and -(1 << 63) <= value < 1 << 63:
        return _varint(field.number << 3 | VARINT) + _varint(value & MASK)
    raise ValueError(f"{field.name} is not of its field's kind")


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _read_varint(raw: bytes, position: int) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(raw[position : position + LONGEST_VARINT]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value & MASK, position + index + 1
    raise ValueError("a number has no end")
