"""One TRON node over HTTP, read at its solidified state. What counts as an answer is in answers.py and blocks.py."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from providers.http import Transport
from providers.tron import answers
from providers.tron.answers import NodeFault
from providers.tron.blocks import Block, BlockIncomplete, Head, block_time, read_block, read_head, read_usdt
from providers.tron.transfers import Transfer, usdt_transfers

KEY_HEADER = "TRON-PRO-API-KEY"
MOST_BYTES = 32 * 1024 * 1024  # a full block is about 600 KB


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAddress:
    """`name` is what staff see: a URL may hold a token. `solidity_url`: where an own node serves /walletsolidity/."""

    name: str
    url: str = field(repr=False)
    solidity_url: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionFound:
    """A solidified transaction in block `number` of time `at`. `transfers`: its USDT; `succeeded` is None for one that
    calls no contract."""

    txid: str
    number: int
    at: datetime
    succeeded: bool | None
    transfers: tuple[Transfer, ...]


class Node:
    """Every method makes one request and raises ProviderUnavailable: NodeFault, NodeLimited, BlockIncomplete."""

    def __init__(self, address: NodeAddress, transport: Transport, *, contract: str) -> None:
        self.name = address.name
        self._address = address
        self._transport = transport
        self._contract = contract

    def head(self) -> Head:
        """The newest solidified block, without its transactions."""
        return read_head(self._solid("getblock", {"detail": False}))

    def newest(self) -> Head:
        """The newest block of all, that a fork may still undo: for show, never for payments."""
        return read_head(self._call(f"{self._address.url.rstrip('/')}/wallet/getblock", {"detail": False}))

    def head_at(self, number: int) -> Head:
        head = read_head(self._solid("getblock", {"id_or_num": str(number), "detail": False}))
        if head.number != number:
            raise BlockIncomplete(f"asked for block {number}, got {head.number}")
        return head

    def block(self, number: int) -> Block:
        """Two requests."""
        block = self._solid("getblockbynum", {"num": number})
        read_head(block)  # a node that does not have it is not asked for the rest
        infos = self._infos(number)
        return read_block(block, infos, number=number, contract=self._contract)

    def usdt_of_block(self, number: int, *, transactions: int) -> list[Transfer]:
        """As read_usdt: half the requests of `block`."""
        infos = self._infos(number)
        return read_usdt(infos, number=number, transactions=transactions, contract=self._contract)

    def transaction(self, txid: str) -> TransactionFound | None:
        """None when this node knows no such transaction, which is no proof that there is none."""
        info = self._solid("gettransactioninfobyid", {"value": txid})
        if info == {}:
            return None
        number = info.get("blockNumber") if isinstance(info, dict) else None
        if type(number) is not int or info.get("id") != txid:
            raise NodeFault("the answer is not the transaction asked for")
        result = info.get("receipt", {}).get("result") if isinstance(info.get("receipt"), dict) else None
        failed = info.get("result") == "FAILED"
        return TransactionFound(
            txid=txid,
            number=number,
            at=block_time(info.get("blockTimeStamp")),
            succeeded=False if failed else (None if result is None else result == "SUCCESS"),
            transfers=tuple(usdt_transfers(info, self._contract)[0]),
        )

    def _infos(self, number: int) -> Any:
        return self._solid("gettransactioninfobyblocknum", {"num": number})

    def _solid(self, name: str, body: Mapping[str, Any]) -> Any:
        base = self._address.solidity_url or self._address.url
        return self._call(f"{base.rstrip('/')}/walletsolidity/{name}", body)

    def _call(self, url: str, body: Mapping[str, Any], *, spending: bool = False) -> Any:
        headers = {"Content-Type": "application/json"}
        if self._address.api_key:
            headers[KEY_HEADER] = self._address.api_key
        raw = json.dumps(body).encode()
        answer = self._transport.call(
            "POST", url, headers=headers, body=raw, purpose="node", spending=spending
        )
        return answers.read(answer)
