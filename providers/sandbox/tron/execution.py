"""What a transaction does to the accounts, and the info that tells of it (specs/tron.md sections 2.2 and 7)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from providers.sandbox.tron import contracts, wallets
from providers.sandbox.tron.accounts import Account, Lease
from providers.sandbox.tron.contracts import Log, Revert, Run
from providers.sandbox.tron.printing import text_hex
from providers.sandbox.tron.state import State
from providers.tron import encoding
from providers.tron.encoding import RawData, Signed

NET_PRICE_SUN = 1_000
NEW_ACCOUNT_SUN = 1_000_000
NEW_ACCOUNT_NET_SUN = 100_000
RESULT_BYTES = 64  # added to each transaction for its result, which blocks carry
SUCCESS, OUT_OF_ENERGY, REVERT = "SUCCESS", "OUT_OF_ENERGY", "REVERT"
REVERT_TEXT = "REVERT opcode executed"


class Refused(Exception):
    """The transaction can be in no block now. `code` as broadcast answers name it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class Transaction:
    """`lease`: what a delegation gives, which the chain's own arithmetic of stakes would say."""

    signed: Signed
    raw: RawData
    lease: Lease | None = None

    @property
    def owner(self) -> str:
        return self.hex("owner_address")

    @property
    def txid(self) -> str:
        return encoding.txid(self.signed.raw).hex()

    @property
    def bandwidth(self) -> int:
        return len(encoding.encode_signed(self.signed)) + RESULT_BYTES

    def hex(self, name: str) -> str:
        value = self.raw.contract.value.get(name, b"")
        return value.hex() if isinstance(value, bytes) else ""

    def number(self, name: str) -> int:
        value = self.raw.contract.value.get(name, 0)
        return value if isinstance(value, int) else 0


@dataclass(frozen=True, slots=True)
class Executed:
    """`outcome`: contractRet; `info`: the members of the transaction's info but those of its block."""

    outcome: str
    info: Mapping[str, Any]
    logs: tuple[Log, ...] = ()


def execute(state: State, transaction: Transaction, *, now_ms: int, energy_price_sun: int) -> Executed:
    """Raises Refused, and changes nothing then."""
    owner = state.account(transaction.owner)
    if owner is None:
        raise Refused("CONTRACT_VALIDATE_ERROR", f"account [{transaction.owner}] does not exist")
    match transaction.raw.contract.type:
        case "TransferContract":
            return _transfer(state, transaction, owner, now_ms)
        case "TriggerSmartContract":
            return _trigger(state, transaction, owner, now_ms, energy_price_sun)
        case "DelegateResourceContract":
            return _delegate(state, transaction, owner, now_ms)
        case _:
            raise Refused("CONTRACT_VALIDATE_ERROR", "No OperationActuator!")


def _transfer(state: State, transaction: Transaction, owner: Account, now_ms: int) -> Executed:
    to, amount = transaction.hex("to_address"), transaction.number("amount")
    receiver = state.account(to)
    if len(to) != 42 or not to.startswith("41"):
        raise _invalid("Invalid toAddress!")
    if to == transaction.owner:
        raise _invalid("Cannot transfer TRX to yourself.")
    if amount <= 0:
        raise _invalid("Amount must be greater than 0.")
    owner, receipt = _pay_bandwidth(owner, transaction, now_ms, creates=receiver is None)
    creation_sun = 0 if receiver else NEW_ACCOUNT_SUN
    if owner.balance_sun < amount + creation_sun:
        raise _invalid("Validate TransferContract error, balance is not sufficient.")
    receiver = receiver or Account(created_ms=now_ms)
    state.put_account(transaction.owner, owner.paid(amount + creation_sun))
    state.put_account(to, receiver.paid(-amount))
    fee = creation_sun + receipt.get("net_fee", 0)
    return Executed(SUCCESS, {"fee": fee, "contractResult": [""], "receipt": receipt})


def _delegate(state: State, transaction: Transaction, owner: Account, now_ms: int) -> Executed:
    to = transaction.hex("receiver_address")
    receiver = state.account(to)
    if receiver is None:
        raise _invalid(f"Account[{to}] not exists")
    if transaction.lease is None:
        raise _invalid("delegateBalance must be less than or equal to available FreezeEnergyV2 balance")
    owner, receipt = _pay_bandwidth(owner, transaction, now_ms)
    state.put_account(transaction.owner, owner)
    state.put_account(to, receiver.leased(transaction.lease, now_ms))
    fee = receipt.get("net_fee", 0)
    return Executed(SUCCESS, {"fee": fee, "contractResult": [""], "receipt": receipt})


