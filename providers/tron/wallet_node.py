"""What a signer asks of a node: a wallet's means, what a transfer would cost, and what became of one.

Nothing a node says is ever signed: ids are computed from our own bytes. Sources: specs/tron.md sections 2.4, 7 and 8.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from providers.errors import OutcomeUnknown, ProviderUnavailable
from providers.tron import addresses, broadcasts, encoding
from providers.tron.answers import NodeFault, NodeLimited
from providers.tron.blocks import Head, read_head
from providers.tron.broadcasts import Broadcast, Verdict
from providers.tron.encoding import Signed
from providers.tron.node import Node
from providers.tron.transfers import Transfer, usdt_transfers

WORD_DIGITS = 64


class CallFailed(NodeFault):
    """A constant call reverted, or the node could not run it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """`energy`: what is left of it. Free and staked bandwidth are never added: one alone carries a transaction."""

    is_active: bool
    trx_sun: int = 0
    energy: int = 0
    bandwidth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A transaction that is in block `number`. `result`: SUCCESS, OUT_OF_ENERGY, REVERT …; "" for a plain transfer.
    `transfers`: its USDT."""

    number: int
    result: str
    fee_sun: int
    transfers: tuple[Transfer, ...]


class WalletNode(Node):
    """Addresses are base58, as the rest of the program writes them. Reading methods raise ProviderUnavailable."""

    def newest(self) -> Head:
        """The head, which may still be replaced by another."""
        return read_head(self._head("getblock", {"detail": False}))

    def means(self, address: str) -> Means:
        raw = addresses.to_hex(address)
        account = self._object("getaccount", {"address": raw})
        if not account:
            return Means(is_active=False)
        has = self._object("getaccountresource", {"address": raw})
        staked = _number(has, "NetLimit") - _number(has, "NetUsed")
        free = _number(has, "freeNetLimit") - _number(has, "freeNetUsed")
        return Means(
            is_active=True,
            trx_sun=_number(account, "balance"),
            energy=max(_number(has, "EnergyLimit") - _number(has, "EnergyUsed"), 0),
            bandwidth=max(staked, free, 0),
        )

    def is_contract(self, address: str) -> bool:
        return bool(self._object("getcontract", {"value": addresses.to_hex(address)}))

    def energy_price_sun(self) -> int:
        rows = self._object("getchainparameters", {}).get("chainParameter")
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, dict) and row.get("key") == "getEnergyFee":
                return _number(row, "value")
        raise NodeFault("the node does not tell the price of energy")

    def usdt_balance(self, address: str) -> int:
        return self._number_of(address, "balanceOf(address)", _word(address))

    def is_blacklisted(self, address: str) -> bool:
        """The contract asks this of the sender only."""
        return bool(self._number_of(address, "isBlackListed(address)", _word(address)))

    def is_halted(self, address: str) -> bool:
        """Whether the token moves nothing for anybody, or has been replaced by another contract."""
        return any(bool(self._number_of(address, f"{name}()", "")) for name in ("paused", "deprecated"))

    def fee_terms(self) -> tuple[int, int]:
        """What the contract keeps of each transfer: hundredths of a percent, and at most so many micro-USDT."""
        return tuple(  # type: ignore[return-value]
            self._number_of(addresses.from_hex(f"41{self._contract}"), f"{name}()", "")
            for name in ("basisPointsRate", "maximumFee")
        )

    def transfer_energy(self, owner: str, to: str, amount_micro: int) -> int:
        """What `transfer(to, amount)` of the owner would use now. Raises CallFailed."""
        parameter = _word(to) + f"{amount_micro:0{WORD_DIGITS}x}"
        return _number(self._constant(owner, "transfer(address,uint256)", parameter), "energy_used")

    def execution(self, txid: str, *, solid: bool) -> Execution | None:
        """None when this node knows no such transaction in a (solid) block, which is no proof that there is none."""
        ask = self._solid if solid else self._head
        info = ask("gettransactioninfobyid", {"value": txid})
        if info == {}:
            return None
        if not isinstance(info, dict) or info.get("id") != txid or type(info.get("blockNumber")) is not int:
            raise NodeFault("the answer is not the transaction asked for")
        receipt = info.get("receipt")
        result = str(receipt.get("result", "")) if isinstance(receipt, dict) else ""
        if info.get("result") == "FAILED" and result in ("", "SUCCESS"):
            result = "FAILED"
        return Execution(
            number=info["blockNumber"],
            result=result,
            fee_sun=_number(info, "fee"),
            transfers=tuple(usdt_transfers(info, self._contract)[0]),
        )

    def broadcast(self, signed: Signed) -> Broadcast:
        """LATER when it is proven that nothing was sent, UNKNOWN when no readable answer came."""
        txid = encoding.txid(signed.raw).hex()
        body = {"transaction": encoding.encode_signed(signed).hex()}
        url = f"{self._address.url.rstrip('/')}/wallet/broadcasthex"
        try:
            return broadcasts.read(self._call(url, body, spending=True), txid)
        except (OutcomeUnknown, NodeFault, NodeLimited) as error:
            return Broadcast(Verdict.UNKNOWN, str(error))
        except ProviderUnavailable as error:
            return Broadcast(Verdict.LATER, str(error))

    def _number_of(self, owner: str, function: str, parameter: str) -> int:
        words = self._constant(owner, function, parameter).get("constant_result")
        word = words[0] if isinstance(words, list) and words else None
        if not isinstance(word, str) or len(word) != WORD_DIGITS:
            raise NodeFault(f"{function} gave no number")
        return int(word, 16)

    def _constant(self, owner: str, function: str, parameter: str) -> Mapping[str, Any]:
        """A failure is told in one of four places, and `result.result` is true for all that (section 2.4)."""
        body = {
            "owner_address": addresses.to_hex(owner),
            "contract_address": f"41{self._contract}",
            "function_selector": function,
            "parameter": parameter,
        }
        answer = self._object("triggerconstantcontract", body)
        result = answer.get("result")
        if not isinstance(result, dict) or result.get("result") is not True or "code" in result:
            raise CallFailed(f"{function} failed: {broadcasts.message(_of(result, 'message'))}")
        if result.get("message") or _has_failed(answer.get("transaction")):
            raise CallFailed(f"{function} reverted: {broadcasts.message(result.get('message'))}")
        return answer

    def _object(self, name: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = self._head(name, body)
        if not isinstance(answer, dict):
            raise NodeFault(f"{name} gave no object")
        return answer

    def _head(self, name: str, body: Mapping[str, Any]) -> Any:
        return self._call(f"{self._address.url.rstrip('/')}/wallet/{name}", body)


def _has_failed(transaction: object) -> bool:
    rows = _of(transaction, "ret")
    return isinstance(rows, list) and any(_of(row, "ret") == "FAILED" for row in rows)


def _of(value: object, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _number(values: Mapping[str, Any], name: str) -> int:
    """Zero is left out."""
    value = values.get(name, 0)
    if type(value) is not int:
        raise NodeFault(f"{name} is no whole number")
    return value


def _word(address: str) -> str:
    return addresses.to_hex(address)[2:].rjust(WORD_DIGITS, "0")
