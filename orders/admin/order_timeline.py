"""Everything that happened to one order in one line of time, newest first. Each entry links to its raw record."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.contrib.auth.models import User
from django.db.models import TextChoices
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders import notation
from orders.admin import audit_words, badges, formats
from orders.models import AuditEntry, CallbackLog, Direction, Order, OrderEvent, Payment, Transfer
from orders.models.callbacks import verdict_words
from orders.sentences import read
from orders.states import OrderStatus
from providers.models import ProviderCall

MOST_ACTS = 100


class Kind(TextChoices):
    STATE = "state", _("States")
    CALL = "call", _("Provider calls")
    CALLBACK = "callback", _("Callbacks")
    PAYMENT = "payment", _("Payments")
    MONEY = "money", _("Money")
    STAFF = "staff", _("Staff")


@dataclass(frozen=True, slots=True)
class Entry:
    """`row`: what it tells of; linked where it has a page. `by`: a person, or empty."""

    at: datetime
    kind: Kind
    words: str
    row: Any
    mark: SafeString | str = ""
    by: str = ""
    url: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    is_alarm: bool = False


def entries(facts: dict[str, Any], user: User) -> list[Entry]:
    """Of what the page has read already, and the staff's acts for who may read the trail."""
    told: list[Entry] = [
        *map(_event, facts["events"]),
        *map(_call, facts["calls"]),
        *(_try(log) for callback in facts["callbacks"] for log in callback.logs.all()),
        *map(_try, facts["told"]),
        *map(_payment, facts["payments"]),
        *map(_transfer, facts["transfers"]),
        *_acts(facts["order"], user),
    ]
    # What shares a moment keeps the order it was written in; the last written comes first.
    told.sort(key=lambda entry: entry.row.pk, reverse=True)
    return sorted(told, key=attrgetter("at"), reverse=True)


def shown(told: Iterable[Entry], kind: str) -> list[Entry]:
    """Of one kind; of all for a kind that is none."""
    return [entry for entry in told if kind not in Kind.values or entry.kind == kind]


def _event(event: OrderEvent) -> Entry:
    return Entry(
        at=event.created_at,
        kind=Kind.STAFF if event.actor else Kind.STATE,
        words=read(event.text),
        row=event,
        mark=_moved(event) if event.new_status else "",
        by=str(event.actor or ""),
        facts=event.data,
        is_alarm=event.is_alarm,
    )


def _moved(event: OrderEvent) -> str:
    """Two statuses, in words where they are still statuses."""
    words = dict(OrderStatus.choices)
    return " → ".join(str(words.get(status, status)) for status in (event.old_status, event.new_status))


def _call(call: ProviderCall) -> Entry:
    words = gettext("%(account)s: %(purpose)s, %(duration_ms)s ms. %(error)s") % {
        "account": call.account,
        "purpose": call.purpose,
        "duration_ms": notation.number(call.duration_ms),
        "error": read(call.error),
    }
    return Entry(
        call.created_at, Kind.CALL, words, call, badges.http_status(call.status), url=formats.page_of(call)
    )


def _try(log: CallbackLog) -> Entry:
    if log.direction == Direction.OUT:
        words = gettext("try %(number)s to %(host)s: %(verdict)s, %(ms)s ms") % {
            "number": log.attempt_number,
            "host": log.host,
            "verdict": verdict_words(log.verdict),
            "ms": formats.number(log.duration_ms),
        }
        mark = badges.http_status(log.status)
    else:
        words = gettext("%(account)s called back") % {"account": log.account or gettext("a provider")}
        mark = badges.verdict(log)
    return Entry(log.created_at, Kind.CALLBACK, words, log, mark, url=formats.page_of(log))


def _payment(payment: Payment) -> Entry:
    words = gettext("%(amount)s %(asset)s arrived. %(reason)s") % {
        "amount": formats.digits(payment.amount_micro),
        "asset": payment.asset,
        "reason": read(payment.reason),
    }
    return Entry(
        payment.paid_at, Kind.PAYMENT, words, payment, badges.state(payment), url=formats.page_of(payment)
    )


def _transfer(transfer: Transfer) -> Entry:
    words = f"{transfer.get_code_display()}: {transfer.debit} → {transfer.credit}"
    amount = formats.money(transfer.amount, transfer.debit.asset)
    return Entry(transfer.created_at, Kind.MONEY, words, transfer, amount, url=formats.page_of(transfer))


def _acts(order: Order, user: User) -> Iterator[Entry]:
    """Those of the trail, refusals as well; a change that staff made tells of itself besides."""
    if not user.has_perm("orders.view_auditentry"):
        return
    trail = AuditEntry.objects.visible_to(user).filter(
        object_type=order._meta.label_lower, object_id=str(order.pk)
    )
    for act in trail.select_related("user")[:MOST_ACTS]:
        mark = formats.badge(gettext("refused"), "danger") if act.refused else ""
        yield Entry(
            act.created_at,
            Kind.STAFF,
            audit_words.words(act.act),
            act,
            mark,
            by=str(act.user or ""),
            url=formats.page_of(act),
        )
