"""Orders that a payment in the queue may have been meant for, with the reasons why each did not match."""

from dataclasses import dataclass

from orders import matching
from orders.models import Order, Payment
from orders.states import FINAL_ORDER, OrderStatus
from providers.base import PAYMENT_KINDS
from providers.tron.addresses import from_hex

MOST = 20
# Words of a stored reason, by what is wrong; matching.py and this module write them.
PHRASES: dict[str, tuple[str, ...]] = {
    "short": (" USDT short: ",),
    "over": (" USDT over: ",),
    "early": (" before the order's window",),
    "late": (" after the order's window",),
    "token": (", the order waits for USDT",),
    "closed": ("another payment settled it", "it had ended: ", " had ended already: "),
    "several": (" orders wait for exactly this",),
    "nobody": ("no order waits at this address",),
}


@dataclass(frozen=True, slots=True)
class Likely:
    order: Order
    reasons: tuple[str, ...]


def text_of(address_hex: str) -> str:
    return from_hex(address_hex)


def candidate(order: Order) -> matching.Candidate:
    """Of a payment order."""
    assert order.amount_micro is not None  # noqa: S101 - a CHECK constraint of payment orders
    assert order.window_start is not None  # noqa: S101
    assert order.window_end is not None  # noqa: S101
    expected = matching.Expected(
        address=order.address,
        amount_micro=order.amount_micro,
        start_at=order.window_start,
        end_at=order.window_end,
    )
    return matching.Candidate(key=order.pk, expected=expected, closed=_closed(order))


def _closed(order: Order) -> str:
    if order.status == OrderStatus.SUCCEEDED:
        return "another payment settled it"
    if order.status in FINAL_ORDER:
        return f"it had ended: {order.reason or order.get_status_display()}"
    return ""


def arrived(payment: Payment) -> matching.Arrived:
    return matching.Arrived(
        address=payment.address,
        asset=payment.asset,
        amount=payment.amount_micro,
        paid_at=payment.paid_at,
    )


def ranked(payment: Payment) -> list[Likely]:
    """Likeliest first, at most MOST: orders that expect this amount here at any time, and the newest of the address."""
    here = Order.objects.filter(kind__in=PAYMENT_KINDS, address=payment.address).order_by("-id")
    here = here.select_related("merchant")
    found = {order.pk: order for order in here[:MOST]}
    found |= {order.pk: order for order in here.filter(amount_micro=payment.amount_micro)[:MOST]}
    told = matching.rank([candidate(order) for order in found.values()], arrived(payment))
    return [Likely(found[each.key], each.reasons) for each in told[:MOST]]


def reasons(payment: Payment, order: Order) -> tuple[str, ...]:
    """Why this payment does not settle this order; empty when it would."""
    return reasons_of(arrived(payment), order)


def reasons_of(transfer: matching.Arrived, order: Order) -> tuple[str, ...]:
    return matching.rank([candidate(order)], transfer)[0].reasons


def short_reason(payment: Payment) -> str:
    """One line for the queue: of the likeliest order."""
    likely = ranked(payment)
    if not likely:
        return "no order waits at this address"
    first = likely[0]
    return f"order {first.order.number}: {'; '.join(first.reasons) or 'it matches now'}"[:255]
