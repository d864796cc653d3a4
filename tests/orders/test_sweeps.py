from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from orders import sweeps
from orders.sweeps import (
    AfterBroadcast,
    Decision,
    Rules,
    Step,
    SweepStatus,
    TransactionStatus,
    Wallet,
)
from providers.tron.broadcasts import Verdict

EXPIRES = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RULES = Rules(minimum_micro=10_000_000, most_price_sun=10_000_000)
READY = Wallet(is_active=True, usdt_micro=100_000_000, energy=131_000, bandwidth=600, needed_energy=130_285)
S, T = SweepStatus, TransactionStatus


@pytest.mark.parametrize(
    ("table", "statuses"), [(sweeps.SWEEP, set(SweepStatus)), (sweeps.TRANSACTION, set(TransactionStatus))]
)
def test_every_status_is_a_key_and_every_target_too(table: sweeps.Table, statuses: set[str]) -> None:
    assert set(table) == statuses
    assert {target for targets in table.values() for target in targets} <= statuses


def test_every_status_is_reachable_and_every_active_one_can_end_well() -> None:
    def reached(start: str) -> set[str]:
        found, frontier = {start}, {start}
        while frontier:
            frontier = {str(t) for status in frontier for t in sweeps.SWEEP[status]} - found
            found |= frontier
        return found

    assert reached(S.DETECTED) == {str(status) for status in SweepStatus}
    assert all(S.DONE in reached(status) for status in sweeps.ACTIVE_SWEEP)


@pytest.mark.parametrize("status", sorted(sweeps.FOLLOWED))
def test_a_sweep_with_signed_bytes_is_never_cancelled(status: str) -> None:
    assert S.CANCELLED not in sweeps.SWEEP[status]


@pytest.mark.parametrize(
    ("wallet", "rules", "has_target", "expected"),
    [
        (READY, RULES, True, Step.GO),
        (replace(READY, energy=130_284), RULES, True, Step.BUY),
        (replace(READY, bandwidth=344), RULES, True, Step.BUY),
        (replace(READY, is_active=False, energy=0, bandwidth=0), RULES, True, Step.BUY),
        (replace(READY, is_active=False, needed_energy=0), RULES, True, Step.BUY),
        (replace(READY, needed_energy=0), RULES, True, Step.CALL),
        (replace(READY, is_blacklisted=True), RULES, True, Step.CALL),
        (replace(READY, is_blacklisted=True), replace(RULES, paused="everywhere"), True, Step.CALL),
        (replace(READY, is_halted=True), RULES, True, Step.WAIT),
        (READY, replace(RULES, paused="everywhere"), True, Step.WAIT),
        (READY, RULES, False, Step.WAIT),
        (replace(READY, usdt_micro=10_000_000), RULES, True, Step.WAIT),  # one micro-USDT stays behind
        (replace(READY, usdt_micro=10_000_001), RULES, True, Step.GO),
        (replace(READY, usdt_micro=1), replace(RULES, minimum_micro=0), True, Step.WAIT),
        (replace(READY, usdt_micro=0), replace(RULES, minimum_micro=0), True, Step.WAIT),
    ],
)
def test_what_is_done_with_a_new_sweep(
    wallet: Wallet, rules: Rules, has_target: bool, expected: Step
) -> None:
    decision = sweeps.check(wallet, rules, has_target=has_target)
    assert decision.step is expected
    assert bool(decision.text) == (expected in (Step.WAIT, Step.CALL))


@pytest.mark.parametrize(
    ("wallet", "expected"),
    [
        (READY, Decision(Step.GO)),
        (replace(READY, energy=64_285), Decision(Step.BACK, "the wallet lacks energy")),
        (replace(READY, energy=0, bandwidth=0), Decision(Step.BACK, "the wallet lacks energy and bandwidth")),
        (
            replace(READY, is_active=False, energy=0, bandwidth=0),
            Decision(Step.BACK, "the wallet lacks activation"),
        ),
        (replace(READY, bandwidth=255), Decision(Step.BACK, "the wallet lacks bandwidth")),
    ],
)
def test_nothing_is_signed_without_what_it_needs(wallet: Wallet, expected: Decision) -> None:
    assert sweeps.before_signing(wallet, RULES, has_target=True) == expected


