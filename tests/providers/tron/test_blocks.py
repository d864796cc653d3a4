"""When an answer is a whole block (specs/tron.md section 6), and what one tells."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from providers.tron.blocks import BlockIncomplete, read_block, read_head, read_usdt
from tests.chain import CONTRACT, PAYER, Chain, address_of, call, paid, trx, usdt_log, word
from tests.providers.tron.payloads import BODIES, payload

WATCHED = address_of("watched")


@pytest.fixture
def chain() -> Chain:
    chain = Chain()
    chain.add(paid(1, WATCHED, 5), trx(2, WATCHED, 7), call(3))
    return chain


def read(chain: Chain, number: int = 1001) -> Any:
    return read_block(chain.blocks[number], chain.infos[number], number=number, contract=CONTRACT)


def test_a_block_tells_its_place_and_all_transfers(chain: Chain) -> None:
    block = read(chain)
    assert (block.head.number, block.head.at) == (1001, chain.time_of(1001))
    assert block.head.parent_id == chain.blocks[1000]["blockID"]
    assert [(each.asset, each.amount) for each in block.transfers] == [("USDT", 5), ("TRX", 7)]
    assert (block.transactions, block.undecodable) == (3, ())


def test_an_empty_block_is_whole_only_with_an_empty_list(chain: Chain) -> None:
    assert read(chain, 1000).transactions == 0
    with pytest.raises(BlockIncomplete):
        read_block(chain.blocks[1000], {}, number=1000, contract=CONTRACT)


def test_the_heads_of_real_blocks() -> None:
    head = read_head(payload("getblockbynum_84940008_excerpt"))
    assert (head.number, head.at.isoformat()) == (84940008, "2026-07-31T09:39:33+00:00")
    assert int(head.parent_id[:16], 16) == 84940007
    assert read_head(payload("getblockbynum_50402262_excerpt")).number == 50402262


def test_trap_1_an_empty_answer_is_no_empty_block(chain: Chain) -> None:
    whole, infos = chain.blocks[1001], chain.infos[1001]
    for block, rows in [
        (BODIES["getblockbynum_future_block"], infos),
        (whole, BODIES["gettransactioninfobyblocknum_unknown_or_future_block"]),
        (whole, BODIES["gettransactioninfobyblocknum_num_0"]),
        (
            BODIES["getblockbynum_future_block"],
            BODIES["gettransactioninfobyblocknum_unknown_or_future_block"],
        ),
        (whole, infos[:-1]),
        (whole, [*infos, infos[0]]),
        (whole, [*infos[:-1], {**infos[-1], "id": "f" * 64}]),
        ({**whole, "transactions": whole["transactions"][:-1]}, infos),
        (whole, None),
        (None, infos),
    ]:
        with pytest.raises(BlockIncomplete):
            read_block(block, rows, number=1001, contract=CONTRACT)


Change = Callable[[Any, Any], object]


@pytest.mark.parametrize(
    "change",
    [
        lambda block, infos: block["block_header"]["raw_data"].update(number=1002),
        lambda block, infos: block["block_header"]["raw_data"].update(number="1001"),
        lambda block, infos: block["block_header"]["raw_data"].update(timestamp=-1),
        lambda block, infos: block["block_header"]["raw_data"].update(timestamp=10**18),
        lambda block, infos: block["block_header"]["raw_data"].update(parentHash=None),
        lambda block, infos: block["block_header"]["raw_data"].pop("parentHash"),
        lambda block, infos: block.update(blockID="f" * 64),
        lambda block, infos: block.update(transactions="text"),
        lambda block, infos: block["transactions"][0].pop("txID"),
        lambda block, infos: block["transactions"].append(block["transactions"][0]),
        lambda block, infos: infos[0].update(blockNumber=1002),
        lambda block, infos: infos[0].pop("blockNumber"),
        lambda block, infos: infos[0].update(id=5),
        lambda block, infos: infos.append("text"),
    ],
)
def test_what_contradicts_itself_is_no_block(chain: Chain, change: Change) -> None:
    block, infos = copy.deepcopy((chain.blocks[1001], chain.infos[1001]))
    change(block, infos)
    with pytest.raises(BlockIncomplete):
        read_block(block, infos, number=1001, contract=CONTRACT)


def test_another_block_than_the_one_asked_for(chain: Chain) -> None:
    with pytest.raises(BlockIncomplete, match="got 1001"):
        read_block(chain.blocks[1001], chain.infos[1001], number=1002, contract=CONTRACT)


def test_trap_4_what_calldata_claims_is_nothing() -> None:
    """A call that succeeded and has no log moved nothing, whatever it says."""
    chain = Chain()
    transaction, info = call(1)
    value = transaction["raw_data"]["contract"][0]["parameter"]["value"]
    value["data"] = f"a9059cbb{word(WATCHED)}{word(5)}"
    chain.add((transaction, info))
    assert read(chain).transfers == ()


def test_trap_6_one_poison_transaction_does_not_stop_the_block() -> None:
    chain = Chain()
    poison = usdt_log(PAYER, WATCHED, 5) | {"data": "00"}
    chain.add(call(1, poison), paid(2, WATCHED, 9))
    block = read(chain)
    assert [each.amount for each in block.transfers] == [9]
    assert len(block.undecodable) == 1


def test_infos_alone_are_whole_when_their_number_is_known(chain: Chain) -> None:
    infos = chain.infos[1001]
    found = read_usdt(infos, number=1001, transactions=3, contract=CONTRACT)
    assert [each.amount for each in found] == [5]
    for rows, number, count in [(infos, 1001, 4), (infos[:-1], 1001, 3), (infos, 1002, 3), ([], 1001, 3)]:
        with pytest.raises(BlockIncomplete):
            read_usdt(rows, number=number, transactions=count, contract=CONTRACT)
