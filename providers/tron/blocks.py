"""One block and the infos of its transactions, read as a whole or not at all. Pure; specs/tron.md section 6.

A node that does not have a block yet answers `{}` or `[]` with 200, and one behind a balancer may have the block and
not its infos. So nothing counts before both answers prove each other: same number, and an info for each transaction.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from providers.errors import ProviderUnavailable
from providers.tron.transfers import (
    Transfer,
    internal_transfers,
    trx_transfer,
    usdt_transfers,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HASH = re.compile("[0-9a-f]{64}")
MOST_MILLISECONDS = 4 * 10**12  # the year 2096


class BlockIncomplete(ProviderUnavailable):
    """The answer is not (yet) the whole block: ask again, or another node. It proves nothing about payments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A block's place in the chain. `at`: block time, the only clock that windows know."""

    number: int
    id: str
    parent_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """`transactions`: how many it holds. `undecodable`: sentences about events that may have been transfers."""

    head: Head
    transactions: int
    transfers: tuple[Transfer, ...]
    undecodable: tuple[str, ...] = ()


def read_head(block: object) -> Head:
    """Raises BlockIncomplete."""
    if not isinstance(block, dict) or not block:
        raise BlockIncomplete("the node has no such block")
    try:
        raw = block["block_header"]["raw_data"]
        number, parent_id, milliseconds = raw.get("number", 0), raw["parentHash"], raw.get("timestamp", 0)
        block_id = block["blockID"]
        is_head = HASH.fullmatch(block_id) and HASH.fullmatch(parent_id)
    except (KeyError, TypeError, AttributeError) as error:
        raise BlockIncomplete("the answer is no block") from error
    if not is_head or type(number) is not int or int(block_id[:16], 16) != number:
        raise BlockIncomplete("the block's id and number disagree")
    return Head(number=number, id=block_id, parent_id=parent_id, at=block_time(milliseconds))


def block_time(milliseconds: object) -> datetime:
    """Raises BlockIncomplete for what is no time."""
    if type(milliseconds) is not int or not 0 <= milliseconds <= MOST_MILLISECONDS:
        raise BlockIncomplete("the block has no time")
    return EPOCH + timedelta(milliseconds=milliseconds)


def read_block(block: object, infos: object, *, number: int, contract: str) -> Block:
    """`contract` of USDT: 40 lower-case hex digits. Raises BlockIncomplete."""
    head = read_head(block)
    if head.number != number:
        raise BlockIncomplete(f"asked for block {number}, got {head.number}")
    transactions = _transactions(block)
    by_id = _infos(infos, number)
    if set(by_id) != set(transactions) or len(by_id) != len(transactions):
        raise BlockIncomplete(
            f"block {number} has {len(transactions)} transactions, the node tells of {len(by_id)}"
        )
    transfers, undecodable = _usdt_of(by_id.values(), contract)
    for txid, info in by_id.items():
        if transfer := trx_transfer(transactions[txid], info):
            transfers.append(transfer)
        transfers += internal_transfers(info)
    return Block(
        head=head,
        transactions=len(transactions),
        transfers=tuple(transfers),
        undecodable=tuple(undecodable),
    )


def read_usdt(infos: object, *, number: int, transactions: int, contract: str) -> list[Transfer]:
    """The USDT transfers of a block whose number of transactions is known from an earlier reading, which is what
    proves the answer whole. Raises BlockIncomplete."""
    by_id = _infos(infos, number)
    if len(by_id) != transactions:
        raise BlockIncomplete(
            f"block {number} has {transactions} transactions, the node tells of {len(by_id)}"
        )
    return _usdt_of(by_id.values(), contract)[0]


def _usdt_of(infos: Iterable[Mapping[str, Any]], contract: str) -> tuple[list[Transfer], list[str]]:
    transfers: list[Transfer] = []
    undecodable: list[str] = []
    for info in infos:
        found, problems = usdt_transfers(info, contract)
        transfers += found
        undecodable += problems
    return transfers, undecodable


def _transactions(block: object) -> dict[str, Mapping[str, Any]]:
    rows = block.get("transactions", []) if isinstance(block, dict) else None
    if not isinstance(rows, list):
        raise BlockIncomplete("the block's transactions are no list")
    return _by_name(rows, "txID")


def _infos(infos: object, number: int) -> dict[str, Mapping[str, Any]]:
    if not isinstance(infos, list):
        raise BlockIncomplete("the infos are no list")
    if any(isinstance(info, dict) and info.get("blockNumber", 0) != number for info in infos):
        raise BlockIncomplete("an info belongs to another block")
    return _by_name(infos, "id")


def _by_name(rows: list[Any], name: str) -> dict[str, Mapping[str, Any]]:
    try:
        found: dict[str, Mapping[str, Any]] = {row[name]: row for row in rows}
    except (KeyError, TypeError) as error:
        raise BlockIncomplete(f"a transaction without {name}") from error
    if len(found) != len(rows) or not all(isinstance(txid, str) and HASH.fullmatch(txid) for txid in found):
        raise BlockIncomplete(f"{name}: not a hash, or one twice")
    return found