def _trigger(
    state: State, transaction: Transaction, owner: Account, now_ms: int, energy_price_sun: int
) -> Executed:
    contract = transaction.hex("contract_address")
    if contract not in wallets.CONTRACTS:
        raise _invalid("No contract or not a valid smart contract")
    owner, net = _pay_bandwidth(owner, transaction, now_ms)
    value = transaction.number("call_value")
    if not 0 <= value <= owner.balance_sun:
        raise _invalid("Validate InternalTransfer error, balance is not sufficient.")
    owner = owner.paid(value)
    limit = _energy_limit(owner, transaction.raw.fee_limit, now_ms, energy_price_sun)
    attempt = state.branch()
    outcome, text, run = _run(attempt, transaction, contract, limit)
    if outcome == SUCCESS:
        state.adopt(attempt)
    else:
        owner = owner.paid(-value)
    used, penalty = run.energy
    own = min(owner.energy_available(now_ms), used)
    fee = (used - own) * energy_price_sun
    state.put_account(transaction.owner, owner.used_energy(own, now_ms).paid(fee))
    receipt = {"energy_usage": own, "energy_fee": fee, "energy_usage_total": used, **net, "result": outcome}
    info: dict[str, Any] = {
        "fee": fee + net.get("net_fee", 0),
        "contractResult": [run.result.hex()],
        "contract_address": contract,
        "receipt": receipt | {"energy_penalty_total": penalty},
        "log": [{"address": log.address, "topics": list(log.topics), "data": log.data} for log in run.logs],
        "internal_transactions": _pass_on(state, transaction, run, now_ms),
        "result": "" if outcome == SUCCESS else "FAILED",
        "resMessage": text_hex(text),
    }
    return Executed(outcome, info, run.logs)


def _run(attempt: State, transaction: Transaction, contract: str, limit: int) -> tuple[str, str, Run]:
    """Outcome, message, and what was done. Running out of energy burns all of the limit."""
    try:
        if transaction.number("call_value") and contract in wallets.TOKENS:
            raise Revert  # tokens take no TRX
        run = contracts.run(attempt, transaction.owner, contract, bytes.fromhex(transaction.hex("data")))
        outcome, text = SUCCESS, ""
    except Revert:
        run, outcome, text = Run(contracts.REVERTED), REVERT, REVERT_TEXT
    used, penalty = run.energy
    if used <= limit:
        return outcome, text, run
    text = f"Not enough energy for 'SSTORE' operation executing: curInvokeEnergyLimit[{limit}]"
    return OUT_OF_ENERGY, text, Run((limit, penalty * limit // used))


def _pass_on(state: State, transaction: Transaction, run: Run, now_ms: int) -> list[dict[str, Any]]:
    """TRX moved by the contract, as infos tell it. An account that this creates costs its creator energy only."""
    to, value = run.passes_on_to, transaction.number("call_value")
    if not to or not value:
        return []
    receiver = state.account(to) or Account(created_ms=now_ms)
    state.put_account(to, receiver.paid(-value))
    told = {
        "hash": sha256(f"{transaction.txid}{to}".encode()).hexdigest(),
        "caller_address": transaction.hex("contract_address"),
        "transferTo_address": to,
        "callValueInfo": [{"callValue": value}],
        "note": text_hex("call"),
    }
    return [told]


def _energy_limit(owner: Account, fee_limit_sun: int, now_ms: int, price_sun: int) -> int:
    """fee_limit caps leased energy too."""
    return min(owner.energy_available(now_ms) + owner.balance_sun // price_sun, fee_limit_sun // price_sun)


def _pay_bandwidth(
    account: Account, transaction: Transaction, now_ms: int, *, creates: bool = False
) -> tuple[Account, dict[str, int]]:
    """Leased, else free, else burnt, always the whole of it. Creating an account cannot use the free part."""
    needed = transaction.bandwidth
    if account.net_available(now_ms) >= needed:
        return replace(account, net=account.net.more(needed, now_ms)), {"net_usage": needed}
    if not creates and account.free_net_available(now_ms) >= needed:
        return replace(account, free_net=account.free_net.more(needed, now_ms)), {"net_usage": needed}
    fee = NEW_ACCOUNT_NET_SUN if creates else needed * NET_PRICE_SUN
    if account.balance_sun < fee:
        raise Refused("BANDWITH_ERROR", "AccountResourceInsufficient error")
    return account.paid(fee), {"net_fee": fee}


def _invalid(text: str) -> Refused:
    return Refused("CONTRACT_VALIDATE_ERROR", f"Contract validate error : {text}")
