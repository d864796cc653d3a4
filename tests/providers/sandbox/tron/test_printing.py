"""Real answers of nodes come out of the node's own printer as they are."""

import json
from typing import Any

import pytest

from providers.sandbox.tron import blocks
from providers.sandbox.tron.blocks import Block
from providers.sandbox.tron.printing import dumped, printed
from providers.tron import transaction_json
from providers.tron.encoding import Signed
from tests.providers.tron.transactions import fixture, signed_transactions

INFO_ZEROS = {
    "fee": 0,
    "log": [],
    "result": "",
    "resMessage": "",
    "contract_address": "",
    "internal_transactions": [],
    "contractResult": [],
}
RECEIPT_ZEROS = {
    **dict.fromkeys(("energy_usage", "energy_fee", "origin_energy_usage", "energy_usage_total"), 0),
    **dict.fromkeys(("net_usage", "net_fee", "energy_penalty_total"), 0),
    "result": "",
}
INFOS = [
    "info_failed_out_of_energy_66860010",
    "info_failed_revert_nile_42510789",
    "info_multi_transfer_gasfree_86646265",
    "info_success_66861993",
    "info_trx_transfer_66862205",
    "info_usdt_2021_30864600",
]


def infos() -> list[Any]:
    return [*map(fixture, INFOS), *fixture("gettransactioninfobyblocknum_84940364_excerpt")]


def with_zeros(info: dict[str, Any]) -> dict[str, Any]:
    """The message as it is in memory: every field has a value."""
    logs = [{"topics": [], "data": ""} | log for log in info.get("log", [])]
    return {**INFO_ZEROS, **info, "receipt": RECEIPT_ZEROS | info["receipt"], "log": logs}


@pytest.mark.parametrize("info", infos(), ids=lambda info: info["id"][:8])
def test_a_real_info_is_printed_as_it_is(info: dict[str, Any]) -> None:
    expected = json.loads(json.dumps(info))
    for log in expected.get("log", []):
        if log.get("data") == "":  # one source prints it; nodes do not
            del log["data"]
    shown = json.loads(dumped(printed(with_zeros(info))))
    assert shown == expected
    assert shown != with_zeros(info)


@pytest.mark.parametrize("real", signed_transactions(), ids=lambda real: real["txID"][:8])
def test_a_real_transaction_is_printed_from_its_bytes(real: dict[str, Any]) -> None:
    signed = Signed(bytes.fromhex(real["raw_data_hex"]), tuple(map(bytes.fromhex, real["signature"])))
    row = {"raw": signed.raw.hex(), "signatures": json.dumps(real["signature"]), "outcome": "SUCCESS"}
    assert transaction_json.printed(signed) == {name: real[name] for name in real if name != "ret"}
    assert blocks.print_transaction(row) == real  # type: ignore[arg-type]  # a row is read by name


@pytest.mark.parametrize("name", ["getblockbynum_50402262_excerpt", "getblockbynum_84940008_excerpt"])
def test_a_block_has_the_members_of_a_real_one(name: str) -> None:
    real = fixture(name)
    header = real["block_header"]["raw_data"]
    block = Block(header["number"], real["blockID"], header["parentHash"], header["timestamp"])
    shown = blocks.print_block(block, real["transactions"])
    assert set(shown) == set(real)
    assert set(shown["block_header"]) == set(real["block_header"])
    assert set(shown["block_header"]["raw_data"]) == set(header)
    same = {name: header[name] for name in ("number", "parentHash", "timestamp")}
    assert {name: shown["block_header"]["raw_data"][name] for name in same} == same
    assert len(shown["block_header"]["witness_signature"]) == len(real["block_header"]["witness_signature"])
    assert "transactions" not in blocks.print_block(block, [])


def test_list_elements_and_nested_messages_stay_when_they_are_empty() -> None:
    assert printed({"contractResult": [""], "receipt": {}, "ret": [{}], "n": 0, "list": []}) == {
        "contractResult": [""],
        "receipt": {},
        "ret": [{}],
    }
