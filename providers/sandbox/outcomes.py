"""The scripts: every way in which an order may come out, and the published addresses that choose one.

An outcome is chosen by a rule of the control page, else by the order's address, else it is success.
"""

import hashlib
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from providers.sandbox.accounts import Dialect
from providers.sandbox.exchange import Reply, crash_page, cut_off, delayed
from providers.tron import addresses


class Outcome(StrEnum):
    SUCCESS = "success"
    REFUSE = "refuse"
    LOW_BALANCE = "low_balance"
    LOW_BALANCE_OLD = "low_balance_old"
    INACTIVE = "inactive"
    ALREADY_ACTIVE = "already_active"
    BAD_KEY = "bad_key"
    ERROR500 = "error500"
    ERROR500_EXECUTED = "error500_executed"
    SLOW = "slow"
    CUT = "cut"
    CUT_BEFORE = "cut_before"
    NO_CALLBACK = "no_callback"
    FORGED_CALLBACK = "forged_callback"
    DUPLICATE_CALLBACK = "duplicate_callback"
    PARTIAL = "partial"
    REFUND = "refund"
    PARTIAL_REFUND = "partial_refund"
    ABNORMAL = "abnormal"
    FAILED = "failed"
    NEVER = "never"
    NEVER_PAID = "never_paid"
    WRONG_AMOUNT = "wrong_amount"
    NOT_FOUND = "not_found"


class Answer(Enum):
    """What becomes of the HTTP answer, whatever it would have been."""

    NORMAL = auto()
    CRASH = auto()
    SLOW = auto()
    CUT = auto()


@dataclass(frozen=True, slots=True)
class Script:
    """`callbacks`: one entry per callback sent at the end; True is a forged signature.

    `executes` False with a NORMAL answer is a refusal, worded by the dialect.
    """

    text: str
    executes: bool = True
    answer: Answer = Answer.NORMAL
    callbacks: tuple[bool, ...] = (False,)

    def apply(self, reply: Reply) -> Reply:
        match self.answer:
            case Answer.CRASH:
                return crash_page()
            case Answer.SLOW:
                return delayed(reply)
            case Answer.CUT:
                return cut_off()
            case _:
                return reply


def _refusal(text: str) -> Script:
    return Script(text, executes=False)


SCRIPTS: dict[Outcome, Script] = {
    Outcome.SUCCESS: Script("done after the delay, one callback"),
    Outcome.REFUSE: _refusal("refused in a documented error body"),
    Outcome.LOW_BALANCE: _refusal("refused: your balance here is too low"),
    Outcome.LOW_BALANCE_OLD: _refusal("the same under TronZap's old code 13"),
    Outcome.INACTIVE: _refusal("the address is not activated: refused unless the order activates it"),
    Outcome.ALREADY_ACTIVE: _refusal("activation refused: the address is active already"),
    Outcome.BAD_KEY: _refusal("your key is not accepted"),
    Outcome.ERROR500: Script("HTTP 500 with an HTML page, not executed", False, Answer.CRASH),
    Outcome.ERROR500_EXECUTED: Script("HTTP 500 with an HTML page, and executed", True, Answer.CRASH),
    Outcome.SLOW: Script("executed, but answered only after the slow time", True, Answer.SLOW),
    Outcome.CUT: Script("executed, and the connection cut without an answer", True, Answer.CUT),
    Outcome.CUT_BEFORE: Script("not executed, and the connection cut without an answer", False, Answer.CUT),
    Outcome.NO_CALLBACK: Script("done, and no callback comes", callbacks=()),
    Outcome.FORGED_CALLBACK: Script("done; the only callback has a wrong signature", callbacks=(True,)),
    Outcome.DUPLICATE_CALLBACK: Script("done; the callback comes three times", callbacks=(False,) * 3),
    Outcome.PARTIAL: Script("partly delegated (31) for a while, then done"),
    Outcome.REFUND: Script("ends 41 with everything refunded"),
    Outcome.PARTIAL_REFUND: Script("ends 41 with half refunded"),
    Outcome.ABNORMAL: Script("ends 43, nothing refunded"),
    Outcome.FAILED: Script("ends failed, refunded"),
    Outcome.NEVER: Script("stays in work for ever"),
    Outcome.NEVER_PAID: Script("nobody pays; failed when its time is over"),
    Outcome.WRONG_AMOUNT: Script("paid with 1 USDT too much"),
    Outcome.NOT_FOUND: _refusal("a look-up finds nothing, whatever there is"),
}

_TRANSPORT = frozenset(
    {
        Outcome.SUCCESS,
        Outcome.REFUSE,
        Outcome.BAD_KEY,
        Outcome.ERROR500,
        Outcome.ERROR500_EXECUTED,
        Outcome.SLOW,
        Outcome.CUT,
        Outcome.CUT_BEFORE,
    }
)
_CALLBACK = frozenset({Outcome.NO_CALLBACK, Outcome.FORGED_CALLBACK, Outcome.DUPLICATE_CALLBACK})
_RESOURCE = _TRANSPORT | {Outcome.LOW_BALANCE, Outcome.INACTIVE, Outcome.NEVER}
_ITRX_ENDS = {Outcome.PARTIAL, Outcome.REFUND, Outcome.PARTIAL_REFUND, Outcome.ABNORMAL}

# What each dialect can act out; anything else is success there.
PURCHASE_OUTCOMES: dict[Dialect, frozenset[Outcome]] = {
    Dialect.ITRX: _RESOURCE | _CALLBACK | _ITRX_ENDS,
    Dialect.TRONZAP: _RESOURCE | {Outcome.LOW_BALANCE_OLD, Outcome.ALREADY_ACTIVE, Outcome.FAILED},
    Dialect.CROSSINGPAY: _TRANSPORT | _CALLBACK | {Outcome.NEVER_PAID, Outcome.WRONG_AMOUNT},
}
LOOKUP_OUTCOMES = frozenset(
    {Outcome.SUCCESS, Outcome.NOT_FOUND, Outcome.ERROR500, Outcome.SLOW, Outcome.CUT, Outcome.BAD_KEY}
)


def published(name: str) -> str:
    """The sandbox address of that name: valid base58check of a hash nobody has a key for."""
    return addresses.from_bytes(b"\x41" + hashlib.sha256(f"sandbox:{name}".encode()).digest()[:20])


ADDRESSES: dict[Outcome, str] = {
    outcome: published(outcome) for outcome in Outcome if outcome not in (Outcome.BAD_KEY, Outcome.NOT_FOUND)
}
OUTCOME_OF_ADDRESS = {address: outcome for outcome, address in ADDRESSES.items()}

# Facts about addresses, apart from outcomes.
INACTIVE = ADDRESSES[Outcome.INACTIVE]
NO_USDT = published("no_usdt")
NO_BANDWIDTH = published("no_bandwidth")
FACTS = {
    "holds no USDT: a transfer to it needs 131,000 energy": NO_USDT,
    "has no bandwidth: a collect order supplies it": NO_BANDWIDTH,
}


def by_address(dialect: Dialect, address: str) -> Outcome:
    outcome = OUTCOME_OF_ADDRESS.get(address, Outcome.SUCCESS)
    return outcome if outcome in PURCHASE_OUTCOMES[dialect] else Outcome.SUCCESS
