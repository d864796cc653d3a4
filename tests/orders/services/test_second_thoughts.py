"""News that comes late, twice or from the wrong side: what a review of the money path found, one test each."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django_q.models import OrmQ

from orders.models import Approval, Attempt, Order, Payment
from orders.services import approvals, fulfilment, invariants, ledger, outcomes, settlement, timeline
from orders.services.approved_acts import NotDecidable
from orders.states import AttemptStatus, OrderStatus
from providers.base import InboundPayment, Kind, Progress, State
from tests.orders.conftest import ADDRESS, NOW, TXID, MakeAccount, Place, Send


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def paid(txid: str = TXID) -> InboundPayment:
    return InboundPayment(address=ADDRESS, amount_micro=100_290_000, txid=txid, paid_at=NOW)


def test_a_cost_that_is_told_after_the_success_is_booked(place: Place, send: Send, now: datetime) -> None:
    attempt = send(place())
    outcomes.apply(attempt.pk, Progress(state=State.SUCCEEDED, txid=TXID), now=now)
    outcomes.apply(attempt.pk, Progress(state=State.PENDING, cost_sun=6_000_000), now=now)
    outcomes.apply(attempt.pk, Progress(state=State.PENDING, cost_sun=6_000_000), now=now)
    assert ledger.balance_of(ledger.provider_ledger(attempt.account)) == 6_000_000
    assert invariants.broken(now=now) == []


def test_a_task_whose_claim_has_passed_does_nothing(
    place: Place, make_account: MakeAccount, now: datetime
) -> None:
    make_account("tronzap")
    order = place()
    OrmQ.objects.all().delete()
    late = now + timedelta(seconds=31)
    later = late + timedelta(seconds=31)
    assert fulfilment.enqueue_due(now=late) == 1
    stale = OrmQ.objects.get().task["args"]
    assert fulfilment.enqueue_due(now=later) == 1
    fulfilment.advance(*stale, clock=lambda: later)
    assert not Attempt.objects.exists()
    wanted = OrmQ.objects.latest("id").task["args"]
    fulfilment.advance(*wanted, clock=lambda: later)
    assert Attempt.objects.get().order == order


def test_a_payment_told_after_never_arrived_settles_and_ends_the_other_attempt(
    place: Place, send: Send, make_account: MakeAccount, now: datetime
) -> None:
    order = place(kind=Kind.MONITOR)
    first = send(order)
    timeline.move_attempt(first, AttemptStatus.UNKNOWN, now=now)
    timeline.move_attempt(first, AttemptStatus.NEVER_ARRIVED, now=now)
    timeline.move_order(order, OrderStatus.NEW, "never arrived", now=now, next_action_at=now)
    second = send(order, make_account("crossingpay", label="second"))
    outcomes.apply(second.pk, Progress(state=State.PENDING), now=now)
    assert settlement.receive(first.pk, paid(), now=now) is not None
    assert fresh(order).status == OrderStatus.SUCCEEDED
    second.refresh_from_db()
    assert second.status == AttemptStatus.WRITTEN_OFF
    assert not outcomes.apply(second.pk, Progress(state=State.FAILED), now=now)
    assert invariants.broken(now=now) == []


def test_a_payment_told_while_the_order_is_new_again_settles_it(
    place: Place, send: Send, now: datetime
) -> None:
    order = place(kind=Kind.MONITOR)
    attempt = send(order)
    timeline.move_attempt(attempt, AttemptStatus.UNKNOWN, now=now)
    timeline.move_attempt(attempt, AttemptStatus.NEVER_ARRIVED, now=now)
    timeline.move_order(order, OrderStatus.NEW, "never arrived", now=now, next_action_at=now)
    assert settlement.receive(attempt.pk, paid(), now=now) is not None
    assert fresh(order).status == OrderStatus.SUCCEEDED
    assert invariants.broken(now=now) == []


def test_one_transaction_told_for_two_orders_calls_a_person(place: Place, send: Send, now: datetime) -> None:
    first = place(kind=Kind.MONITOR)
    attempt = send(first)
    later = {"window_start": now + timedelta(hours=1, seconds=1), "window_end": now + timedelta(hours=2)}
    second = place(kind=Kind.MONITOR, **later)
    other = send(second, attempt.account)
    settlement.receive(attempt.pk, paid(), now=now)
    assert settlement.receive(other.pk, paid(), now=now) is None
    assert fresh(second).status == OrderStatus.ATTENTION
    assert first.number in fresh(second).reason
    assert Payment.objects.count() == 1


def test_a_decision_is_bound_to_the_attempt_it_was_asked_for(
    place: Place, send: Send, make_account: MakeAccount, now: datetime, admin_user: User
) -> None:
    asker = User.objects.create(username="asker")
    order = place()
    attempt = send(order)
    fulfilment._unknown(attempt, "no answer", now=now)
    approvals.propose_resolve(
        fresh(order), executed=False, txid="", reason="they say no", user=asker, now=now
    )
    attempt.refresh_from_db()
    timeline.move_attempt(attempt, AttemptStatus.NEVER_ARRIVED, now=now)
    order = fresh(order)
    timeline.move_order(order, OrderStatus.NEW, "never arrived", now=now, next_action_at=now)
    fulfilment._unknown(send(order, make_account("itrx", label="second")), "no answer", now=now)
    with pytest.raises(NotDecidable, match="sent again"):
        approvals.grant(Approval.objects.get(), user=admin_user, note="", now=now)
    assert fresh(order).status == OrderStatus.UNKNOWN


def test_proof_that_nothing_was_sent_counts_after_the_sender_was_thought_dead(
    place: Place, send: Send, now: datetime
) -> None:
    order = place()
    attempt = send(order)
    fulfilment._unknown(attempt, "thought dead", now=now)
    fulfilment._give_back(attempt, AttemptStatus.UNAVAILABLE, "nothing was sent", now=now)
    assert fresh(order).status == OrderStatus.NEW
    assert Attempt.objects.get().status == AttemptStatus.UNAVAILABLE
