"""Why is it not paid? Computed from cursor, window, amounts, tokens and receipts; nothing is stored."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from orders import matching, notation
from orders.models import Backfill, ChainCursor, Order, Payment, PaymentStatus, WatchedAddress
from orders.sentences import read
from orders.services import candidates
from orders.states import OrderStatus
from providers.base import PAYMENT_KINDS
from providers.errors import ProviderError
from providers.models import ProviderAccount
from providers.money import format_units
from providers.tron.node import TransactionFound
from providers.tron.pool import NodePool
from providers.tron.transfers import Transfer

TXID = re.compile("[0-9a-f]{64}")
AROUND = timedelta(days=1)
MOST_SEEN = 20
OF_NOBODY = {"merchant": None, "order": None, "hinted_order": None}
Mine = Sequence[int] | None  # merchants whose payments may be told of; None: all


@dataclass(frozen=True, slots=True)
class Seen:
    """A payment at the order's address, and why it did not settle this order (empty: it did, or would)."""

    payment: Payment
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`verdict`: one sentence. `points`: what it rests on. `seen`: of an order, likeliest first."""

    verdict: str
    points: tuple[str, ...] = ()
    seen: tuple[Seen, ...] = ()


def explain(order: Order, *, now: datetime, mine: Mine = None) -> Explanation:
    """Of a payment order."""
    seen = _seen(order, mine)
    return Explanation(verdict=_verdict(order, seen), points=tuple(_points(order, now)), seen=tuple(seen))


def _verdict(order: Order, seen: list[Seen]) -> str:
    payment = next((each.payment for each in seen if each.payment.order_id == order.pk), None)
    if payment is not None:
        return _("It is paid: transaction %(txid)s.") % {"txid": payment.txid}
    if not order.is_watched_by_us:
        return _("An upstream watches this order; our node does not look for it.")
    if order.status == OrderStatus.FAILED:
        return _("It has ended unpaid: %(why)s.") % {"why": read(order.reason) or _("see the timeline")}
    if seen:
        nearest = "; ".join(map(read, seen[0].reasons)) or _("it matches now")
        return _("Nothing that matches has arrived. Nearest: %(why)s.") % {"why": nearest}
    return _("Nothing has arrived at its address so far.")


def _told_to(mine: Mine) -> QuerySet[Payment]:
    """Who is limited to some merchants is told of theirs, and of those of nobody at an address where one of theirs
    waits or waited."""
    payments = Payment.objects.select_related("order", "hinted_order")
    if mine is None:
        return payments
    here = Order.objects.of_merchants(mine).filter(kind__in=PAYMENT_KINDS, address=OuterRef("address"))
    return payments.filter(
        (Q(**OF_NOBODY) & Exists(here)) | Q(pk__in=Payment.objects.of_merchants(mine).values("pk"))
    )


def _seen(order: Order, mine: Mine) -> list[Seen]:
    assert order.window_start is not None  # noqa: S101 - a CHECK constraint of payment orders
    assert order.window_end is not None  # noqa: S101
    around = (order.window_start - AROUND, order.window_end + AROUND)
    payments = _told_to(mine).filter(address=order.address, paid_at__range=around)
    found = [Seen(payment, _reasons(payment, order)) for payment in payments.order_by("-id")[:MOST_SEEN]]
    expects = order.amount_micro or 0
    return sorted(found, key=lambda each: (len(each.reasons), abs(each.payment.amount_micro - expects)))


def _reasons(payment: Payment, order: Order) -> tuple[str, ...]:
    if payment.order_id == order.pk:
        return ()
    told = candidates.reasons(payment, order)
    if payment.order is not None:
        return (*told, _("it settled order %(number)s") % {"number": payment.order.number})
    return (*told, _("a person dismissed it")) if payment.status == PaymentStatus.DISMISSED else told


def _points(order: Order, now: datetime) -> Iterator[str]:
    amount = notation.decimal(format_units(order.amount_micro or 0))
    yield _("It waits for exactly %(amount)s USDT, to the last digit.") % {"amount": amount}
    if order.window_start and now < order.window_start:
        yield _("Its window has not begun.")
    if order.is_watched_by_us:
        yield from _progress(order, now)


def _progress(order: Order, now: datetime) -> Iterator[str]:
    cursor = _cursor()
    if cursor is None or cursor.block_at is None:
        yield _("No block was read yet: the watcher has never run.")
        return
    behind = int((now - cursor.block_at).total_seconds())
    told = {"number": cursor.number, "seconds": notation.number(behind)}
    yield _("The chain is read up to block %(number)s, %(seconds)s s ago by its own clock.") % told
    if cursor.problem:
        yield _("Reading stands still: %(problem)s.") % {"problem": read(cursor.problem)}
    if order.watched_from is None:
        yield _("No block was matched against it yet; the next one will be.")
    reading = Backfill.objects.filter(order=order, finished_at=None).first()
    if reading is not None:
        told = {"done": notation.number(reading.done), "total": notation.number(reading.total)}
        yield _("Blocks from before its placement are being read: %(done)s of %(total)s.") % told
    if order.window_end and cursor.block_at <= order.window_end:
        yield _("What arrives before its end may still be in blocks to come: it can't expire yet.")


def _cursor() -> ChainCursor | None:
    return ChainCursor.objects.filter(network=settings.TRON_NETWORK).exclude(block_at=None).first()


def explain_txid(
    txid: str, nodes: NodePool, *, now: datetime, order: Order | None = None, mine: Mine = None
) -> Explanation:
    """What became of a transaction, and why it did not settle `order`, a payment order. Asks a node when we don't know
    it, so never inside a transaction."""
    txid = txid.strip().lower().removeprefix("0x")
    if not TXID.fullmatch(txid):
        return Explanation(verdict=_("This is no transaction hash: 64 hex digits are needed."))
    of_txid = _of(txid)
    payments = list(_told_to(mine).filter(of_txid))
    if not payments and Payment.objects.filter(of_txid).exists():
        return Explanation(verdict=_("We know it: it is of no merchant whose payments you may see."))
    if payments:
        seen = tuple(Seen(payment, _why(payment, order, mine)) for payment in payments)
        return Explanation(verdict=_("We know it: %(fate)s.") % {"fate": _fate(payments[0], mine)}, seen=seen)
    try:
        found = nodes.transaction(txid)
    except ProviderError as error:
        told = {"error": error}
        return Explanation(verdict=_("We don't know it, and no node could be asked: %(error)s.") % told)
    return _from_chain(found, order)


def _of(txid: str) -> Q:
    """With the accounts named, so that the index on account and txid serves."""
    accounts = list(ProviderAccount.objects.values_list("pk", flat=True))
    return Q(account__in=accounts, txid=txid) | Q(account=None, txid=txid)


def _why(payment: Payment, order: Order | None, mine: Mine) -> tuple[str, ...]:
    if order is not None:
        return _reasons(payment, order)
    reason = _stored_reason(payment, mine)
    return (reason,) if reason else ()


def _fate(payment: Payment, mine: Mine) -> str:
    if payment.order is not None:
        return _("it settled order %(number)s") % {"number": payment.order.number}
    word, reason = payment.get_status_display(), _stored_reason(payment, mine)
    return f"{word}, {reason}" if reason else word


def _stored_reason(payment: Payment, mine: Mine) -> str:
    """That of one of nobody may name the order of another merchant who waits at the same address."""
    is_of_nobody = all(getattr(payment, f"{name}_id") is None for name in OF_NOBODY)
    return "" if is_of_nobody and mine is not None else read(payment.reason)


def _from_chain(found: TransactionFound | None, order: Order | None) -> Explanation:
    if found is None:
        wait = _(
            "A transaction is solidified about a minute after it is in a block; one of another network never."
        )
        return Explanation(verdict=_("The node knows no such solidified transaction."), points=(wait,))
    block = _("It is in block %(number)s.") % {"number": found.number}
    if found.succeeded is False:
        return Explanation(verdict=_("It has failed on chain: no money moved."), points=(block,))
    if not found.transfers:
        token = _("TRX, another token or a look-alike of USDT settles no order.")
        return Explanation(verdict=_("It moved no USDT."), points=(block, token))
    points = [block, *(_transfer(each) for each in found.transfers)]
    if order is None:
        verdict = _("It moved USDT, but to no address that we watched then.")
        return Explanation(verdict=verdict, points=tuple(points))
    return Explanation(verdict=_against(found, order), points=tuple(points))


def _against(found: TransactionFound, order: Order) -> str:
    """Of the transfer that comes nearest to the order."""
    arrived = [
        matching.Arrived(
            address=candidates.text_of(each.receiver), asset=each.asset, amount=each.amount, paid_at=found.at
        )
        for each in found.transfers
    ]
    reasons = min((candidates.reasons_of(each, order) for each in arrived), key=len)
    if reasons:
        return _("It does not settle this order: %(why)s.") % {"why": "; ".join(reasons)}
    cursor = _cursor()
    told = {"number": found.number, "cursor": cursor.number if cursor else _("none")}
    if cursor and cursor.number and found.number <= cursor.number:
        return _("It fits this order and was not booked: have block %(number)s read again.") % told
    return _("It fits this order: the chain is read up to block %(cursor)s, and soon to it.") % told


def _transfer(transfer: Transfer) -> str:
    told = {
        "amount": notation.decimal(format_units(transfer.amount)),
        "receiver": candidates.text_of(transfer.receiver),
    }
    row = WatchedAddress.objects.filter(hex=transfer.receiver).first()
    if row is None:
        return _("%(amount)s USDT to %(receiver)s: nobody waits there") % told
    cursor = _cursor()
    told["cursor"] = str(cursor.number) if cursor else _("none")
    return _("%(amount)s USDT to %(receiver)s: watched; the chain is read up to block %(cursor)s") % told
