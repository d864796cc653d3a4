"""The fault matrix: what an upstream does with an order, and what must become of it here."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from orders.states import AttemptStatus, OrderStatus
from providers.base import Kind
from providers.sandbox.accounts import Dialect
from providers.sandbox.outcomes import Outcome

A, U, K = AttemptStatus, Outcome, Kind
SUCCEEDED, FAILED, ATTENTION = OrderStatus.SUCCEEDED, OrderStatus.FAILED, OrderStatus.ATTENTION
ITRX, TRONZAP, CROSSINGPAY = Dialect.ITRX, Dialect.TRONZAP, Dialect.CROSSINGPAY
EXECUTED_UNSEEN = (U.ERROR500_EXECUTED, U.SLOW, U.CUT)
NOT_EXECUTED = (U.ERROR500, U.CUT_BEFORE)
REPEATED = frozenset({"accepted", "replayed"})


@dataclass(frozen=True, kw_only=True)
class Case:
    """`outcome` is chosen by the order's address, or with `once` by a rule for the first try alone. `ends`, `attempts`
    and `sends` (of the last attempt) are what the order comes to, `is_bought` whether the upstream executed it.
    `verdicts`: of the callbacks that the upstream posts. None where luck decides: whether a callback or a look-up or
    a repeat comes first."""

    dialect: Dialect
    kind: Kind
    outcome: Outcome = U.SUCCESS
    ends: OrderStatus = SUCCEEDED
    attempts: tuple[AttemptStatus, ...] = (A.SUCCEEDED,)
    sends: int | None = 1
    is_bought: bool = True
    once: bool = False
    verdicts: frozenset[str] | None = None
    has_query: bool = False
    is_known: bool = True
    window: timedelta = timedelta(minutes=30)
    deadline_seconds: int = 600

    @property
    def name(self) -> str:
        words = [self.dialect, self.kind, self.outcome, "once" * self.once, "query" * self.has_query]
        return "-".join(filter(None, [*words, "" if self.is_known else "bad_key"]))


def refused(dialect: Dialect, kind: Kind, outcome: Outcome) -> Case:
    """A pinned account is the only one, so its no ends the order."""
    return Case(
        dialect=dialect, kind=kind, outcome=outcome, ends=FAILED, attempts=(A.REFUSED,), is_bought=False
    )


def bad_key(dialect: Dialect, kind: Kind) -> Case:
    return replace(refused(dialect, kind, U.SUCCESS), is_known=False)


def not_executed(dialect: Dialect, kind: Kind, outcome: Outcome) -> Case:
    """Two look-ups prove that it never arrived; then it is tried again."""
    attempts = (A.NEVER_ARRIVED, A.SUCCEEDED)
    return Case(dialect=dialect, kind=kind, outcome=outcome, once=True, attempts=attempts)


def itrx() -> Iterator[Case]:
    good = Case(dialect=ITRX, kind=K.COLLECT)
    for outcome in (U.SUCCESS, U.INACTIVE, U.PARTIAL, *EXECUTED_UNSEEN):
        yield replace(good, outcome=outcome)
    yield replace(good, kind=K.ENERGY, verdicts=frozenset({"accepted"}))
    yield replace(good, outcome=U.NO_CALLBACK, verdicts=frozenset())
    yield replace(good, outcome=U.FORGED_CALLBACK, verdicts=frozenset({"bad_signature"}))
    yield replace(good, outcome=U.DUPLICATE_CALLBACK, verdicts=REPEATED)
    for outcome in (U.REFUSE, U.LOW_BALANCE):
        yield refused(ITRX, K.COLLECT, outcome)
    for outcome in (U.REFUSE, U.INACTIVE):
        yield refused(ITRX, K.ENERGY, outcome)
    yield bad_key(ITRX, K.COLLECT)
    for outcome in NOT_EXECUTED:
        yield not_executed(ITRX, K.COLLECT, outcome)
        yield not_executed(ITRX, K.ENERGY, outcome)
    yield replace(good, outcome=U.REFUND, ends=FAILED, attempts=(A.REFUNDED,))
    for outcome in (U.PARTIAL_REFUND, U.ABNORMAL):
        yield replace(good, outcome=outcome, ends=FAILED, attempts=(A.FAILED,))
    yield replace(good, outcome=U.NEVER, ends=ATTENTION, attempts=(A.ACCEPTED,), deadline_seconds=20)


def tronzap() -> Iterator[Case]:
    good = Case(dialect=TRONZAP, kind=K.ENERGY)
    for kind in (K.ENERGY, K.ACTIVATION, K.BANDWIDTH, K.BUNDLE, K.COLLECT):
        yield replace(good, kind=kind)
    for outcome in EXECUTED_UNSEEN:
        yield replace(good, kind=K.ACTIVATION, outcome=outcome)
        yield replace(good, kind=K.BUNDLE, outcome=outcome)
    for outcome in NOT_EXECUTED:
        yield not_executed(TRONZAP, K.ENERGY, outcome)
    for outcome in (U.REFUSE, U.LOW_BALANCE, U.LOW_BALANCE_OLD):
        yield refused(TRONZAP, K.BANDWIDTH, outcome)
    yield refused(TRONZAP, K.ACTIVATION, U.ALREADY_ACTIVE)
    yield refused(TRONZAP, K.ENERGY, U.INACTIVE)
    yield bad_key(TRONZAP, K.BUNDLE)
    yield replace(good, outcome=U.FAILED, ends=FAILED, attempts=(A.FAILED,))


def crossingpay(*, has_query: bool) -> Iterator[Case]:
    """Without a query a lost answer is answered by repeating it identically, and silence goes to a person."""
    good = Case(dialect=CROSSINGPAY, kind=K.MONITOR, has_query=has_query)
    short = replace(good, window=timedelta(seconds=15))  # room to be sent in on a busy machine
    silent = replace(short, ends=ATTENTION, attempts=(A.ACCEPTED,))
    for kind in (K.MONITOR, K.DEPOSIT):
        yield replace(good, kind=kind)
        yield replace(good, kind=kind, outcome=U.WRONG_AMOUNT, ends=ATTENTION, attempts=(A.ACCEPTED,))
        for outcome in EXECUTED_UNSEEN:
            yield replace(good, kind=kind, outcome=outcome, sends=1 if has_query else None)
        for outcome in NOT_EXECUTED:
            lost = replace(not_executed(CROSSINGPAY, kind, outcome), has_query=has_query)
            yield lost if has_query else replace(lost, attempts=(A.SUCCEEDED,), sends=2)
    # Somebody may pay an address that nobody watches: no upstream's no ends a payment order.
    yield replace(refused(CROSSINGPAY, K.MONITOR, U.REFUSE), ends=ATTENTION, has_query=has_query)
    yield replace(bad_key(CROSSINGPAY, K.DEPOSIT), ends=ATTENTION, has_query=has_query)
    yield replace(good, outcome=U.DUPLICATE_CALLBACK, verdicts=REPEATED)
    unheard = good if has_query else silent
    yield replace(unheard, outcome=U.NO_CALLBACK, verdicts=frozenset())
    yield replace(unheard, outcome=U.FORGED_CALLBACK, verdicts=frozenset({"bad_signature"}))
    told = replace(short, ends=FAILED, attempts=(A.FAILED,))
    yield replace(told if has_query else silent, outcome=U.NEVER_PAID)


CASES = [*itrx(), *tronzap(), *crossingpay(has_query=True), *crossingpay(has_query=False)]
