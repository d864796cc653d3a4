"""Every real transaction of the fixtures that carries its bytes (tests/data/tron/README.md)."""

import json
from collections.abc import Iterator
from typing import Any

from tests.source_tree import ROOT

DATA = ROOT / "tests" / "data" / "tron"


def fixture(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text())


def real_transactions() -> list[dict[str, Any]]:
    """All objects with `raw_data_hex`, however deep."""
    return [
        found for path in sorted(DATA.glob("*.json")) for found in _with_bytes(json.loads(path.read_text()))
    ]


def signed_transactions() -> list[dict[str, Any]]:
    blocks = ("getblockbynum_50402262_excerpt", "getblockbynum_84940008_excerpt")
    return [each for name in blocks for each in fixture(name)["transactions"]]


def _with_bytes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "raw_data_hex" in value:
            yield value
        for each in value.values():
            yield from _with_bytes(each)
    elif isinstance(value, list):
        for each in value:
            yield from _with_bytes(each)
