"""How a node prints: protobuf defaults are left out (specs/tron.md section 2.2)."""

import json
from typing import Any


def printed(message: Any) -> Any:
    """The message without members that are zero, false or empty; list elements and nested messages stay."""
    if isinstance(message, dict):
        kept = {name: printed(each) for name, each in message.items()}
        return {
            name: each
            for name, each in kept.items()
            if isinstance(each, dict) or each not in (None, 0, "", [])
        }
    if isinstance(message, list | tuple):
        return [printed(each) for each in message]
    return message


def dumped(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def text_hex(text: str) -> str:
    """Messages are hex of UTF-8."""
    return text.encode().hex()
