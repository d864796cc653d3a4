from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User

from orders.models import AccountKind, Asset, Callback, Merchant, Order, Payment
from orders.services import invariants, ledger, outcomes, resolving, settlement
from orders.services.resolving import NotResolvable
from orders.states import AttemptStatus, OrderStatus
from providers.base import InboundPayment, Kind, Progress, State
from tests.orders.conftest import ADDRESS, TXID, Place, Send


def told(now: datetime, **fields: object) -> InboundPayment:
    given = {"address": ADDRESS, "amount_micro": 100_290_000, "txid": TXID, "paid_at": now}
    return InboundPayment(**given | fields)  # type: ignore[arg-type]


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def test_the_exact_amount_settles_once(place: Place, send: Send, merchant: Merchant, now: datetime) -> None:
    order = place(kind=Kind.DEPOSIT)
    attempt = send(order)
    assert settlement.receive(attempt.pk, told(now), now=now) is not None
    assert settlement.receive(attempt.pk, told(now), now=now) is None
    assert fresh(order).status == OrderStatus.SUCCEEDED
    assert Payment.objects.get().order == order
    deposits = ledger.merchant_account(merchant, AccountKind.DEPOSITS, Asset.USDT)
    assert ledger.balance_of(deposits) == 100_290_000
    assert invariants.broken(now=now) == []


def test_another_amount_settles_nothing_and_calls_a_person(place: Place, send: Send, now: datetime) -> None:
    order = place(kind=Kind.DEPOSIT)
    attempt = send(order)
    settlement.receive(attempt.pk, told(now, amount_micro=100_000_000), now=now)
    assert fresh(order).status == OrderStatus.ATTENTION
    payment = Payment.objects.get()
    assert (payment.status, payment.order, payment.hinted_order) == ("unmatched", None, order)
    assert payment.reason == "0.29 USDT short: 100 was paid"
    suspense = ledger.house(AccountKind.SUSPENSE, Asset.USDT)
    assert ledger.balance_of(suspense) == 100_000_000
    assert settlement.receive(attempt.pk, told(now, txid="b" * 64), now=now), "the right one still settles"
    assert fresh(order).status == OrderStatus.SUCCEEDED
    assert invariants.broken(now=now) == []


def test_a_person_stays_called_when_the_placement_is_answered_after_a_wrong_payment(
    place: Place, send: Send, now: datetime
) -> None:
    order = place(kind=Kind.MONITOR)
    attempt = send(order)
    settlement.receive(attempt.pk, told(now, amount_micro=100_000_000), now=now)
    outcomes.apply(attempt.pk, Progress(state=State.PENDING), now=now)
    attempt.refresh_from_db()
    assert (attempt.status, fresh(order).status) == (AttemptStatus.ACCEPTED, OrderStatus.ATTENTION)


def test_a_second_payment_of_a_settled_order_is_unmatched(place: Place, send: Send, now: datetime) -> None:
    order = place(kind=Kind.MONITOR)
    attempt = send(order)
    settlement.receive(attempt.pk, told(now), now=now)
    second = settlement.receive(attempt.pk, told(now, txid="c" * 64), now=now)
    assert second is not None
    assert second.status == "unmatched"
    assert "ended already" in second.reason


def test_the_callback_tells_the_block_time(
    place: Place, send: Send, now: datetime, merchant: Merchant
) -> None:
    from orders.services import rotation

    credential = rotation.issue(merchant, "crossingpay", now=now).credential
    order = place(
        kind=Kind.MONITOR,
        callback_url="http://127.0.0.1:65535/cb",
        callback_format="crossingpay_v2a",
        credential=credential,
    )
    paid_at = now + timedelta(minutes=3)
    settlement.receive(send(order).pk, told(now, paid_at=paid_at), now=now + timedelta(minutes=5))
    facts = Callback.objects.get().payload
    assert facts["timestamp"] == str(int(paid_at.timestamp()))
    assert (facts["address"], facts["amount_micro"], facts["txid"]) == (ADDRESS, 100_290_000, TXID)


def test_a_person_settles_an_order_with_the_payment_reported_for_it(
    place: Place, send: Send, now: datetime, admin_user: User
) -> None:
    order = place(kind=Kind.DEPOSIT)
    attempt = send(order)
    settlement.receive(attempt.pk, told(now, amount_micro=100_000_000), now=now)
    resolving.resolve(
        order,
        executed=True,
        txid=TXID,
        reason="agreed with them",
        user=admin_user,
        now=now,
    )
    assert fresh(order).status == OrderStatus.SUCCEEDED
    assert Payment.objects.get().status == "matched"
    with pytest.raises(NotResolvable):
        resolving.resolve(
            order,
            executed=True,
            txid=TXID,
            reason="again",
            user=admin_user,
            now=now,
        )
    assert invariants.broken(now=now) == []