def test_nothing_is_signed_while_paused() -> None:
    paused = replace(RULES, paused="everywhere")
    assert sweeps.before_signing(READY, paused, has_target=True).step is Step.WAIT


def test_energy_has_a_highest_price() -> None:
    assert not sweeps.too_dear(10_000_000, RULES)
    assert sweeps.too_dear(10_000_001, RULES)


@pytest.mark.parametrize(
    ("energy", "price_sun", "expected"),
    [(64_285, 100, 15_000_000), (130_285, 100, 15_634_200), (130_285, 210, 30_000_000)],
)
def test_the_fee_limit_covers_leased_energy_within_bounds(energy: int, price_sun: int, expected: int) -> None:
    assert sweeps.fee_limit_sun(energy, price_sun) == expected


@pytest.mark.parametrize(
    ("verdict", "was_in_doubt", "expected"),
    [
        (Verdict.POOLED, False, AfterBroadcast.POOLED),
        (Verdict.KNOWN, False, AfterBroadcast.POOLED),
        (Verdict.LATER, False, AfterBroadcast.AGAIN),
        (Verdict.UNKNOWN, False, AfterBroadcast.AGAIN),
        (Verdict.OUTDATED, False, AfterBroadcast.FOLLOW),
        (Verdict.NO_BANDWIDTH, False, AfterBroadcast.FOLLOW),
        (Verdict.REFUSED, False, AfterBroadcast.CALL),
        (Verdict.REFUSED, True, AfterBroadcast.FOLLOW),
        (Verdict.OUTDATED, True, AfterBroadcast.FOLLOW),
    ],
)
def test_a_refusal_is_final_only_if_no_earlier_broadcast_is_in_doubt(
    verdict: Verdict, was_in_doubt: bool, expected: AfterBroadcast
) -> None:
    assert sweeps.after_broadcast(verdict, was_in_doubt=was_in_doubt) is expected


def test_doubt_is_kept_until_the_bytes_have_ended() -> None:
    assert sweeps.is_in_doubt(Verdict.UNKNOWN, was_in_doubt=False)
    assert sweeps.is_in_doubt(Verdict.POOLED, was_in_doubt=False)
    assert sweeps.is_in_doubt(Verdict.REFUSED, was_in_doubt=True)
    assert not sweeps.is_in_doubt(Verdict.REFUSED, was_in_doubt=False)


def test_bytes_expire_by_the_solid_head_alone() -> None:
    margin = sweeps.EXPIRY_MARGIN
    assert not sweeps.has_expired(EXPIRES, solid_at=EXPIRES + margin)
    assert sweeps.has_expired(EXPIRES, solid_at=EXPIRES + margin + timedelta(milliseconds=1))
    assert sweeps.may_still_enter(EXPIRES, head_at=EXPIRES - timedelta(milliseconds=1))
    assert not sweeps.may_still_enter(EXPIRES, head_at=EXPIRES)


@pytest.mark.parametrize(
    ("delivered", "earned", "booked", "expected"),
    [
        (100, 100, 0, 100),
        (99, 100, 0, 99),  # one stays behind
        (199, 200, 99, 100),
        (150, 100, 0, 100),  # more than the books know
        (150, 150, 100, 50),  # a late match explains the rest
        (150, 50, 100, 0),
    ],
)
def test_the_books_follow_what_reached_the_cold_wallet(
    delivered: int, earned: int, booked: int, expected: int
) -> None:
    assert sweeps.allotment(delivered_micro=delivered, earned_micro=earned, booked_micro=booked) == expected
