"""The contracts that exist: two tokens (USDT and an impostor) and a router that passes tokens on.

Energy is what USDT was measured to cost (specs/tron.md section 7); its `transfer` returns false on success, as there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from providers.sandbox.tron import wallets
from providers.sandbox.tron.state import State
from providers.tron.keys import keccak256

WORD = 32
ZERO_WORD = bytes(WORD)
HELD = (64_285, 49_635)  # energy, and the penalty within it, of a transfer to an address that holds the token
NEW = (130_285, 100_635)
APPROVE = (99_764, 0)
VIEW = (935, 0)
REVERTED = (1_984, 0)
ROUTING = (21_000, 0)
TRANSFER = keccak256(b"Transfer(address,address,uint256)").hex()
APPROVAL = keccak256(b"Approval(address,address,uint256)").hex()
FORWARDED = keccak256(b"Forwarded(address)").hex()


@dataclass(frozen=True, slots=True)
class Log:
    """`address` and `topics` as infos print them: 20 bytes and 32 bytes in hex."""

    address: str
    topics: tuple[str, ...]
    data: str


@dataclass(frozen=True, slots=True)
class Run:
    """`energy`: used, and the penalty within it; `passes_on_to`: who gets the TRX that came with the call."""

    energy: tuple[int, int]
    result: bytes = b""
    logs: tuple[Log, ...] = ()
    passes_on_to: str = ""


class Revert(Exception):
    """The call fails and changes nothing."""


@dataclass(frozen=True, slots=True)
class Call:
    state: State
    caller: str
    contract: str
    arguments: bytes

    def word(self, index: int) -> bytes:
        """Short call data is read as if zeros followed."""
        return self.arguments[WORD * index : WORD * (index + 1)].ljust(WORD, b"\0")

    def number(self, index: int) -> int:
        return int.from_bytes(self.word(index), "big")

    def address(self, index: int) -> str:
        """Whatever is in the padding is not looked at, as contracts do: real calls have `41` there."""
        return "41" + self.word(index)[-20:].hex()


def run(state: State, caller: str, contract: str, data: bytes) -> Run:
    """Changes `state` only if it succeeds. Raises Revert."""
    table = ROUTER_FUNCTIONS if contract == wallets.ROUTER else TOKEN_FUNCTIONS
    function = table.get(data[:4])
    if function is None:
        raise Revert
    return function(Call(state, caller, contract, data[4:]))


def selector(signature: str) -> bytes:
    return keccak256(signature.encode())[:4]


def balance_key(contract: str, address: str) -> str:
    return f"token:{contract}:{address}"


def blacklist_key(contract: str, address: str) -> str:
    return f"blacklist:{contract}:{address}"


def parameter_key(contract: str, name: str) -> str:
    return f"parameter:{contract}:{name}"


def topic(address: str) -> str:
    return address[2:].rjust(2 * WORD, "0")


def _word(value: int) -> bytes:
    return value.to_bytes(WORD, "big")


def _transfer(call: Call) -> Run:
    return _move(call, call.caller, call.address(0), call.number(1))


def _transfer_from(call: Call) -> Run:
    """Zero needs no allowance: so a stranger can put any `from` into a log."""
    owner, to, amount = call.address(0), call.address(1), call.number(2)
    key = f"allowance:{call.contract}:{owner}:{call.caller}"
    allowed = call.state.number(key)
    if allowed < amount:
        raise Revert
    moved = _move(call, owner, to, amount)
    if amount:
        call.state.put(key, allowed - amount)
    return moved


def _approve(call: Call) -> Run:
    spender, amount = call.address(0), call.number(1)
    call.state.put(f"allowance:{call.contract}:{call.caller}:{spender}", amount)
    topics = (APPROVAL, topic(call.caller), topic(spender))
    return Run(APPROVE, _word(1), (Log(call.contract[2:], topics, _word(amount).hex()),))


def _move(call: Call, sender: str, to: str, amount: int) -> Run:
    """The list of frozen addresses is asked for the sender only; the contract's fee, if any, is a log of its own."""
    state, contract = call.state, call.contract
    held = state.number(balance_key(contract, sender))
    frozen = state.get(blacklist_key(contract, sender)) or state.number(parameter_key(contract, "paused"))
    if frozen or held < amount:
        raise Revert
    energy = HELD if state.number(balance_key(contract, to)) else NEW
    rate, most = (state.number(parameter_key(contract, name)) for name in ("basisPointsRate", "maximumFee"))
    fee = min(amount * rate // 10_000, most)
    state.put(balance_key(contract, sender), held - amount)
    logs = []
    for receiver, part in ((to, amount - fee), (wallets.PAYER.hex, fee))[: 2 if fee else 1]:
        key = balance_key(contract, receiver)
        state.put(key, state.number(key) + part)
        logs.append(Log(contract[2:], (TRANSFER, topic(sender), topic(receiver)), _word(part).hex()))
    return Run(energy, ZERO_WORD, tuple(logs))


def _forward(call: Call) -> Run:
    """forward(token, to, amount, times): a log of its own first, then the transfers, from the caller's tokens."""
    token, to, amount, times = call.address(0), call.address(1), call.number(2), call.number(3)
    if token not in wallets.TOKENS or not 1 <= times <= 10:
        raise Revert
    if call.state.number(balance_key(token, call.caller)) < amount * times:
        raise Revert
    inner = Call(call.state, call.caller, token, b"")
    moves = [_move(inner, call.caller, to, amount) for _ in range(times)]
    own = Log(call.contract[2:], (FORWARDED,), "")
    logs = [log for move in moves for log in move.logs]
    return Run(_total([ROUTING, *(move.energy for move in moves)]), b"", (own, *logs))


def _pass_on(call: Call) -> Run:
    """passOn(to): the TRX that came with the call, from the contract."""
    return Run(ROUTING, passes_on_to=call.address(0))


def _total(energies: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return sum(used for used, _ in energies), sum(penalty for _, penalty in energies)


def _view(read: Callable[[Call], bytes]) -> Callable[[Call], Run]:
    return lambda call: Run(VIEW, read(call))


def _parameter(name: str) -> Callable[[Call], Run]:
    return _view(lambda call: _word(call.state.number(parameter_key(call.contract, name))))


def _text(value: str) -> Callable[[Call], Run]:
    encoded = _word(WORD) + _word(len(value)) + value.encode().ljust(WORD, b"\0")
    return _view(lambda call: encoded)


def _balance(call: Call) -> bytes:
    return _word(call.state.number(balance_key(call.contract, call.address(0))))


def _is_frozen(call: Call) -> bytes:
    return _word(bool(call.state.get(blacklist_key(call.contract, call.address(0)))))


TOKEN_FUNCTIONS: dict[bytes, Callable[[Call], Run]] = {
    selector("transfer(address,uint256)"): _transfer,
    selector("transferFrom(address,address,uint256)"): _transfer_from,
    selector("approve(address,uint256)"): _approve,
    selector("balanceOf(address)"): _view(_balance),
    selector("isBlackListed(address)"): _view(_is_frozen),
    selector("decimals()"): _view(lambda call: _word(6)),
    selector("symbol()"): _text("USDT"),
    selector("name()"): _text("Tether USD"),
    **{
        selector(f"{name}()"): _parameter(name)
        for name in ("paused", "deprecated", "basisPointsRate", "maximumFee")
    },
}
FORWARD = selector("forward(address,address,uint256,uint256)")
PASS_ON = selector("passOn(address)")
ROUTER_FUNCTIONS: dict[bytes, Callable[[Call], Run]] = {FORWARD: _forward, PASS_ON: _pass_on}
