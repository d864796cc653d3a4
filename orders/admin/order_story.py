"""One or two sentences: why an order is where it is, and what happens next if nobody does anything."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from orders.admin import formats
from orders.admin.formats import digits
from orders.models import Attempt, Order, TransferCode
from orders.sentences import read
from orders.services import fulfilment, ledger
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
        return str(self.attempt.account) if self.attempt else _("the provider")

    def at(self, moment: datetime | None) -> str:
        return formats.time_of(moment, self.now)


def story(chapter: Chapter) -> str:
    text = _TOLD[OrderStatus(chapter.order.status)](chapter)
    return " ".join(text.split())


def _new(c: Chapter) -> str:
    deadline = _("If nothing could be sent by %(deadline)s, it fails and the money is released.") % {
        "deadline": c.at(c.order.deadline_at)
    }
    if c.attempt is None:
        placed = _("Placed, its price is held, nothing was sent yet. A worker takes it within seconds.")
        return f"{placed} {deadline}"
    back = _(
        "Back in line: the try at %(account)s ended as %(status)s (%(reason)s). The next try starts at %(at)s."
    ) % {
        "account": c.account,
        "status": c.attempt.get_status_display(),
        "reason": read(c.attempt.reason) or _("no reason given"),
        "at": c.at(c.order.next_action_at),
    }
    return f"{back} {deadline}"


def _sending(c: Chapter) -> str:
    if c.attempt is None:
        return _("Being sent.")
    over = c.attempt.sent_at + timedelta(seconds=fulfilment.send_seconds())
    return _(
        "Being sent to %(account)s since %(sent_at)s. If no answer comes by %(over)s, it is "
        "looked up there; it is never sent twice."
    ) % {"account": c.account, "sent_at": c.at(c.attempt.sent_at), "over": c.at(over)}


def _unknown(c: Chapter) -> str:
    if c.attempt is None:
        return _("The outcome is unknown. The money stays held.")
    start = _("May have reached %(account)s; the outcome is unknown: %(reason)s.") % {
        "account": c.account,
        "reason": read(c.attempt.reason or c.order.reason),
    }
    if not _can_be_asked(c.attempt):
        repeated = _(
            "%(account)s has no look-up: the identical request is repeated, which is safe there, at most %(most)s "
            "times, then a person is called. The money stays held."
        ) % {"account": c.account, "most": fulfilment.MOST_REPEATS}
        return f"{start} {repeated}"
    lost = c.attempt.sent_at + timedelta(seconds=settings.LOOK_UP_GRACE_SECONDS)
    asked = _(
        "Looked up every %(seconds)s s. If %(account)s does not know it, asked twice, after %(lost)s, it counts as "
        "never arrived and the next account may try. The money stays held."
    ) % {"seconds": settings.POLL_SECONDS, "account": c.account, "lost": c.at(lost)}
    return f"{start} {asked}"


def _can_be_asked(attempt: Attempt) -> bool:
    return attempt.account.kind != ProviderKind.CROSSINGPAY or attempt.account.has_query


def _accepted(c: Chapter) -> str:
    return _(
        "%(account)s has accepted it and is executing it. Its callback ends this; it is also "
        "asked, next at %(next_at)s. Not done by %(deadline_at)s, a person is called and "
        "the money stays held."
    ) % {
        "account": c.account,
        "next_at": c.at(c.order.next_action_at),
        "deadline_at": c.at(c.order.deadline_at),
    }


def _waiting(c: Chapter) -> str:
    amount = digits(c.order.amount_micro or 0)
    if c.order.is_watched_by_us:
        return _(
            "Our own node watches for exactly %(amount)s USDT to this address until %(window_end)s, "
            "by block time. Unpaid, it expires once the chain is read past that. Any other amount "
            "settles nothing and waits in the queue of payments."
        ) % {"amount": amount, "window_end": c.at(c.order.window_end)}
    return _(
        "%(account)s watches for exactly %(amount)s USDT to this address until %(window_end)s. "
        "Any other amount settles nothing and calls a person, and so does silence after "
        "%(deadline_at)s."
    ) % {
        "account": c.account,
        "amount": amount,
        "window_end": c.at(c.order.window_end),
        "deadline_at": c.at(c.order.deadline_at),
    }


def _attention(c: Chapter) -> str:
    every = fulfilment.SLOW_SECONDS // 60
    return _(
        "A person must decide: %(reason)s. The money stays held. A late answer of %(account)s "
        "still settles it; it is asked every %(every)s minutes."
    ) % {"reason": read(c.order.reason) or _("see the timeline"), "account": c.account, "every": every}


def _succeeded(c: Chapter) -> str:
    values = {"at": c.at(c.order.finished_at), "price": digits(c.order.price_sun), "account": c.account}
    if c.order.is_payment:
        values["price"] = digits(ledger.fee_sun(c.order))
        return _("Paid, done at %(at)s; %(price)s TRX were charged.") % values
    return _("Executed by %(account)s, done at %(at)s; %(price)s TRX were charged.") % values


def _failed(c: Chapter) -> str:
    told = _("Failed at %(at)s: %(reason)s.") % {
        "at": c.at(c.order.finished_at),
        "reason": read(c.order.reason) or _("see the timeline"),
    }
    return f"{told} {_money_back(c.order)}"


def _money_back(order: Order) -> str:
    price = {"price": digits(order.price_sun)}
    if not order.price_sun:
        return ""
    if order.is_payment and order.transfers.filter(code=TransferCode.FEE_REFUND).exists():
        return _("The %(price)s TRX that it cost are paid back.") % price
    return _("The %(price)s TRX that were held are released.") % price


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
