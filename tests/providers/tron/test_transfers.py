"""Real payloads, and the adversarial cases of tests/data/tron/README.md built from them."""

import copy
from typing import Any

import pytest

from providers.tron.addresses import from_hex, to_hex
from providers.tron.transfers import Transfer, internal_transfers, trx_transfer, usdt_transfers
from tests.chain import APPROVAL, CONTRACT, PAYER, TRANSFER, address_of, call, trx, usdt_log, word
from tests.providers.tron.payloads import payload

WATCHED = "TExWKszFWYTKZH8LYiovAPKzS3L9MLZ4kw"
AMOUNT = 10_500_000
FAKES = ["TJCDneQevgfGFkU1rpCxVofksbeiGLhMCi", "TC2LzmrK3W44TcXDnfugvbFvLg4VXDSFQG"]
BASE = payload("gettransactioninfobyblocknum_84940364_excerpt")[0]


def info_with(*logs: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A real info with other logs."""
    return {**copy.deepcopy(BASE), "log": list(logs)} | fields


def credited(info: dict[str, Any]) -> list[tuple[int, int]]:
    """(log index, amount) of what the watched address receives."""
    found, _ = usdt_transfers(info, CONTRACT)
    return [(each.log_index, each.amount) for each in found if each.receiver == to_hex(WATCHED)]


# --- what the README of the payloads says ------------------------------------------------------------------------


def test_four_transfers_of_a_real_block() -> None:
    infos = payload("gettransactioninfobyblocknum_84940364_excerpt")
    amounts = [[each.amount for each in usdt_transfers(info, CONTRACT)[0]] for info in infos]
    assert amounts == [[500_000_000], [23_111_110_000], [], [], [270_550_000], [20_000_000]]
    first = usdt_transfers(infos[0], CONTRACT)[0][0]
    assert first == Transfer(
        "f52df87da4991d1cd8333f48526b2f55375a22e2705e9eaf7edce2a12e53827b",
        0,
        "USDT",
        "41e5079969b8e71d3c8604a106819aef82cea0c55a",
        "41118f7b4382bea375ee420f1b211a4619f3ba78ad",
        500_000_000,
    )


@pytest.mark.parametrize(
    "name",
    ["info_failed_out_of_energy_66860010", "info_failed_revert_nile_42510789", "info_trx_transfer_66862205"],
)
def test_failed_calls_and_plain_trx_hold_no_usdt(name: str) -> None:
    assert usdt_transfers(payload(name), CONTRACT) == ([], [])


@pytest.mark.parametrize(
    ("name", "amount"),
    [("info_success_66861993", 3_500_000), ("info_usdt_2021_30864600", 532_079_999)],
)
def test_a_success_is_one_although_the_contract_returns_false(name: str, amount: int) -> None:
    (transfer,), problems = usdt_transfers(payload(name), CONTRACT)
    assert (transfer.log_index, transfer.amount, problems) == (0, amount, [])


def test_two_receivers_in_one_gasfree_transaction() -> None:
    found, problems = usdt_transfers(payload("info_multi_transfer_gasfree_86646265"), CONTRACT)
    assert [(each.log_index, each.amount) for each in found] == [(0, 1_500_000), (1, 938_500_000)]
    assert len({each.receiver for each in found}) == 2
    assert problems == [], "the third log has one topic and no data, and is another contract's"


def test_trx_of_real_blocks() -> None:
    block = payload("getblockbynum_84940008_excerpt")
    found = [trx_transfer(each, {}) for each in block["transactions"]]
    assert [each and each.amount for each in found] == [None, 8, 8, 4, 4], "the first is TRC-10"
    assert found[1] is not None
    assert (found[1].log_index, found[1].asset) == (-1, "TRX")
    assert from_hex(found[1].receiver).startswith("T")
    older = payload("getblockbynum_50402262_excerpt")["transactions"]
    assert sorted(each.amount for each in (trx_transfer(row, {}) for row in older) if each) == [1, 5]


# --- adversarial -------------------------------------------------------------------------------------------------


def test_one_log_is_credited() -> None:
    assert credited(info_with(usdt_log(PAYER, WATCHED, AMOUNT))) == [(0, AMOUNT)]


def test_two_equal_logs_are_two_payments() -> None:
    log = usdt_log(PAYER, WATCHED, AMOUNT)
    assert credited(info_with(log, log)) == [(0, AMOUNT), (1, AMOUNT)]


def test_a_router_has_a_foreign_log_first() -> None:
    foreign = usdt_log(PAYER, WATCHED, AMOUNT, contract="39dd12a54e2bab7c82aa14a1e158b34263d2d510")
    assert credited(info_with(foreign, usdt_log(PAYER, WATCHED, AMOUNT))) == [(1, AMOUNT)]


def test_41_left_in_the_padding_of_an_address() -> None:
    log = usdt_log(PAYER, WATCHED, AMOUNT)
    log["topics"][2] = "0" * 22 + to_hex(WATCHED)
    assert credited(info_with(log)) == [(0, AMOUNT)]


def test_tethers_fee_lessens_what_arrives() -> None:
    fee = AMOUNT * 19 // 10_000
    owner = address_of("owner of Tether")
    logs = usdt_log(PAYER, WATCHED, AMOUNT - fee), usdt_log(PAYER, owner, fee)
    assert credited(info_with(*logs)) == [(0, AMOUNT - fee)]


def test_nothing_is_no_payment() -> None:
    assert credited(info_with(usdt_log(WATCHED, PAYER, 0), usdt_log(PAYER, WATCHED, 0))) == []


@pytest.mark.parametrize("contract", FAKES)
def test_a_fake_usdt_is_nothing(contract: str) -> None:
    assert credited(info_with(usdt_log(PAYER, WATCHED, AMOUNT, contract=to_hex(contract)[2:]))) == []


def test_an_approval_moves_nothing() -> None:
    log = usdt_log(PAYER, WATCHED, AMOUNT)
    log["topics"][0] = APPROVAL
    assert usdt_transfers(info_with(log), CONTRACT) == ([], [])


@pytest.mark.parametrize(
    "log",
    [
        {"topics": [TRANSFER, word(PAYER), word(WATCHED), word(1)]},
        {"topics": [TRANSFER], "data": word(PAYER) + word(WATCHED) + word(AMOUNT)},
        {},
        {"topics": [TRANSFER, word(PAYER), word(WATCHED)], "data": "f" * 64},
        {"topics": "text", "data": 5},
    ],
)
def test_whatever_a_foreign_contract_emits_is_nothing(log: dict[str, Any]) -> None:
    foreign = {"address": "39dd12a54e2bab7c82aa14a1e158b34263d2d510"} | log
    assert usdt_transfers(info_with(foreign), CONTRACT) == ([], [])


@pytest.mark.parametrize(
    "change",
    [
        {"topics": [TRANSFER, word(PAYER)]},
        {"topics": [TRANSFER, word(PAYER), word(WATCHED), word(1)]},
        {"topics": [TRANSFER, word(PAYER), "xyz"]},
        {"data": "00"},
        {"data": None},
        {"data": "g" * 64},
        {"data": "f" * 64},
    ],
)
def test_a_transfer_of_usdt_that_cannot_be_read_is_named_and_stops_no_other(change: dict[str, Any]) -> None:
    poison = usdt_log(PAYER, WATCHED, AMOUNT) | change
    info = info_with(poison, usdt_log(PAYER, WATCHED, AMOUNT))
    assert credited(info) == [(1, AMOUNT)]
    assert len(usdt_transfers(info, CONTRACT)[1]) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"result": "FAILED"},
        {"receipt": {"result": "OUT_OF_ENERGY"}},
        {"receipt": {"result": "REVERT"}},
        {"receipt": {}},
        {"receipt": None},
    ],
)
def test_a_failed_call_is_nothing_even_with_a_log(fields: dict[str, Any]) -> None:
    assert credited(info_with(usdt_log(PAYER, WATCHED, AMOUNT), **fields)) == []


def test_upper_case_and_longer_data_are_read() -> None:
    log = usdt_log(PAYER, WATCHED, AMOUNT)
    log["data"] = log["data"].upper() + "00" * 32
    log["topics"][2] = log["topics"][2].upper()
    assert credited(info_with(log)) == [(0, AMOUNT)]


def internal(**fields: Any) -> dict[str, Any]:
    return {
        "caller_address": to_hex(PAYER),
        "transferTo_address": to_hex(WATCHED),
        "callValueInfo": [{"callValue": 3_000_000}],
        "note": b"call".hex(),
    } | fields


def test_a_contract_pays_trx() -> None:
    calls = [
        internal(),
        internal(rejected=True),
        internal(callValueInfo=[{}]),
        internal(callValueInfo=[{"callValue": 5, "tokenId": "1002000"}]),
        internal(note=b"delegateResourceOfEnergy".hex()),
        "text",
    ]
    found = internal_transfers(info_with(internal_transactions=calls))
    assert [(each.log_index, each.amount, each.asset) for each in found] == [(-2, 3_000_000, "TRX")]
    assert internal_transfers(info_with(internal_transactions=calls, result="FAILED")) == []


def test_a_failed_transfer_of_trx_is_nothing() -> None:
    transaction, info = trx(1, WATCHED, 5_000_000, result="OTHER")
    assert trx_transfer(transaction, info) is None
    transaction, info = trx(1, WATCHED, 5_000_000)
    assert trx_transfer(transaction, info | {"result": "FAILED"}) is None
    assert trx_transfer(transaction, info) is not None


@pytest.mark.parametrize("amount", [0, -5, True, "5", None, 2**63])
def test_an_amount_of_trx_that_is_none_is_nothing(amount: Any) -> None:
    transaction, info = trx(1, WATCHED, 5)
    transaction["raw_data"]["contract"][0]["parameter"]["value"]["amount"] = amount
    assert trx_transfer(transaction, info) is None


def test_a_transaction_of_any_shape_is_survived() -> None:
    assert trx_transfer({}, {}) is None
    assert trx_transfer({"raw_data": {"contract": []}}, {}) is None
    assert trx_transfer({"raw_data": {"contract": [None]}, "ret": None}, {}) is None
    assert usdt_transfers({"log": "text", "receipt": {"result": "SUCCESS"}}, CONTRACT) == ([], [])
    assert usdt_transfers(call(1)[1], CONTRACT) == ([], [])
