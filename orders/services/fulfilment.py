"""Driving an order to its end through provider calls.

`advance` looks at where the order is and does the next thing; it may be called any number of times, in any number of
processes, and killed anywhere. The row's `next_action_at` says when it is due; `enqueue_due` finds rows past it. What
must never happen twice (a purchase) is guarded by the conditional move new → sending and by one live attempt per
order, a database constraint. An attempt found `sending` is looked up, never sent again.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction

from orders.models import Attempt, Order
from orders.services import accounts, outcomes, queue, routing, settlement, timeline
from orders.services.closing import finish
from orders.services.requests import purchase_request
from orders.states import LIVE_ATTEMPT, AttemptStatus, OrderStatus
from providers import registry
from providers.base import InboundPayment, ProviderClient
from providers.errors import OutcomeUnknown, ProviderMisconfigured, ProviderRejected, ProviderUnavailable
from providers.keyring import SecretUnreadable
from providers.models import Health

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_REPEATS = 3
MOST_BACKOFF_SECONDS = 60
SLOW_SECONDS = 300  # how often an order that waits for a person still listens
SEND_MARGIN_SECONDS = 10


def enqueue_due(*, now: datetime, size: int = 200) -> int:
    """Claim rows past their time and enqueue a task for each; returns how many. Safe to run anywhere, at any rate."""
    due = Order.objects.filter(next_action_at__lte=now).order_by("next_action_at")
    count = 0
    for pk, due_at in list(due.values_list("pk", "next_action_at")[:size]):
        with transaction.atomic():
            until = now + timedelta(seconds=settings.CLAIM_SECONDS)
            claimed = Order.objects.filter(pk=pk, next_action_at=due_at).update(next_action_at=until)
            if claimed:
                queue.enqueue("orders.tasks.advance", pk, _stamp(until))
                count += 1
    return count


def _stamp(moment: datetime) -> int:
    """Microseconds since 1970: what a task carries of its claim."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def make_due(order: Order, *, now: datetime) -> None:
    """Look at an open order now: there is news that only the upstream can tell in full."""
    with transaction.atomic():
        if Order.objects.filter(pk=order.pk, next_action_at__isnull=False).update(next_action_at=now):
            queue.enqueue("orders.tasks.advance", order.pk)


def advance(order_id: int, claim: int = 0, *, clock: Clock) -> None:
    """One step: send, recover, look up or poll. At most one provider call.

    `claim`: the stamp of the sweep that enqueued it. When the row has moved on, or was claimed again because this
    task waited too long in the queue, there is nothing to do: a slow queue must not multiply calls."""
    order = Order.objects.get(pk=order_id)
    if claim and (order.next_action_at is None or _stamp(order.next_action_at) != claim):
        return
    if order.status == OrderStatus.NEW:
        if attempt := _begin(order_id, now=clock()):
            _send(attempt, clock=clock)
        return
    live = Attempt.objects.filter(order=order, status__in=LIVE_ATTEMPT).select_related("account").first()
    if live is None:
        slow = clock() + timedelta(seconds=SLOW_SECONDS)
        waiting = Order.objects.filter(pk=order.pk, status=OrderStatus.ATTENTION)
        waiting.update(next_action_at=slow)  # only a person moves it; no need to look again soon
        return
    live.order = order
    if live.status == AttemptStatus.SENDING:
        if _send_is_over(live, now=clock()):
            _unknown(live, "the process that sent it ended before the answer", now=clock())
        return
    _past_deadline(live, now=clock())
    _look_up(live, clock=clock)


def send_seconds() -> int:
    """After this long a purchase that has not come back is over, one way or the other."""
    return settings.PROVIDER_CONNECT_SECONDS + settings.PROVIDER_TOTAL_SECONDS + SEND_MARGIN_SECONDS


def _send_is_over(attempt: Attempt, *, now: datetime) -> bool:
    return now >= attempt.sent_at + timedelta(seconds=send_seconds())


# --- sending ---------------------------------------------------------------------------------------------------


