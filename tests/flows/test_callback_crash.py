"""Dispatchers are killed by SIGKILL at seeded moments while they deliver to servers that fail at random too.

CALLBACK_CRASH_EVENTS and CALLBACK_CRASH_KILLS set the size; CRASH_SEED, printed, repeats a run's choices (not its
timing). Time is made to pass by moving what waits to now.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db.models import F, Q
from django.utils import timezone

from orders.models import Callback, CallbackHost, CallbackLog
from orders.services import invariants, merchants, rotation, waking
from tests import outbox
from tests.flows.receivers import Receivers
from tests.flows.stack import Stack
from tests.processes import Running
from tests.waiting import wait_until

EVENTS = int(os.environ.get("CALLBACK_CRASH_EVENTS", "600"))
KILLS = int(os.environ.get("CALLBACK_CRASH_KILLS", "8"))
SEED = int(os.environ.get("CRASH_SEED") or random.randrange(10**6))
DISPATCHERS = 2
SHARE_THAT_FAILS = 0.2
QUICK = {"CALLBACK_TIMEOUT_SECONDS": "1"}


@pytest.fixture
def receivers(tmp_path: Path) -> Iterator[Receivers]:
    receivers = Receivers(tmp_path / "receivers", ports=4, seed=SEED, share=SHARE_THAT_FAILS)
    yield receivers
    receivers.close()


@pytest.fixture
def dispatchers(stack: Stack) -> Iterator[list[Running]]:
    stack.stop_dispatcher()
    running = [stack.start("deliver_callbacks", **QUICK) for _ in range(DISPATCHERS)]
    yield running
    for each in running:
        each.kill_group()
    stack.start_dispatcher()


def let_time_pass(rows: list[int]) -> bool:
    """All pauses are over at once, those of circuits too; leases take their time. True when nothing waits any more."""
    now = timezone.now()
    CallbackHost.objects.filter(probe_at__gt=now).exclude(circuit="probing").update(probe_at=now)
    waiting = Callback.objects.filter(pk__in=rows, status="pending")
    later = waiting.filter(Q(next_attempt_at__gt=now) | Q(claimable_at__gt=now), leased_until=None)
    if later.update(next_attempt_at=now, claimable_at=now):
        waking.wake_dispatchers()
    return not waiting.exists()


def test_nothing_is_lost_and_every_try_is_on_record(
    stack: Stack, receivers: Receivers, dispatchers: list[Running]
) -> None:
    print(f"CRASH_SEED={SEED} CALLBACK_CRASH_EVENTS={EVENTS} CALLBACK_CRASH_KILLS={KILLS}")  # noqa: T201
    chance = random.Random(SEED)
    merchant = merchants.create_merchant(name="Sample of crashes", time_zone="UTC", now=timezone.now())
    credential = rotation.issue(merchant, "crossingpay", now=timezone.now()).credential
    rows: list[int] = []
    for _ in range(KILLS):
        part = EVENTS // KILLS
        target = len(receivers.arrived()) + chance.randrange(1, part)
        made = outbox.fill(credential, receivers.urls, part, now=timezone.now(), of_orders=False)
        rows += [row.pk for row in made]
        wait_until(lambda: let_time_pass(rows) or len(receivers.arrived()) >= target)  # noqa: B023
        killed = chance.randrange(DISPATCHERS)
        dispatchers[killed].kill_group()
        dispatchers[killed] = stack.start("deliver_callbacks", **QUICK)
    wait_until(lambda: let_time_pass(rows), seconds=180)
    for each in dispatchers:
        assert each.process.poll() is None, each.err
    check(rows, receivers)


def check(rows: list[int], receivers: Receivers) -> None:
    callbacks = Callback.objects.filter(pk__in=rows)
    assert Counter(callbacks.values_list("status", flat=True)) == {"delivered": len(rows)}

    arrived = receivers.arrived()
    assert {each.event for each in arrived} == set(callbacks.values_list("event_id", flat=True))
    assert len({(each.event, each.body) for each in arrived}) == len(rows), "an event never changes"

    logs = CallbackLog.objects.filter(callback__in=rows, direction="out")
    logged = {
        (event, attempt): (verdict, status)
        for event, attempt, verdict, status in logs.values_list(
            "callback__event_id", "attempt_number", "verdict", "status"
        )
    }
    acts = {(each.event, each.attempt): each.act for each in arrived}
    assert (len(acts), len(logged)) == (len(arrived), logs.count()), (
        "no attempt has two numbers or two records"
    )
    assert acts.keys() <= logged.keys(), "an attempt is not on record"
    unknown = {attempt for attempt, (verdict, _) in logged.items() if verdict == "unknown"}
    print(f"{len(arrived)} arrived, {len(unknown)} tries were cut short by a kill")  # noqa: T201
    assert logged.keys() - acts.keys() <= unknown, "an attempt that never was is on record"
    for attempt in acts.keys() - unknown:
        verdict, status = logged[attempt]
        act = acts[attempt]
        told = {"200": "delivered"}.get(act, "refused") if act.isdigit() else "no_answer"
        assert (verdict, status) == (told, int(act) if act.isdigit() else None), (attempt, act)

    assert not callbacks.exclude(attempts__gte=F("round_attempts")).exists()
    for name, check in invariants.CHECKS:
        if "callback" in name or name == "every try is logged":
            assert list(check(timezone.now())) == [], name
