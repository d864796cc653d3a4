"""Finding orders by any number or hash staff may hold, with indexed look-ups only."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders import notation
from orders.models import Attempt, Callback, Order, Payment
from providers.models import ProviderAccount
from providers.tron.addresses import from_hex, is_address

SERIAL_DIGITS = 32
LEAST_SERIAL_PREFIX = 6
TXID = re.compile(r"[0-9a-f]{64}", re.ASCII)
HEX = re.compile(r"[0-9a-f]+", re.ASCII)
BARE_ID = re.compile(r"\d{1,18}", re.ASCII)  # below 2^63
ORDER_NUMBER = re.compile(r"(\d{8})(\d{10,18})", re.ASCII)
LEAST_NUMBER_PREFIX = 4
EVENT_PREFIXES = ("evt_", "test_")
MOST_CHARACTERS = 255
MOST_HITS = 200


class Way(NamedTuple):
    """One thing that a term may be of an order. `what`: how staff call it."""

    what: Promise
    condition: Q


def matching(term: str) -> Q:
    """All ways in one condition. An empty term matches nothing."""
    found = Q(pk__in=[])
    for _what, condition in ways(term):
        found |= condition
    return found


def ways(term: str) -> list[Way]:
    """Exact, but for serial and merchant's number, of which a beginning is enough."""
    term = term.strip().replace("\0", "")
    lowered = term.lower().removeprefix("0x")
    if not term or len(term) > MOST_CHARACTERS:
        return []
    if TXID.fullmatch(lowered):
        return _of_transaction(lowered)
    if address := as_address(term):
        return _of_address(address)
    if term.startswith(EVENT_PREFIXES):
        orders = Callback.objects.filter(event_id=term).values_list("order_id", flat=True)
        return [Way(_("webhook id"), _among(orders))]
    attempts = Attempt.objects.all()
    upstream_ids = attempts.filter(upstream_id=term).values_list("order_id", flat=True)
    request_ids = attempts.filter(request_id=lowered).values_list("order_id", flat=True)
    found = [
        Way(_("merchant's number"), _by_external_id(term)),
        Way(_("upstream's number"), _among(upstream_ids)),
        Way(_("our request id at the upstream"), _among(request_ids)),
    ]
    if (number := by_number(term)) is not None:
        found.insert(0, Way(_("order number"), number))
    if HEX.fullmatch(lowered) and LEAST_SERIAL_PREFIX <= len(lowered) <= SERIAL_DIGITS:
        # A prefix by range uses the plain index.
        found.append(Way(_("serial"), Q(serial__gte=lowered, serial__lt=f"{lowered}g")))
    if amounts := as_amounts(term):
        found.append(Way(_("amount awaited"), Q(amount_micro__in=amounts)))
    return found


def as_address(term: str) -> str:
    """Base58 text of an address in either writing; empty for anything else."""
    try:
        return from_hex(term.removeprefix("0x"))
    except ValueError:
        return term if is_address(term) else ""


def as_amounts(term: str) -> list[int]:
    """In the smallest unit, of `1,234.5` or `1 234,5` with or without `USDT`: looking for both that `1,234` can mean
    does no harm."""
    return [amount for amount in notation.readings(term.upper().removesuffix("USDT")) if amount]


def by_number(term: str) -> Q | None:
    """Of the order's number (date and id) or the bare id; None when it looks like neither."""
    term = term.strip().removeprefix("#")
    if full := ORDER_NUMBER.fullmatch(term):
        return _on_day(full[1]) & Q(pk=int(full[2]))
    if BARE_ID.fullmatch(term):
        return Q(pk=int(term))
    return None


def of_order_or_host(term: str) -> Q:
    """Of callbacks and their log: an order's number, or the host exactly."""
    number = by_number(term)
    return Q(host=term.strip()) if number is None else Q(order__in=Order.objects.filter(number))


def _on_day(digits: str) -> Q:
    """The number carries the UTC date."""
    try:
        day = datetime.strptime(digits, "%Y%m%d").replace(tzinfo=UTC)
        return Q(created_at__gte=day, created_at__lt=day + timedelta(days=1))
    except (ValueError, OverflowError):
        return Q(pk__in=[])


def _by_external_id(term: str) -> Q:
    """Its own query without an order: the planner would else walk all orders backwards for a rare beginning."""
    if len(term) < LEAST_NUMBER_PREFIX:
        return Q(external_id=term)
    return _among(Order.objects.order_by().filter(external_id__startswith=term).values_list("pk", flat=True))


def _among(orders: QuerySet[Any, int | None]) -> Q:
    return Q(pk__in={pk for pk in orders.order_by()[:MOST_HITS] if pk is not None})


def _of_address(address: str) -> list[Way]:
    paid = Payment.objects.filter(from_address=address, order__isnull=False)
    return [
        Way(_("address"), Q(address=address)),
        Way(_("address that the USDT goes to"), Q(to_address=address)),
        Way(_("payer's address"), _among(paid.values_list("order_id", flat=True))),
    ]


def _of_transaction(txid: str) -> list[Way]:
    hashes = Q(txid=txid) | Q(active_hash=txid) | Q(bandwidth_hash=txid)
    sold = Attempt.objects.filter(hashes).values_list("order_id", flat=True)
    pairs = payments_of(txid).values_list("order_id", "hinted_order_id")[:MOST_HITS]
    paid = {pk for pair in pairs for pk in pair if pk is not None}
    return [Way(_("transaction of the upstream"), _among(sold)), Way(_("payment"), Q(pk__in=paid))]


def payments_of(txid: str) -> QuerySet[Payment]:
    # Named accounts, so that the index on account and txid serves.
    accounts = list(ProviderAccount.objects.values_list("pk", flat=True))
    return Payment.objects.filter(Q(account__in=accounts) | Q(account=None), txid=txid)