def _begin(order_id: int, *, now: datetime) -> Attempt | None:
    """Choose an account and store the attempt with its request id, before anything is sent."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        if order.status != OrderStatus.NEW:
            return None
        if now >= order.deadline_at:
            _end_unsent(order, "nothing was sent before the deadline", now=now)
            return None
        accounts_left = routing.candidates(order, now=now)
        if not accounts_left:
            _nobody_takes(order, now=now)
            return None
        attempt = Attempt.objects.create(order=order, account=accounts_left[0], sent_at=now)
        timeline.move_order(
            order,
            OrderStatus.SENDING,
            f"sending to {attempt.account}",
            now=now,
            next_action_at=now + timedelta(seconds=send_seconds()),
            data={"request_id": attempt.request_id},
        )
        return attempt


def _end_unsent(order: Order, text: str, *, now: datetime) -> None:
    """A resource order fails and releases. Of a payment order nobody knows whether it was paid: a person decides."""
    if order.is_payment:
        text = f"{text}: nobody watched its address"
        timeline.move_order(
            order,
            OrderStatus.ATTENTION,
            text,
            now=now,
            reason=text,
            next_action_at=now + timedelta(seconds=SLOW_SECONDS),
            is_alarm=True,
        )
    else:
        finish(order, OrderStatus.FAILED, text, now=now, reason=text)


def _nobody_takes(order: Order, *, now: datetime) -> None:
    """A resource order ends. A payment order waits for somebody who watches: an account may be added in time."""
    text = "no provider account can take it"
    if not order.is_payment or order.account_choice_id is not None:
        _end_unsent(order, text, now=now)
        return
    if not order.events.filter(code="unwatched").exists():
        timeline.record(order, "unwatched", "no provider account can take it yet: it waits", now=now)
    again = min(now + timedelta(seconds=MOST_BACKOFF_SECONDS), order.deadline_at)
    Order.objects.filter(pk=order.pk, status=OrderStatus.NEW).update(next_action_at=again)


def _send(attempt: Attempt, *, clock: Clock) -> None:
    """The spending call, outside any transaction, and what its end means (DESIGN section 6)."""
    account = attempt.account
    try:
        progress = _client(attempt, clock).purchase(purchase_request(attempt))
    except OutcomeUnknown as error:
        accounts.mark(account, Health.FAILING, str(error), now=clock())
        _unknown(attempt, str(error), now=clock())
    except ProviderRejected as error:
        accounts.mark(account, Health.HEALTHY, now=clock())
        _give_back(attempt, AttemptStatus.REFUSED, f"{account} refused: {error}", now=clock())
    except ProviderUnavailable as error:
        accounts.mark(account, Health.FAILING, str(error), now=clock())
        _give_back(attempt, AttemptStatus.UNAVAILABLE, f"nothing was sent to {account}: {error}", now=clock())
    except (ProviderMisconfigured, SecretUnreadable) as error:
        accounts.mark(account, Health.MISCONFIGURED, str(error), now=clock())
        text = f"{account} is misconfigured and set aside: {error}"
        _give_back(attempt, AttemptStatus.REFUSED, text, now=clock(), is_alarm=True)
    else:
        accounts.mark(account, Health.HEALTHY, now=clock())
        accounts.note_balance(account, progress.balance_sun, now=clock())
        outcomes.apply(attempt.pk, progress, now=clock())


def _client(attempt: Attempt, clock: Clock) -> ProviderClient:
    return registry.client_for(attempt.account, now=clock())


def _unknown(attempt: Attempt, reason: str, *, now: datetime) -> None:
    with transaction.atomic():
        attempt, order = outcomes.locked(attempt.pk)
        if attempt.status != AttemptStatus.SENDING:
            return
        timeline.move_attempt(attempt, AttemptStatus.UNKNOWN, now=now, reason=reason)
        if order.status != OrderStatus.SENDING:
            return  # other news has called a person already
        text = f"may have reached {attempt.account}, outcome unknown: {reason}"
        soon = now + timedelta(seconds=settings.POLL_SECONDS)
        timeline.move_order(order, OrderStatus.UNKNOWN, text, now=now, next_action_at=soon, reason=reason)


def _give_back(
    attempt: Attempt, to: AttemptStatus, text: str, *, now: datetime, is_alarm: bool = False
) -> None:
    """The attempt did not happen: the order is new again and the next account may try."""
    with transaction.atomic():
        attempt, order = outcomes.locked(attempt.pk)
        if attempt.status not in {AttemptStatus.SENDING, AttemptStatus.UNKNOWN} or _has_arrived(order):
            return
        timeline.move_attempt(attempt, to, now=now, reason=text)
        wait = 0 if to == AttemptStatus.REFUSED else _backoff(order)
        timeline.move_order(
            order,
            OrderStatus.NEW,
            text,
            now=now,
            next_action_at=now + timedelta(seconds=wait),
            is_alarm=is_alarm,
        )
        if not wait:
            queue.enqueue("orders.tasks.advance", order.pk)


def _has_arrived(order: Order) -> bool:
    """A payment told at the attempt's own callback URL proves that the upstream knows it, and a person was called."""
    return order.is_payment and order.reported_payments.exists()


def _backoff(order: Order) -> int:
    """Nothing while accounts are left that were not tried; then 2, 4, 8 … seconds."""
    tried = set(order.attempts.values_list("account_id", flat=True))
    if any(account.pk not in tried for account in routing.candidates(order, now=order.created_at)):
        return 0
    return int(min(MOST_BACKOFF_SECONDS, 2 ** min(order.attempts.count(), 6)))


# --- finding out -----------------------------------------------------------------------------------------------


