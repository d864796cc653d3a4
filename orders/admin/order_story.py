"""One or two sentences: why an order is where it is, and what happens next if nobody does anything."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from orders.admin import formats
from orders.admin.formats import digits
from orders.models import Attempt, Order
from orders.services import fulfilment
from orders.states import OrderStatus
from providers.models import ProviderKind


@dataclass(frozen=True, slots=True)
class Chapter:
    """What a story is told from. `attempt` is the last one."""

    order: Order
    attempt: Attempt | None
    now: datetime

    @property
    def account(self) -> str:
        return str(self.attempt.account) if self.attempt else "the provider"

    def at(self, moment: datetime | None) -> str:
        return formats.time_of(moment, self.now)


def story(chapter: Chapter) -> str:
    text = _TOLD[OrderStatus(chapter.order.status)](chapter)
    return " ".join(text.split())


def _new(c: Chapter) -> str:
    deadline = f"If nothing could be sent by {c.at(c.order.deadline_at)}, it fails and the money is released."
    if c.attempt is None:
        return (
            f"Placed, its price is held, nothing was sent yet. A worker takes it within seconds. {deadline}"
        )
    return f"""Back in line: the try at {c.account} ended as {c.attempt.get_status_display()}
        ({c.attempt.reason or "no reason given"}). The next try starts at {c.at(c.order.next_action_at)}. {deadline}"""


def _sending(c: Chapter) -> str:
    if c.attempt is None:
        return "Being sent."
    over = c.attempt.sent_at + timedelta(seconds=fulfilment.send_seconds())
    return f"""Being sent to {c.account} since {c.at(c.attempt.sent_at)}. If no answer comes by {c.at(over)},
        it is looked up there; it is never sent twice."""


def _unknown(c: Chapter) -> str:
    if c.attempt is None:
        return "The outcome is unknown. The money stays held."
    start = f"May have reached {c.account}; the outcome is unknown: {c.attempt.reason or c.order.reason}."
    if not _can_be_asked(c.attempt):
        return f"""{start} {c.account} has no look-up: the identical request is repeated, which is safe there, at most
            {fulfilment.MOST_REPEATS} times, then a person is called. The money stays held."""
    lost = c.attempt.sent_at + timedelta(seconds=settings.LOOK_UP_GRACE_SECONDS)
    return f"""{start} Looked up every {settings.POLL_SECONDS} s. If {c.account} does not know it, asked twice, after
        {c.at(lost)}, it counts as never arrived and the next account may try. The money stays held."""


def _can_be_asked(attempt: Attempt) -> bool:
    return attempt.account.kind != ProviderKind.CROSSINGPAY or attempt.account.has_query


def _accepted(c: Chapter) -> str:
    return f"""{c.account} has accepted it and is executing it. Its callback ends this; it is also asked, next at
        {c.at(c.order.next_action_at)}. Not done by {c.at(c.order.deadline_at)}, a person is called and the money
        stays held."""


def _waiting(c: Chapter) -> str:
    amount = digits(c.order.amount_micro or 0)
    if c.order.is_watched_by_us:
        return f"""Our own node watches for exactly {amount} USDT to this address until {c.at(c.order.window_end)}, by
            block time. Unpaid, it expires once the chain is read past that. Any other amount settles nothing and waits
            in the queue of payments."""
    return f"""{c.account} watches for exactly {amount} USDT to this address until {c.at(c.order.window_end)}. Any other
        amount settles nothing and calls a person, and so does silence after {c.at(c.order.deadline_at)}."""


def _attention(c: Chapter) -> str:
    every = fulfilment.SLOW_SECONDS // 60
    return f"""A person must decide: {c.order.reason or "see the timeline"}. The money stays held. A late answer of
        {c.account} still settles it; it is asked every {every} minutes."""


def _succeeded(c: Chapter) -> str:
    what = "Paid" if c.order.is_payment else f"Executed by {c.account}"
    return f"""{what}, done at {c.at(c.order.finished_at)}; {digits(c.order.price_sun)} TRX were charged."""


def _failed(c: Chapter) -> str:
    return f"""Failed at {c.at(c.order.finished_at)}: {c.order.reason or "see the timeline"}. The
        {digits(c.order.price_sun)} TRX that were held are released."""


_TOLD: dict[OrderStatus, Callable[[Chapter], str]] = {
    OrderStatus.NEW: _new,
    OrderStatus.SENDING: _sending,
    OrderStatus.UNKNOWN: _unknown,
    OrderStatus.ACCEPTED: _accepted,
    OrderStatus.WAITING: _waiting,
    OrderStatus.ATTENTION: _attention,
    OrderStatus.SUCCEEDED: _succeeded,
    OrderStatus.FAILED: _failed,
}
