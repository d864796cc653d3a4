"""Transfers of TRX and USDT in what a node tells of a transaction. Pure; specs/tron.md sections 2.2, 2.3 and 6.

USDT is read from event logs and never from calldata: a router's payment has none of its own, and calldata may claim
what did not happen. Addresses leave as nodes write them, 42 lower-case hex digits `41…`: base58 is made only of the
few that somebody waits for.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeGuard

USDT, TRX = "USDT", "TRX"
TRANSFER_TOPIC = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
TRX_INDEX = -1  # a transaction holds one contract and so at most one transfer of TRX of its own
FIRST_INTERNAL_INDEX = -2  # what contracts pay on counts down from here
# The other internal transactions delegate, stake or vote: they carry a value, yet no TRX arrives.
CALL_NOTE = b"call".hex()
MOST_UNITS = 2**63 - 1
WORD = re.compile("[0-9a-fA-F]{64}")
WORDS = re.compile("(?:[0-9a-fA-F]{2}){32,}")
ADDRESS = re.compile("41[0-9a-fA-F]{40}")


class Transfer(NamedTuple):
    """`log_index` counts the logs inside its transaction; below zero for TRX. `amount` in smallest units, over zero."""

    txid: str
    log_index: int
    asset: str
    sender: str
    receiver: str
    amount: int


class Undecodable(ValueError):
    """A transfer event of the USDT contract that is not one as we know it."""


def has_succeeded(info: Mapping[str, Any]) -> bool:
    """Of a contract's call. A TRX transfer has no `receipt.result`; its block tells of its success."""
    receipt = info.get("receipt")
    is_done = isinstance(receipt, dict) and receipt.get("result") == "SUCCESS"
    return is_done and info.get("result") != "FAILED"


def usdt_transfers(info: Mapping[str, Any], contract: str) -> tuple[list[Transfer], list[str]]:
    """`contract`: 40 lower-case hex digits, as logs write it. Also one sentence for each transfer event of the contract
    that can't be read: it stops no other and is not skipped in silence."""
    logs = info.get("log")
    found: list[Transfer] = []
    undecodable: list[str] = []
    if not logs or not isinstance(logs, list) or not has_succeeded(info):
        return found, undecodable
    for index, log in enumerate(logs):
        # Whatever another contract emits is nothing to us, of any shape (section 12, traps 6 and 11).
        if not isinstance(log, dict) or log.get("address") != contract:
            continue
        try:
            transfer = _usdt_transfer(info["id"], index, log)
        except Undecodable as error:
            undecodable.append(str(error))
        else:
            if transfer is not None and transfer.amount:
                found.append(transfer)
    return found, undecodable


def _usdt_transfer(txid: str, index: int, log: Mapping[str, Any]) -> Transfer | None:
    """None for another event of the contract."""
    topics, data = log.get("topics"), log.get("data", "")
    if not isinstance(topics, list) or not topics or topics[0] != TRANSFER_TOPIC:
        return None
    if len(topics) != 3 or not all(isinstance(topic, str) and WORD.fullmatch(topic) for topic in topics):
        raise Undecodable(f"log {index} of {txid} has other topics than a transfer")
    if not isinstance(data, str) or not WORDS.fullmatch(data):
        raise Undecodable(f"log {index} of {txid} has no amount")
    amount = int(data[:64], 16)
    if amount > MOST_UNITS:
        raise Undecodable(f"log {index} of {txid} moves more than there is")
    # The padding may hold anything: 41 was seen there.
    sender, receiver = (f"41{topic[-40:].lower()}" for topic in topics[1:])
    return Transfer(txid, index, USDT, sender, receiver, amount)


def trx_transfer(transaction: Mapping[str, Any], info: Mapping[str, Any]) -> Transfer | None:
    """The transfer that a transaction itself is: a TransferContract that succeeded."""
    try:
        (contract,) = transaction["raw_data"]["contract"]
        if contract["type"] != "TransferContract":
            return None
        value = contract["parameter"]["value"]
        is_done = transaction["ret"][0].get("contractRet") == "SUCCESS" and info.get("result") != "FAILED"
        sender, receiver, amount = value["owner_address"], value["to_address"], value.get("amount", 0)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        return None
    if not is_done or not _is_amount(amount) or not (_is_address(sender) and _is_address(receiver)):
        return None
    return Transfer(transaction["txID"], TRX_INDEX, TRX, sender.lower(), receiver.lower(), amount)


def internal_transfers(info: Mapping[str, Any]) -> list[Transfer]:
    """TRX that contracts paid on: exchanges pay out like that, if seldom (section 2.2)."""
    calls = info.get("internal_transactions")
    if not calls or not isinstance(calls, list) or not has_succeeded(info):
        return []
    found = []
    for number, call in enumerate(calls):
        if not isinstance(call, dict) or call.get("rejected") or call.get("note") != CALL_NOTE:
            continue
        sender, receiver = call.get("caller_address"), call.get("transferTo_address")
        amount = _trx_value(call.get("callValueInfo"))
        if amount and _is_address(sender) and _is_address(receiver):
            index = FIRST_INTERNAL_INDEX - number
            found.append(Transfer(info["id"], index, TRX, sender.lower(), receiver.lower(), amount))
    return found


def _trx_value(values: Any) -> int:
    """A value with a token id is TRC-10."""
    if not isinstance(values, list):
        return 0
    amounts = [
        each.get("callValue", 0) for each in values if isinstance(each, dict) and "tokenId" not in each
    ]
    return sum(amount for amount in amounts if _is_amount(amount))


def _is_amount(value: Any) -> bool:
    return type(value) is int and 0 < value <= MOST_UNITS


def _is_address(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and ADDRESS.fullmatch(value) is not None
