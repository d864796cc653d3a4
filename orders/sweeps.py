"""How a sweep moves, and every rule of it that needs no database (specs/tron.md sections 7 and 8). Pure.

    detected ──▶ ordered ──▶ delivered ──▶ signed ──▶ broadcast ──▶ in_block ──▶ done
       ▲  └──────────┼───────▶ ▲ │ ▲         │            │ ▲          │
       └─────────────┘         │ │ └─────────┴────────────┘ └──────────┘ its block was replaced
       └───────────────────────┼─┘           these bytes have expired: back to what `delivered` looks at
                               └─ energy_only: the holder of a watch-only wallet goes on himself

`detected` waits for whatever is in the way (pause, minimum, price); `attention` waits for a person and goes on
following bytes that may still reach a block. A signed transaction has a table of its own: while one may still be
executed, no other is signed for its sweep.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from providers.tron.broadcasts import Verdict

RETAINED_MICRO = 1  # left behind: the next payer then pays half the energy (section 7)
TRANSFER_BANDWIDTH = 345  # of our transfers exactly: they have no memo, and a fee limit of four bytes
TRANSACTION_LIFE = timedelta(seconds=60)
EXPIRY_MARGIN = timedelta(seconds=15)
LEAST_FEE_LIMIT_SUN, MOST_FEE_LIMIT_SUN = 15_000_000, 30_000_000
MOST_ORDERS = 3  # child orders, or signed transactions that ran out of energy, before a person is called


class SweepStatus(TextChoices):
    DETECTED = "detected", _("waiting")
    ORDERED = "ordered", _("energy ordered")
    DELIVERED = "delivered", _("energy delivered")
    SIGNED = "signed", _("signed")
    BROADCAST = "broadcast", _("broadcast")
    IN_BLOCK = "in_block", _("in a block")
    ATTENTION = "attention", _("needs a person")
    DONE = "done", _("done")
    ENERGY_ONLY = "energy_only", _("energy delivered, swept by its holder")
    CANCELLED = "cancelled", _("cancelled")


class TransactionStatus(TextChoices):
    LIVE = "live", _("may be executed")
    CONFIRMED = "confirmed", _("executed")
    FAILED = "failed", _("failed on chain")
    EXPIRED = "expired", _("expired unexecuted")


Table = Mapping[str, frozenset[str]]
_S, _T = SweepStatus, TransactionStatus

SWEEP: Table = {
    _S.DETECTED: frozenset({_S.ORDERED, _S.DELIVERED, _S.ATTENTION, _S.CANCELLED}),
    _S.ORDERED: frozenset({_S.DELIVERED, _S.DETECTED, _S.ATTENTION}),
    _S.DELIVERED: frozenset({_S.SIGNED, _S.ENERGY_ONLY, _S.DETECTED, _S.ATTENTION}),
    _S.SIGNED: frozenset({_S.BROADCAST, _S.IN_BLOCK, _S.DONE, _S.DELIVERED, _S.DETECTED, _S.ATTENTION}),
    _S.BROADCAST: frozenset({_S.IN_BLOCK, _S.DONE, _S.DELIVERED, _S.DETECTED, _S.ATTENTION}),
    _S.IN_BLOCK: frozenset({_S.BROADCAST, _S.DONE, _S.DELIVERED, _S.DETECTED, _S.ATTENTION}),
    _S.ATTENTION: frozenset({_S.DETECTED, _S.DONE, _S.CANCELLED}),
    _S.DONE: frozenset(),
    _S.ENERGY_ONLY: frozenset(),
    _S.CANCELLED: frozenset(),
}
TRANSACTION: Table = {
    _T.LIVE: frozenset({_T.CONFIRMED, _T.FAILED, _T.EXPIRED}),
    _T.CONFIRMED: frozenset(),
    _T.FAILED: frozenset(),
    _T.EXPIRED: frozenset(),
}

ACTIVE_SWEEP = frozenset(status for status, onward in SWEEP.items() if onward)
FOLLOWED = frozenset({_S.SIGNED, _S.BROADCAST, _S.IN_BLOCK})


class Payer(TextChoices):
    MERCHANT = "merchant", _("the merchant")
    HOUSE = "house", _("the house")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What staff have set for a merchant's sweeps."""

    paused: str = ""  # who has paused it, "" for nobody
    minimum_micro: int
    most_price_sun: int  # that a child order may cost
    payer: Payer = Payer.MERCHANT


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet:
    """What a node tells of the wallet, now. `needed_energy`: of the transfer as it would run now; 0: it reverts."""

    is_active: bool
    usdt_micro: int
    energy: int
    bandwidth: int
    trx_sun: int = 0
    needed_energy: int = 0
    is_blacklisted: bool = False
    is_halted: bool = False

    @property
    def movable_micro(self) -> int:
        return self.usdt_micro - RETAINED_MICRO

    @property
    def has_energy(self) -> bool:
        return self.is_active and 0 < self.needed_energy <= self.energy

    @property
    def has_bandwidth(self) -> bool:
        return self.bandwidth >= TRANSFER_BANDWIDTH

    @property
    def missing(self) -> str:
        if not self.is_active:
            return "activation"
        needs = {"energy": self.has_energy, "bandwidth": self.has_bandwidth}
        return " and ".join(name for name, has in needs.items() if not has)

    @property
    def is_ready(self) -> bool:
        return self.has_energy and self.has_bandwidth


