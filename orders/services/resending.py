"""Resending many callbacks: a job with the fixed set of its items, which workers take turns at.

A turn looks at what became of the callbacks sent before, then sends each host a second's worth more; it may be killed
anywhere and repeated, for an item and its callback move in one transaction. What is sent goes through the outbox like
any retry, so a paused host simply keeps its share waiting. `failed` means the first try: the schedule goes on with it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import islice

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from orders import notation, states
from orders.models import Callback, ItemState, ResendItem, ResendJob
from orders.services import audit, delivery, queue
from orders.states import CallbackStatus, ResendStatus

MOST_ITEMS = 100_000
BATCH = 2_000
TURN = timedelta(seconds=1)
IDLE_TURN = timedelta(seconds=5)  # while there is nothing but answers to wait for
LEASE = timedelta(seconds=30)  # after it, a turn that was killed is taken by another worker
LONGEST_TURN = timedelta(seconds=5)
UNANSWERED_SECONDS = 3  # a host has at most so many seconds' worth unanswered
RESENDABLE = [old for old, targets in states.CALLBACK.items() if CallbackStatus.PENDING in targets]
FIRST_TRY_FAILED = Q(callback__status__in=[CallbackStatus.EXHAUSTED, CallbackStatus.NO_CREDENTIAL]) | Q(
    callback__status=CallbackStatus.PENDING, callback__round_attempts__gt=0
)

Clock = Callable[[], datetime]
Counts = Mapping[str, Counter[str]]


class NotResendable(Exception):
    """There is nothing to resend, or too much for one job."""


def resendable(callbacks: QuerySet[Callback]) -> QuerySet[Callback]:
    """Those of them a job takes. A test callback is nothing to be repeated in bulk."""
    return callbacks.filter(status__in=RESENDABLE, is_test=False)


def start(
    callbacks: QuerySet[Callback],
    *,
    user: User,
    reason: str,
    filters: Mapping[str, str],
    pace: int,
    stop_after: int | None,
    now: datetime,
) -> ResendJob:
    """A job for every one of them that can be resent. Raises NotResendable."""
    chosen = resendable(callbacks).order_by("pk").values_list("pk", "host")
    with transaction.atomic():
        job = ResendJob.objects.create(
            reason=reason,
            filters=dict(filters),
            total=0,
            pace=pace,
            stop_after=stop_after,
            created_by=user,
            created_at=now,
            due_at=now,
        )
        job.total = _take_items(job, chosen)
        job.save(update_fields=["total"])
        facts = {"reason": reason, "filters": job.filters, "count": job.total, "pace": pace}
        audit.record("resend_job.start", user=user, now=now, target=job, after=facts)
        queue.enqueue("orders.tasks.advance_resend_job", job.pk)
    return job


def _take_items(job: ResendJob, chosen: QuerySet[Callback, tuple[int, str]]) -> int:
    rows = chosen[: MOST_ITEMS + 1].iterator(chunk_size=BATCH)
    count = 0
    while batch := [ResendItem(job=job, callback_id=pk, host=host) for pk, host in islice(rows, BATCH)]:
        ResendItem.objects.bulk_create(batch)
        count += len(batch)
    if count > MOST_ITEMS:
        raise NotResendable(
            format_lazy(_("more than {most} match; narrow the filter"), most=notation.number_lazy(MOST_ITEMS))
        )
    if not count:
        raise NotResendable(_("none of them can be resent"))
    return count


# --- what staff do with a job ------------------------------------------------------------------------------------


def pause(job: ResendJob, *, user: User, now: datetime) -> bool:
    """False, as of its siblings: it is not in a state for that, or somebody else moved it first."""
    return _ordered(job, ResendStatus.PAUSED, "pause", user=user, now=now)


def resume(job: ResendJob, *, user: User, now: datetime) -> bool:
    failed = job.items.filter(state=ItemState.FAILED).count()
    fields = {"forgiven": failed, "note": "", "due_at": now}
    return _ordered(job, ResendStatus.RUNNING, "resume", user=user, now=now, **fields)


def cancel(job: ResendJob, *, user: User, now: datetime) -> bool:
    """What was sent stays sent; its answers are still counted."""
    fields = {"finished_at": now, "due_at": now}
    return _ordered(job, ResendStatus.CANCELLED, "cancel", user=user, now=now, **fields)


def _ordered(
    job: ResendJob, to: ResendStatus, act: str, *, user: User, now: datetime, **fields: object
) -> bool:
    if to not in states.RESEND_JOB[job.status]:
        return False
    old = job.status
    with transaction.atomic():
        if not _move(job, to, **fields):
            return False
        before, after = {"status": old}, {"status": str(to)}
        audit.record(f"resend_job.{act}", user=user, now=now, target=job, before=before, after=after)
    return True


def _move(job: ResendJob, to: ResendStatus, **fields: object) -> bool:
    states.check(states.RESEND_JOB, job.status, to)
    fields["status"] = to
    if not ResendJob.objects.filter(pk=job.pk, status=job.status).update(**fields):
        return False
    for name, value in fields.items():
        setattr(job, name, value)
    return True


# --- turns -------------------------------------------------------------------------------------------------------


def enqueue_due(*, now: datetime, size: int = 20) -> int:
    """Claim the jobs whose turn it is and enqueue a task for each; returns how many. Safe to run at any rate."""
    due = ResendJob.objects.filter(due_at__lte=now).order_by("due_at")
    count = 0
    for pk, due_at in list(due.values_list("pk", "due_at")[:size]):
        with transaction.atomic():
            if ResendJob.objects.filter(pk=pk, due_at=due_at).update(due_at=now + LEASE):
                queue.enqueue("orders.tasks.advance_resend_job", pk)
                count += 1
    return count


def advance(job_id: int, *, clock: Clock) -> None:
    """One turn; nothing when the last one began less than a second ago, however often it is called."""
    began = clock()
    rested = Q(turn_at=None) | Q(turn_at__lte=began - TURN)
    turn = ResendJob.objects.filter(rested, pk=job_id, due_at__isnull=False)
    if not turn.update(turn_at=began, due_at=began + LEASE):
        return
    job = ResendJob.objects.select_related("created_by").get(pk=job_id)
    settled = _settle(job)
    hosts = counts(job)
    total = sum(hosts.values(), Counter[str]())
    sent: Counter[str] = Counter()
    if job.status == ResendStatus.RUNNING and not _pause_at_failures(job, total[ItemState.FAILED]):
        sent = _send(job, hosts, clock=clock)
    total[ItemState.WAITING] -= sent.total()
    total[ItemState.SENT] += sent[ItemState.SENT]
    _end_turn(job, total, busy=bool(settled or sent), began=began, now=clock())


def counts(job: ResendJob) -> Counts:
    """Items by host and state."""
    hosts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for host, state, count in job.items.order_by().values_list("host", "state").annotate(Count("pk")):
        hosts[host][state] = count
    return hosts


def _settle(job: ResendJob) -> int:
    """What became of those sent before; also of those whose first try failed and a later one did not."""
    sent = job.items.filter(state=ItemState.SENT)
    failed = sent.filter(FIRST_TRY_FAILED).update(state=ItemState.FAILED)
    open_items = job.items.filter(state__in=[ItemState.SENT, ItemState.FAILED])
    delivered = open_items.filter(callback__status=CallbackStatus.DELIVERED)
    return failed + delivered.update(state=ItemState.DELIVERED)


def _pause_at_failures(job: ResendJob, failed: int) -> bool:
    if job.stop_after is None or failed - job.forgiven < job.stop_after:
        return False
    return _move(job, ResendStatus.PAUSED, note=f"paused by itself: {failed} first tries have failed")


def _send(job: ResendJob, hosts: Counts, *, clock: Clock) -> Counter[str]:
    """A second's worth to each host, those with the fewest unanswered first."""
    done: Counter[str] = Counter()
    until = clock() + LONGEST_TURN
    for host in sorted(hosts, key=lambda host: hosts[host][ItemState.SENT]):
        room = UNANSWERED_SECONDS * job.pace - hosts[host][ItemState.SENT]
        if not hosts[host][ItemState.WAITING] or room <= 0:
            continue
        waiting = job.items.filter(host=host, state=ItemState.WAITING).order_by("id")
        for item in waiting.select_related("callback")[: min(job.pace, room)]:
            now = clock()
            if now > until:
                return done
            if state := _send_one(job, item, now=now):
                done[state] += 1
    return done


