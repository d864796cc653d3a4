"""Finding orders by any number or hash staff may hold, with indexed look-ups only."""

import re
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from orders.models import Attempt, Order, Payment
from providers.models import ProviderAccount

SERIAL_DIGITS = 32
LEAST_SERIAL_PREFIX = 6
TXID = re.compile(r"[0-9a-f]{64}", re.ASCII)
HEX = re.compile(r"[0-9a-f]+", re.ASCII)
BARE_ID = re.compile(r"\d{1,18}", re.ASCII)  # below 2^63
ORDER_NUMBER = re.compile(r"(\d{8})(\d{10,18})", re.ASCII)
MOST_HITS = 200


def matching(term: str) -> Q:
    """Exact, but for the serial, of which six characters are enough. An empty term matches nothing."""
    term = term.strip()
    if not term:
        return Q(pk__in=[])
    lowered = term.lower().removeprefix("0x")
    if TXID.fullmatch(lowered):
        return Q(pk__in=_by_transaction(lowered))
    found = Q(external_id=term) | Q(address=term) | Q(pk__in=_by_attempt(term, lowered))
    if HEX.fullmatch(lowered) and LEAST_SERIAL_PREFIX <= len(lowered) <= SERIAL_DIGITS:
        found |= Q(serial__gte=lowered, serial__lt=f"{lowered}g")  # a prefix by range uses the plain index
    number = by_number(term)
    return found if number is None else found | number


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


def _by_attempt(term: str, lowered: str) -> set[int]:
    """By the upstream's id or our request id."""
    hits = Attempt.objects.filter(Q(upstream_id=term) | Q(request_id=lowered))
    return set(hits.values_list("order_id", flat=True)[:MOST_HITS])


def _by_transaction(txid: str) -> set[int]:
    attempts = Attempt.objects.filter(txid=txid).values_list("order_id", flat=True)[:MOST_HITS]
    # Named accounts, so that the index on account and txid serves.
    accounts = list(ProviderAccount.objects.values_list("pk", flat=True))
    payments = Payment.objects.filter(Q(account__in=accounts) | Q(account=None), txid=txid)
    pairs = payments.values_list("order_id", "hinted_order_id")[:MOST_HITS]
    return {pk for pk in [*attempts, *(each for pair in pairs for each in pair)] if pk is not None}