def _past_deadline(attempt: Attempt, *, now: datetime) -> None:
    """An order that may have been sent never fails by the clock: its money stays held and a person is called."""
    order = attempt.order
    if now < order.deadline_at or order.status == OrderStatus.ATTENTION:
        return
    with transaction.atomic():
        attempt, order = outcomes.locked(attempt.pk)
        if attempt.status not in LIVE_ATTEMPT or order.status == OrderStatus.ATTENTION:
            return
        silent = (
            "its window has ended and the upstream is silent" if order.is_payment else "past its deadline"
        )
        timeline.move_order(
            order, OrderStatus.ATTENTION, silent, now=now, reason=silent, next_action_at=now, is_alarm=True
        )


def _look_up(attempt: Attempt, *, clock: Clock) -> None:
    """Ask the upstream, or where it can't be asked repeat the identical placement if its contract allows it."""
    _schedule_next(attempt, now=clock())
    try:
        client = _client(attempt, clock)
        if client.can_look_up:
            found = client.look_up(attempt.request_id, upstream_id=attempt.upstream_id)
        elif attempt.status == AttemptStatus.UNKNOWN:
            _repeat(attempt, client, clock=clock)
            return
        else:
            return
    except (ProviderMisconfigured, SecretUnreadable) as error:
        accounts.mark(attempt.account, Health.MISCONFIGURED, str(error), now=clock())
    except (ProviderUnavailable, ProviderRejected, OutcomeUnknown) as error:
        logger.info("look-up of %s failed: %s", attempt.request_id, error)
    else:
        if (
            attempt.account.health != Health.MISCONFIGURED
        ):  # a read may need no signature, so it proves no secret
            accounts.mark(attempt.account, Health.HEALTHY, now=clock())
        if found is None:
            _not_found(attempt, now=clock())
        elif isinstance(found, InboundPayment):
            settlement.receive(attempt.pk, found, now=clock())
        else:
            outcomes.apply(attempt.pk, found, now=clock())


def _schedule_next(attempt: Attempt, *, now: datetime) -> None:
    """Before the call, so that a call that never returns costs no more than its turn."""
    order = Order.objects.get(pk=attempt.order_id)
    at = outcomes.next_poll(order, now)
    if order.status == OrderStatus.ATTENTION:
        at = now + timedelta(seconds=SLOW_SECONDS)
    elif order.status == OrderStatus.UNKNOWN:
        at = now + timedelta(seconds=settings.POLL_SECONDS)
    elif order.is_payment and order.status == OrderStatus.WAITING:
        at = min(max(at, now + timedelta(seconds=settings.POLL_SECONDS)), max(order.deadline_at, now))
    Order.objects.filter(pk=order.pk, status=order.status).update(next_action_at=at)
    Attempt.objects.filter(pk=attempt.pk).update(polls=attempt.polls + 1)


def _repeat(attempt: Attempt, client: ProviderClient, *, clock: Clock) -> None:
    """Only where repeating the identical request is safe by contract (CrossingPay: same order_id, same answer)."""
    if not client.repeats_safely or attempt.sends >= MOST_REPEATS:
        _call_person(attempt, "the upstream has no query and its answer was lost", now=clock())
        return
    counted = Attempt.objects.filter(pk=attempt.pk, sends=attempt.sends, status=AttemptStatus.UNKNOWN).update(
        sends=attempt.sends + 1
    )
    if not counted:
        return
    try:
        progress = client.purchase(purchase_request(attempt))
    except ProviderRejected as error:
        # A no to the repeat says nothing about the first request, which may stand.
        _call_person(attempt, f"{attempt.account} refused the repeat: {error}", now=clock())
    else:
        outcomes.apply(attempt.pk, progress, now=clock())


def _call_person(attempt: Attempt, reason: str, *, now: datetime) -> None:
    with transaction.atomic():
        _, order = outcomes.locked(attempt.pk)
        if order.status == OrderStatus.UNKNOWN:
            slow = now + timedelta(seconds=SLOW_SECONDS)
            timeline.move_order(
                order,
                OrderStatus.ATTENTION,
                reason,
                now=now,
                reason=reason,
                next_action_at=slow,
                is_alarm=True,
            )


def _not_found(attempt: Attempt, *, now: datetime) -> None:
    """Two documented not-found answers past the grace, a moment apart, mean that it never arrived. One that was
    accepted before is never given up like that: it stays open until its deadline calls a person."""
    grace = timedelta(seconds=settings.LOOK_UP_GRACE_SECONDS)
    with transaction.atomic():
        attempt, order = outcomes.locked(attempt.pk)
        if attempt.status != AttemptStatus.UNKNOWN or now < attempt.sent_at + grace or _has_arrived(order):
            return
        first_at = attempt.first_not_found_at
        if first_at is None or now < first_at + timedelta(seconds=1):
            Attempt.objects.filter(pk=attempt.pk, first_not_found_at=None).update(
                first_not_found_at=now, not_found_count=1
            )
            return
        text = f"{attempt.account} does not know it, asked twice: it never arrived"
        timeline.move_attempt(attempt, AttemptStatus.NEVER_ARRIVED, now=now, not_found_count=2, reason=text)
        timeline.move_order(order, OrderStatus.NEW, text, now=now, next_action_at=now)
