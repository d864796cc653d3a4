"""Hosts that hang hold up nobody: neither first attempts to others, nor first attempts behind retries.

No clock decides. A hanging server's requests stay open for as long as the dispatcher lets them, which is longer than
the test waits for anything; so whatever arrives elsewhere meanwhile has not waited for them.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from orders.models import ApiCredential, Callback, Lane
from orders.services import merchants, rotation, waking
from orders.services.dispatching.hosts import FIRST_SLOTS
from tests import outbox
from tests.flows.receivers import Receivers
from tests.flows.stack import Stack
from tests.processes import Running
from tests.waiting import wait_until

PATIENT = {"CALLBACK_TIMEOUT_SECONDS": "300"}
HEALTHY, HANGING = 7, 3
EVENTS_EACH = 30


@pytest.fixture
def credential(stack: Stack) -> ApiCredential:
    name = f"Sample of isolation {timezone.now().timestamp()}"
    merchant = merchants.create_merchant(name=name, time_zone="UTC", now=timezone.now())
    return rotation.issue(merchant, "crossingpay", now=timezone.now()).credential


@pytest.fixture
def healthy(tmp_path: Path) -> Iterator[Receivers]:
    receivers = Receivers(tmp_path / "healthy", ports=HEALTHY)
    yield receivers
    receivers.close()


@pytest.fixture
def hanging(tmp_path: Path) -> Iterator[Receivers]:
    receivers = Receivers(tmp_path / "hanging", ports=HANGING, share=1.0, act="hang")
    yield receivers
    receivers.close()


@pytest.fixture
def dispatcher(stack: Stack) -> Iterator[Running]:
    stack.stop_dispatcher()
    running = stack.start("deliver_callbacks", **PATIENT)
    yield running
    running.kill_group()
    Callback.objects.filter(status="pending").update(
        status="cancelled", next_attempt_at=None, claimable_at=None, leased_until=None
    )
    stack.start_dispatcher()


def is_delivered(rows: list[Callback]) -> bool:
    return not Callback.objects.filter(pk__in=[row.pk for row in rows]).exclude(status="delivered").exists()


def fill(credential: ApiCredential, urls: list[str], count: int) -> list[Callback]:
    made = outbox.fill(credential, urls, count, now=timezone.now(), of_orders=False)
    waking.wake_dispatchers()
    return made


def test_hosts_that_hang_hold_up_no_other(
    credential: ApiCredential, dispatcher: Running, healthy: Receivers, hanging: Receivers
) -> None:
    stuck = fill(credential, hanging.urls, HANGING * EVENTS_EACH)
    wait_until(lambda: len(hanging.arrived()) >= HANGING)
    for _ in range(3):  # offered while more and more hang
        stuck += fill(credential, hanging.urls, HANGING * EVENTS_EACH)
        rows = fill(credential, healthy.urls, HEALTHY * EVENTS_EACH)
        wait_until(lambda: is_delivered(rows))  # noqa: B023
    assert not any(is_delivered([row]) for row in stuck)
    assert not Callback.objects.filter(pk__in=[row.pk for row in stuck], attempts__gt=0).exists(), (
        "all still hang"
    )
    per_host = {host: sum(each.host == host for each in hanging.arrived()) for host in hanging.hosts}
    most = FIRST_SLOTS * settings.CALLBACK_PROCESSES
    assert max(per_host.values()) <= most, "no host holds more than its first few slots"


def test_first_attempts_do_not_wait_behind_retries(
    credential: ApiCredential, dispatcher: Running, healthy: Receivers, hanging: Receivers
) -> None:
    """Neither behind those of other hosts that fill the retries' lane, nor behind those to the same host."""
    retries = fill(credential, hanging.urls + healthy.urls, 40 * (HANGING + HEALTHY))
    Callback.objects.filter(pk__in=[row.pk for row in retries], leased_until=None, status="pending").update(
        lane=Lane.AGAIN
    )
    rows = fill(credential, healthy.urls, HEALTHY * EVENTS_EACH)
    wait_until(lambda: is_delivered(rows))
    assert not is_delivered(retries)


def test_what_a_stopped_dispatcher_was_sending_is_on_record(
    credential: ApiCredential, dispatcher: Running, hanging: Receivers, stack: Stack
) -> None:
    """SIGTERM: what does not end soon is cut short, logged as unknown and due again; nothing stays leased."""
    rows = fill(credential, hanging.urls, HANGING)
    wait_until(lambda: len(hanging.arrived()) == HANGING)
    dispatcher.process.terminate()
    assert dispatcher.process.wait(timeout=60) == 0, dispatcher.err
    left = Callback.objects.filter(pk__in=[row.pk for row in rows])
    assert set(left.values_list("status", "leased_until", "attempts")) == {("pending", None, 1)}
    assert {row.logs.get().verdict for row in left} == {"unknown"}
