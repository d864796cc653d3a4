"""A person decides what no machine can know."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User

from orders.models import AuditEntry, Callback, LedgerAccount, Merchant, Order, Payment
from orders.services import fulfilment, invariants, ledger, outcomes, resolving, sealing, settlement
from orders.services.resolving import NotResolvable
from orders.states import AttemptStatus, OrderStatus
from providers.base import InboundPayment, Kind, Progress, State
from tests.orders.conftest import ADDRESS, OTHER_ADDRESS, TXID, Place, Send

OTHER_TXID = "b" * 64


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def decide(order: Order, user: User, now: datetime, *, executed: bool, txid: str = TXID) -> None:
    resolving.resolve(
        order, executed=executed, txid=txid if executed else "", reason="asked them", user=user, now=now
    )


@pytest.fixture
def unknown(place: Place, send: Send, credential: object, now: datetime) -> Order:
    order = place(callback_url="http://127.0.0.1:65535/cb", callback_format="itrx", credential=credential)
    fulfilment._unknown(send(order), "no answer", now=now)
    return order


def test_executed_succeeds_is_charged_and_called_back(
    unknown: Order, merchant: Merchant, admin_user: User, now: datetime
) -> None:
    decide(unknown, admin_user, now, executed=True)
    order = fresh(unknown)
    assert (order.status, order.attempts.get().status, order.attempts.get().txid) == (
        OrderStatus.SUCCEEDED,
        AttemptStatus.SUCCEEDED,
        TXID,
    )
    assert ledger.available_sun(merchant) == 1_000_000_000 - order.price_sun
    assert (Callback.objects.get().payload["status"], Callback.objects.get().payload["txid"]) == (40, TXID)
    last = order.events.filter(code="status").last()
    assert last is not None
    assert (last.actor, "asked them" in last.text) == (admin_user, True)
    entry = AuditEntry.objects.get(act="order.resolve")
    assert (entry.user, entry.after) == (admin_user, {"executed": True, "txid": TXID, "reason": "asked them"})
    assert invariants.broken(now=now) == []


def test_not_executed_fails_and_releases(
    unknown: Order, merchant: Merchant, admin_user: User, now: datetime
) -> None:
    decide(unknown, admin_user, now, executed=False)
    order = fresh(unknown)
    assert (order.status, order.attempts.get().status) == (OrderStatus.FAILED, AttemptStatus.WRITTEN_OFF)
    assert ledger.available_sun(merchant) == 1_000_000_000
    assert Callback.objects.get().payload["status"] == 41
    assert invariants.broken(now=now) == []


@pytest.mark.parametrize("executed", [True, False])
def test_a_decision_falls_once(executed: bool, unknown: Order, admin_user: User, now: datetime) -> None:
    decide(unknown, admin_user, now, executed=executed)
    status = fresh(unknown).status
    for again in (True, False):
        with pytest.raises(NotResolvable, match="nothing to decide"):
            decide(unknown, admin_user, now, executed=again)
    assert fresh(unknown).status == status
    assert Callback.objects.count() == AuditEntry.objects.filter(act="order.resolve").count() == 1


@pytest.mark.parametrize("told", [None, State.PENDING])
def test_an_order_on_its_way_is_in_no_doubt(
    told: State | None, place: Place, send: Send, admin_user: User, now: datetime
) -> None:
    order = place()
    attempt = send(order)
    if told:
        outcomes.apply(attempt.pk, Progress(state=told, cost_sun=1), now=now)
    with pytest.raises(NotResolvable):
        decide(order, admin_user, now, executed=True)


def test_an_accepted_order_past_its_deadline_can_be_decided(
    place: Place, send: Send, admin_user: User, now: datetime
) -> None:
    order = place()
    attempt = send(order)
    outcomes.apply(attempt.pk, Progress(state=State.PENDING, cost_sun=6_000_000), now=now)
    attempt = order.attempts.select_related("account").get()
    attempt.order = fresh(order)
    late = now + timedelta(days=1)
    fulfilment._past_deadline(attempt, now=late)
    assert fresh(order).status == OrderStatus.ATTENTION
    decide(order, admin_user, late, executed=False)
    assert fresh(order).status == OrderStatus.FAILED
    assert ledger.balance_of(ledger.provider_ledger(attempt.account)) == 6_000_000, (
        "what it cost stays booked"
    )
    sealing.seal(now=late)
    assert invariants.broken(now=late) == []


@pytest.fixture
def in_doubt(place: Place, send: Send, now: datetime) -> Order:
    """A deposit order that got another amount than it waits for."""
    order = place(kind=Kind.DEPOSIT)
    told = InboundPayment(address=ADDRESS, amount_micro=100_000_000, txid=TXID, paid_at=now)
    settlement.receive(send(order).pk, told, now=now)
    assert fresh(order).status == OrderStatus.ATTENTION
    return order


def usdt() -> dict[str, int]:
    accounts = LedgerAccount.objects.filter(asset="USDT")
    return {account.kind: ledger.balance_of(account) for account in accounts}


def test_the_reported_payment_settles_it(in_doubt: Order, admin_user: User, now: datetime) -> None:
    decide(in_doubt, admin_user, now, executed=True)
    payment = Payment.objects.get()
    assert (payment.status, payment.order, payment.decided_by) == ("matched", in_doubt, admin_user)
    assert fresh(in_doubt).status == OrderStatus.SUCCEEDED
    assert usdt() == {"deposits": 100_000_000, "suspense": 0, "custody": -100_000_000}
    assert invariants.broken(now=now) == []


def test_a_payment_entered_by_hand_settles_it(in_doubt: Order, admin_user: User, now: datetime) -> None:
    decide(in_doubt, admin_user, now, executed=True, txid=OTHER_TXID)
    payment = Payment.objects.get(txid=OTHER_TXID)
    assert (payment.order, payment.amount_micro) == (in_doubt, 100_290_000)
    assert Payment.objects.get(txid=TXID).status == "unmatched"
    assert usdt() == {"deposits": 100_290_000, "suspense": 100_000_000, "custody": -200_290_000}


def test_a_payment_that_settled_another_order_settles_no_second(
    in_doubt: Order, place: Place, send: Send, admin_user: User, now: datetime
) -> None:
    account = in_doubt.attempts.get().account
    other = place(kind=Kind.DEPOSIT, amount_micro=5)
    told = InboundPayment(address=ADDRESS, amount_micro=5, txid=OTHER_TXID, paid_at=now)
    settlement.receive(send(other, account).pk, told, now=now)
    with pytest.raises(NotResolvable, match="another order"):
        decide(in_doubt, admin_user, now, executed=True, txid=OTHER_TXID)
    assert fresh(in_doubt).status == OrderStatus.ATTENTION
    settlement.dismiss(Payment.objects.get(txid=TXID), reason="returned", user=admin_user, now=now)
    with pytest.raises(NotResolvable, match="dismissed"):
        decide(in_doubt, admin_user, now, executed=True)


def test_a_payment_to_another_address_is_no_evidence(
    in_doubt: Order, place: Place, send: Send, admin_user: User, now: datetime
) -> None:
    other = place(kind=Kind.DEPOSIT, address=OTHER_ADDRESS)
    told = InboundPayment(address=OTHER_ADDRESS, amount_micro=5, txid=OTHER_TXID, paid_at=now)
    settlement.receive(send(other, in_doubt.attempts.get().account).pk, told, now=now)
    with pytest.raises(NotResolvable, match=OTHER_ADDRESS):
        decide(in_doubt, admin_user, now, executed=True, txid=OTHER_TXID)
    assert Payment.objects.get(txid=OTHER_TXID).order is None
