"""One or two sentences: whether the merchant was told; if not, why not, and what happens next by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from orders.admin import formats
from orders.models import Callback, CallbackFormat, CallbackHost, CallbackLog, Circuit, Direction, Order
from orders.models.callbacks import verdict_words
from orders.sentences import read
from orders.services import delivery, waiting
from orders.states import FINAL_ORDER, CallbackStatus

LATE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Chapter:
    """`last`: the latest try. `host`: None when nothing was sent there yet."""

    callback: Callback
    last: CallbackLog | None
    host: CallbackHost | None
    now: datetime

    @property
    def why(self) -> str:
        """How the latest try ended."""
        if self.last is None:
            return _("nothing on record")
        if self.last.status is not None:
            return _("HTTP %(status)s") % {"status": self.last.status}
        return read(self.last.note) or verdict_words(self.last.verdict)

    def at(self, moment: datetime | None) -> str:
        return formats.time_of(moment, self.now)


def story(order: Order, callback: Callback | None, *, now: datetime) -> str:
    if callback is None:
        return _of_none(order)
    return _of_revoked(callback, now) if delivery.is_revoked(callback) else of_callback(callback, now=now)


def _of_revoked(callback: Callback, now: datetime) -> str:
    """The last one told of a success that a person has taken back since."""
    if callback.delivered_at is not None:
        at = formats.time_of(callback.delivered_at, now)
        return _("The merchant was told at %(at)s that it had succeeded, and not that it failed.") % {
            "at": at
        }
    if callback.attempts:
        return _("The merchant may have been told that it had succeeded, and was not told that it failed.")
    return _("The merchant was told neither that it had succeeded nor that it failed.")


def _of_none(order: Order) -> str:
    if order.callback_format == CallbackFormat.NONE:
        return _("No callback is wanted.")
    if order.status not in FINAL_ORDER:
        return _("The merchant is told when it ends.")
    return _(
        "There is no callback for this end: in this format failures are told only to merchants who ask for it."
    )


def of_callback(callback: Callback, *, now: datetime) -> str:
    tries = callback.logs.filter(direction=Direction.OUT)
    host = CallbackHost.objects.filter(host=callback.host).first()
    return _TOLD[CallbackStatus(callback.status)](Chapter(callback, tries.first(), host, now))


def _pending(c: Chapter) -> str:
    row, due = c.callback, c.callback.next_attempt_at
    if row.leased_until is not None and row.leased_until > c.now:
        told = {"number": row.attempts + 1, "host": row.host}
        return _("Try %(number)s of the callback is on its way to %(host)s.") % told
    if c.host is not None and c.host.circuit != Circuit.CLOSED:
        return _paused(c, c.host)
    if due is not None and due > c.now:
        return _later(c)
    if due is not None and due < c.now - LATE:
        return _(
            "The callback is due since %(at)s, and no dispatcher has taken it: look whether one runs."
        ) % {"at": c.at(due)}
    return _("The callback is due, and is sent within seconds.")


def _paused(c: Chapter, host: CallbackHost) -> str:
    told = {"host": host.host, "failures": host.failures, "error": read(host.last_error) or c.why}
    if host.circuit == Circuit.PROBING or host.probe_at is None:
        return (
            _(
                "The callback waits: %(host)s failed %(failures)s times in a row (%(error)s), and one callback"
                " is trying it now."
            )
            % told
        )
    return _(
        "The callback waits: %(host)s failed %(failures)s times in a row (%(error)s). One callback tries it"
        " at %(at)s; when that succeeds, the others follow."
    ) % (told | {"at": c.at(host.probe_at)})


def _later(c: Chapter) -> str:
    told = {"number": c.callback.attempts, "why": c.why, "at": c.at(c.callback.next_attempt_at)}
    if not c.callback.attempts:
        return _("The callback is sent at %(at)s.") % told
    return _("Try %(number)s of the callback failed: %(why)s. The next one is at %(at)s.") % told


def _no_credential(c: Chapter) -> str:
    if waiting.is_unreadable(c.callback, now=c.now):
        return _(
            "The callback waits for a key that can be opened: the encryption ring is not the one it was"
            " sealed with."
        )
    return _("The callback waits for a key: the merchant has none alive that signs this format.")


def _delivered(c: Chapter) -> str:
    told = {"at": c.at(c.callback.delivered_at), "host": c.callback.host, "number": c.callback.attempts}
    return _("The merchant was told at %(at)s: %(host)s took it at try %(number)s.") % told


def _exhausted(c: Chapter) -> str:
    told = {"number": c.callback.attempts, "why": c.why}
    if not c.callback.is_retried:
        return (
            _(
                "The callback was given up: try %(number)s failed (%(why)s), and this merchant wants no"
                " automatic retry. It can be resent."
            )
            % told
        )
    return _("The callback was given up: try %(number)s was the last (%(why)s). It can be resent.") % told


def _cancelled(c: Chapter) -> str:
    return _("The callback is cancelled.")


_TOLD: dict[CallbackStatus, Callable[[Chapter], str]] = {
    CallbackStatus.PENDING: _pending,
    CallbackStatus.NO_CREDENTIAL: _no_credential,
    CallbackStatus.DELIVERED: _delivered,
    CallbackStatus.EXHAUSTED: _exhausted,
    CallbackStatus.CANCELLED: _cancelled,
}