def _send_one(job: ResendJob, item: ResendItem, *, now: datetime) -> ItemState | None:
    """None: the job was stopped, or another worker had it."""
    with transaction.atomic():
        mine = ResendItem.objects.filter(
            pk=item.pk, state=ItemState.WAITING, job__status=ResendStatus.RUNNING
        )
        if not mine.update(state=ItemState.SENT, sent_at=now):
            return None
        reason = f"{job.reason} ({job})"
        if delivery.resend(item.callback, user=job.created_by, reason=reason, now=now):
            return ItemState.SENT
        note = "it was on its way already, or is cancelled"
        ResendItem.objects.filter(pk=item.pk).update(state=ItemState.SKIPPED, note=note)
        return ItemState.SKIPPED


def _end_turn(job: ResendJob, total: Counter[str], *, busy: bool, began: datetime, now: datetime) -> None:
    unanswered = total[ItemState.SENT] > 0
    if job.status == ResendStatus.RUNNING and not unanswered and not total[ItemState.WAITING]:
        _move(job, ResendStatus.DONE, finished_at=now, due_at=None)
        return
    due_at = None
    if unanswered or job.status == ResendStatus.RUNNING:
        due_at = began + (TURN if busy else IDLE_TURN)
    # Conditional: who paused, resumed or cancelled it meanwhile has set a time of his own.
    ResendJob.objects.filter(pk=job.pk, status=job.status).update(due_at=due_at)
