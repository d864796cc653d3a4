"""What the books make of payments of upstreams and of orders that were paid twice by turns."""

from collections.abc import Callable

from django.contrib.auth.models import User

from orders.models import (
    Attempt,
    Custody,
    Merchant,
    Order,
    Payment,
    PaymentStatus,
)
from orders.services import (
    arrivals,
    attaching,
    invariants,
    ledger,
    resolving,
    reversing,
    settlement,
    timeline,
    wallets,
)
from orders.states import AttemptStatus, OrderStatus
from providers.base import InboundPayment, Kind
from providers.tron import addresses
from providers.tron.transfers import Transfer
from tests.orders.admin.reversals.conftest import reread
from tests.orders.conftest import NOW, Place

TXID = "ab" * 32


def test_what_a_person_decided_of_an_upstreams_order_returns_to_suspense(
    place: Place, send: Callable[..., Attempt], merchant: Merchant, user: User
) -> None:
    """Entered by hand with its hash; from then on it is known as reported for this order."""
    order = place(kind=Kind.DEPOSIT)
    unknown(order, send(order))
    resolving.resolve(order, executed=True, txid=TXID, reason="seen there", user=user, now=NOW)
    payment = Payment.objects.get(order=order)
    assert ledger.deposits_micro(merchant) == order.amount_micro
    reversing.reverse(payment, reason="not ours", user=user, now=NOW)
    assert ledger.deposits_micro(merchant) == 0
    payment = reread(payment)
    assert (payment.status, payment.hinted_order) == (PaymentStatus.UNMATCHED, order)
    assert invariants.broken(now=NOW) == []
    order.refresh_from_db()
    attaching.attach(payment, order, reason="ours after all", user=user, now=NOW)
    assert ledger.deposits_micro(merchant) == order.amount_micro
    assert invariants.broken(now=NOW) == []


def unknown(order: Order, attempt: Attempt) -> None:
    timeline.move_attempt(attempt, AttemptStatus.UNKNOWN, now=NOW)
    order.refresh_from_db()
    timeline.move_order(order, OrderStatus.UNKNOWN, "no answer", now=NOW, next_action_at=NOW)


def test_what_was_reported_for_another_kind_of_order_is_booked_again(
    place: Place, send: Callable[..., Attempt], merchant: Merchant, user: User
) -> None:
    monitor = place(kind=Kind.MONITOR, amount_micro=5_000_000)
    attempt = send(monitor)
    reported = InboundPayment(txid=TXID, address=monitor.address, amount_micro=7_000_000, paid_at=NOW)
    settlement.receive(attempt.pk, reported, now=NOW)
    order = place(kind=Kind.DEPOSIT, amount_micro=7_000_000, address=monitor.address)
    unknown(order, send(order, attempt.account))
    resolving.resolve(order, executed=True, txid=TXID, reason="seen", user=user, now=NOW)
    payment = Payment.objects.get(order=order)
    reversing.reverse(payment, reason="not", user=user, now=NOW)
    order.refresh_from_db()
    attaching.attach(reread(payment), order, reason="ours", user=user, now=NOW)
    assert ledger.deposits_micro(merchant) == 7_000_000
    assert invariants.broken(now=NOW) == []


def test_an_order_taken_back_from_an_upstream_and_paid_into_our_wallet(
    place: Place, send: Callable[..., Attempt], merchant: Merchant, user: User
) -> None:
    order = place(kind=Kind.DEPOSIT)
    unknown(order, send(order))
    wallets.add_wallet(merchant, address=order.address, label="", custody=Custody.OURS, now=NOW)
    resolving.resolve(order, executed=True, txid=TXID, reason="seen", user=user, now=NOW)
    reversing.reverse(Payment.objects.get(order=order), reason="not", user=user, now=NOW)
    amount = (order.amount_micro or 0) + 5
    sent = Transfer("cd" * 32, 0, "USDT", "41" + "11" * 20, addresses.to_hex(order.address), amount)
    arrivals.book([sent], number=7, at=NOW, now=NOW)
    order.refresh_from_db()
    attaching.attach(Payment.objects.get(txid="cd" * 32), order, reason="ours", user=user, now=NOW)
    assert invariants.broken(now=NOW) == []
