"""News from upstreams, in every order and twice."""

from datetime import datetime

import pytest
from django.contrib.auth.models import User

from orders.models import Attempt, Callback, Merchant, Order
from orders.services import fulfilment, invariants, ledger, outcomes, resolving
from orders.states import AttemptStatus, OrderStatus
from providers.base import Progress, State
from tests.orders.conftest import OTHER_ADDRESS, TXID, MakeAccount, Place, Send

ACCEPTED = Progress(state=State.PENDING, upstream_id="up-1", cost_sun=6_000_000)
DONE = Progress(state=State.SUCCEEDED, upstream_id="up-1", cost_sun=6_000_000, txid=TXID)


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def test_accepted_then_done_charges_once(place: Place, send: Send, merchant: Merchant, now: datetime) -> None:
    order = place()
    attempt = send(order)
    assert outcomes.apply(attempt.pk, ACCEPTED, now=now)
    assert fresh(order).status == OrderStatus.ACCEPTED
    assert outcomes.apply(attempt.pk, DONE, now=now)
    for repeat in (DONE, ACCEPTED, Progress(state=State.FAILED)):
        assert not outcomes.apply(attempt.pk, repeat, now=now)
    order = fresh(order)
    assert order.status == OrderStatus.SUCCEEDED
    assert ledger.available_sun(merchant) == 1_000_000_000 - 6_500_000
    assert ledger.balance_of(ledger.provider_ledger(attempt.account)) == 6_000_000
    assert Attempt.objects.get().txid == TXID
    assert invariants.broken(now=now) == []


def test_done_at_once_needs_no_acceptance(place: Place, send: Send, now: datetime) -> None:
    order = place()
    assert outcomes.apply(send(order).pk, DONE, now=now)
    assert fresh(order).status == OrderStatus.SUCCEEDED


def test_a_full_refund_frees_the_order_for_the_next_account(place: Place, send: Send, now: datetime) -> None:
    order = place()
    attempt = send(order)
    outcomes.apply(attempt.pk, ACCEPTED, now=now)
    outcomes.apply(attempt.pk, Progress(state=State.FAILED, refund_sun=6_000_000), now=now)
    assert fresh(order).status == OrderStatus.NEW
    assert Attempt.objects.get().status == AttemptStatus.REFUNDED
    assert ledger.balance_of(ledger.provider_ledger(attempt.account)) == 0
    assert invariants.broken(now=now) == []


@pytest.mark.parametrize("refund_sun", [None, 0, 3_000_000])
def test_without_a_full_refund_it_fails_and_the_merchant_gets_the_hold_back(
    place: Place, send: Send, merchant: Merchant, now: datetime, refund_sun: int | None
) -> None:
    order = place()
    attempt = send(order)
    outcomes.apply(attempt.pk, ACCEPTED, now=now)
    outcomes.apply(attempt.pk, Progress(state=State.FAILED, refund_sun=refund_sun), now=now)
    assert fresh(order).status == OrderStatus.FAILED
    assert ledger.available_sun(merchant) == 1_000_000_000
    assert ledger.balance_of(ledger.provider_ledger(attempt.account)) == 6_000_000 - (refund_sun or 0)
    assert invariants.broken(now=now) == []


@pytest.mark.parametrize("other", [{"address": OTHER_ADDRESS}, {"energy": 32_000}, {"upstream_id": "up-2"}])
def test_another_order_of_the_upstream_is_not_ours(
    place: Place, send: Send, now: datetime, other: dict[str, object]
) -> None:
    order = place()
    attempt = send(order)
    outcomes.apply(attempt.pk, ACCEPTED, now=now)
    told = Progress(state=State.SUCCEEDED, **{"upstream_id": "up-1"} | other)  # type: ignore[arg-type]
    for _ in range(2):
        outcomes.apply(attempt.pk, told, now=now)
    assert fresh(order).status == OrderStatus.ATTENTION
    assert fresh(order).next_action_at is not None  # a person is called, and it still listens
    assert order.events.filter(is_alarm=True).count() == 1
    assert outcomes.apply(attempt.pk, DONE, now=now), "the right news still settles it"


def test_an_attempt_written_off_that_was_executed_is_a_loss_and_an_alarm(
    place: Place, send: Send, merchant: Merchant, now: datetime, admin_user: User
) -> None:
    order = place()
    attempt = send(order)
    fulfilment._unknown(attempt, "no answer", now=now)
    resolving.resolve(
        order,
        executed=False,
        txid="",
        reason="asked them",
        user=admin_user,
        now=now,
    )
    assert outcomes.apply(attempt.pk, DONE, now=now)
    assert not outcomes.apply(attempt.pk, DONE, now=now)
    assert fresh(order).status == OrderStatus.FAILED
    assert Attempt.objects.get().status == AttemptStatus.LOST
    assert ledger.balance_of(ledger.house("loss")) == -6_000_000  # type: ignore[arg-type]
    assert order.events.filter(code="loss", is_alarm=True).count() == 1
    assert ledger.available_sun(merchant) == 1_000_000_000
    assert invariants.broken(now=now) == []


def test_both_ends_write_the_callback_and_its_payload_is_fixed(
    place: Place, send: Send, now: datetime, credential: object
) -> None:
    wants = {
        "callback_url": "http://127.0.0.1:65535/cb",
        "callback_format": "itrx",
        "credential": credential,
        "external_id": "S-1",
    }
    won, lost = place(**wants), place(**wants)
    outcomes.apply(send(won).pk, DONE, now=now)
    outcomes.apply(send(lost).pk, Progress(state=State.FAILED), now=now)
    facts = {callback.order_id: callback.payload for callback in Callback.objects.all()}
    assert (facts[won.pk]["status"], facts[won.pk]["txid"]) == (40, TXID)
    assert (facts[lost.pk]["status"], facts[lost.pk]["pay_amount"]) == (41, 0)


def test_a_lost_answer_is_unknown_and_never_sent_again(
    place: Place, make_account: MakeAccount, send: Send, now: datetime
) -> None:
    order = place()
    attempt = send(order)
    fulfilment._unknown(attempt, "no answer", now=now)
    assert fresh(order).status == OrderStatus.UNKNOWN
    assert fulfilment._begin(order.pk, now=now) is None
    assert Attempt.objects.count() == 1
