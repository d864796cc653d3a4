"""Circuit breakers of receiving hosts, shared by all dispatchers through CallbackHost.

    closed ──failures in a row──▶ open ──its time has come──▶ probing ──any answer but 5xx──▶ closed
                                   ▲                              │
                                   └──────────failure─────────────┘

While it is open, events wait and use up no attempts. A probe is one event, sent by the dispatcher that wins the move
to probing; one that dies with it is followed by another at `probe_at`. A dispatcher that wins it and finds no event
to send, for another holds the last one, gives it back.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from orders.models import Callback, CallbackHost, Circuit
from orders.services.dispatching.claiming import PARKED, lease_seconds
from orders.states import CallbackStatus

FAILURES_TO_OPEN = 5
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=10)
# A host that always answers is written to so often, not with each answer.
SUCCESS_GRAIN = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Sign:
    """What one try told about its host. `is_alive`: it answered, and not with 5xx. `error`: "" when alive."""

    host: str
    at: datetime
    is_alive: bool
    is_delivered: bool
    error: str = ""


def blocked() -> set[str]:
    """Hosts whose events wait: open, or being tried."""
    return set(CallbackHost.objects.exclude(circuit=Circuit.CLOSED).values_list("host", flat=True))


def take_probes(*, now: datetime) -> list[str]:
    """Hosts that may be tried, have something waiting, and are the caller's to try: one event each."""
    waiting = Callback.objects.filter(
        # Also one whose lease has run out: what died with it may have been the last probe.
        Q(leased_until=None) | Q(leased_until__lte=now),
        host=OuterRef("host"),
        status=CallbackStatus.PENDING,
        next_attempt_at__lte=now,
        claimable_at__lte=now + PARKED,
    )
    ready = CallbackHost.objects.exclude(circuit=Circuit.CLOSED).filter(probe_at__lte=now)
    won = []
    for row in ready.filter(Exists(waiting)):
        mine = CallbackHost.objects.filter(pk=row.pk, circuit=row.circuit, probe_at=row.probe_at)
        if mine.update(circuit=Circuit.PROBING, probe_at=_probe_end(now)):
            won.append(row.host)
    return won


def give_back_probes(hosts: Collection[str], *, now: datetime) -> None:
    """Hosts won by `take_probes` at `now` and not tried after all: anyone may try them at once."""
    mine = CallbackHost.objects.filter(host__in=hosts, circuit=Circuit.PROBING, probe_at=_probe_end(now))
    mine.update(circuit=Circuit.OPEN, probe_at=now)


def _probe_end(now: datetime) -> datetime:
    return now + timedelta(seconds=lease_seconds())


def record(signs: Sequence[Sign]) -> None:
    """Within the transaction that records the tries. Rows are locked in one order, so that no two wait crosswise."""
    by_host: dict[str, list[Sign]] = {}
    for sign in signs:
        by_host.setdefault(sign.host, []).append(sign)
    known = _rows(by_host)
    if missing := by_host.keys() - known.keys():
        CallbackHost.objects.bulk_create(
            [CallbackHost(host=host) for host in sorted(missing)], ignore_conflicts=True
        )
        known = _rows(by_host)
    changing = [host for host, row in known.items() if _changes(row, by_host[host])]
    locked = CallbackHost.objects.select_for_update().filter(host__in=changing).order_by("host")
    for row in locked:
        for sign in by_host[row.host]:
            _apply(row, sign)
        row.save()


def _rows(hosts: Mapping[str, object]) -> dict[str, CallbackHost]:
    return {row.host: row for row in CallbackHost.objects.filter(host__in=hosts)}


def _changes(row: CallbackHost, signs: Sequence[Sign]) -> bool:
    if row.circuit != Circuit.CLOSED or row.failures or not all(each.is_delivered for each in signs):
        return True
    return row.last_success_at is None or signs[-1].at >= row.last_success_at + SUCCESS_GRAIN


def _apply(row: CallbackHost, sign: Sign) -> None:
    if sign.is_delivered:
        row.last_success_at = sign.at
    else:
        row.last_failure_at, row.last_error = sign.at, sign.error[:255]
    if sign.is_alive:
        row.failures, row.circuit, row.opened_at, row.probe_at = 0, Circuit.CLOSED, None, None
        return
    row.failures += 1
    if row.circuit == Circuit.PROBING or (row.circuit == Circuit.CLOSED and row.failures >= FAILURES_TO_OPEN):
        row.circuit = Circuit.OPEN
        row.opened_at = row.opened_at or sign.at
        row.probe_at = sign.at + _pause(sign.at - row.opened_at)


def _pause(open_for: timedelta) -> timedelta:
    """As long as it has been open, within bounds: the pauses double."""
    return max(FIRST_PAUSE, min(open_for, LONGEST_PAUSE))