class Step(StrEnum):
    WAIT = "wait"
    CALL = "call a person"
    BUY = "buy"
    GO = "go on"
    BACK = "back to the start"


@dataclass(frozen=True, slots=True)
class Decision:
    step: Step
    text: str = ""


def check(wallet: Wallet, rules: Rules, *, has_target: bool) -> Decision:
    """What to do with a sweep that has bought nothing yet. Energy is only bought for what can be moved."""
    if wallet.is_blacklisted:
        return Decision(Step.CALL, "the USDT contract has frozen this wallet: its transfers revert")
    if reason := _hindrance(wallet, rules, has_target=has_target):
        return Decision(Step.WAIT, reason)
    if wallet.is_active and not wallet.needed_energy:
        return Decision(Step.CALL, "the transfer reverts when it is tried on the node")
    return Decision(Step.GO if wallet.is_ready else Step.BUY)


def before_signing(wallet: Wallet, rules: Rules, *, has_target: bool) -> Decision:
    """With what was bought delivered. What is not there any more is bought again, from the start."""
    decision = check(wallet, rules, has_target=has_target)
    if decision.step is not Step.BUY:
        return decision
    return Decision(Step.BACK, f"the wallet lacks {wallet.missing}")


def _hindrance(wallet: Wallet, rules: Rules, *, has_target: bool) -> str:
    if rules.paused:
        return f"paused: {rules.paused}"
    if not has_target:
        return "the merchant has no approved cold wallet"
    if wallet.is_halted:
        return "the USDT contract is paused or deprecated"
    if wallet.movable_micro < max(rules.minimum_micro, 1):
        return "the balance is below the minimum"
    return ""


def too_dear(price_sun: int, rules: Rules) -> bool:
    return price_sun > rules.most_price_sun


def fee_limit_sun(energy: int, price_sun: int) -> int:
    """It caps leased energy too (section 7)."""
    return min(max(energy * price_sun * 6 // 5, LEAST_FEE_LIMIT_SUN), MOST_FEE_LIMIT_SUN)


class AfterBroadcast(StrEnum):
    POOLED = "pooled"
    AGAIN = "again"  # the same bytes
    FOLLOW = "follow"  # look for the txid; new bytes once these have expired
    CALL = "call a person"


def after_broadcast(verdict: Verdict, *, was_in_doubt: bool) -> AfterBroadcast:
    """A refusal is the last word on the bytes only if no earlier broadcast of them is in doubt."""
    if verdict in (Verdict.POOLED, Verdict.KNOWN):
        return AfterBroadcast.POOLED
    if verdict in (Verdict.LATER, Verdict.UNKNOWN):
        return AfterBroadcast.AGAIN
    if verdict is Verdict.REFUSED and not was_in_doubt:
        return AfterBroadcast.CALL
    return AfterBroadcast.FOLLOW


def is_in_doubt(verdict: Verdict, *, was_in_doubt: bool) -> bool:
    """Whether some node may have these bytes: then what another says of them is not the last word."""
    return was_in_doubt or verdict in (Verdict.UNKNOWN, Verdict.POOLED, Verdict.KNOWN)


def has_expired(expires_at: datetime, *, solid_at: datetime) -> bool:
    """By the solidified head's time alone, never by a wall clock (section 8.1). The margin is for nodes that stand
    behind one address and are not in step."""
    return solid_at > expires_at + EXPIRY_MARGIN


def may_still_enter(expires_at: datetime, *, head_at: datetime) -> bool:
    """Whether sending the bytes once more can help."""
    return head_at < expires_at


def allotment(*, delivered_micro: int, earned_micro: int, booked_micro: int) -> int:
    """How much more of what reached the cold wallet settles deposits in the books: never more than was earned there,
    and the rest stays in suspense until payments that explain it are matched."""
    return max(min(delivered_micro, earned_micro) - booked_micro, 0)
