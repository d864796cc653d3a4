"""Two persons: one asks for exact values, another grants or refuses them in time."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from pytest_django.fixtures import Settings

from orders.models import Approval, ApprovalStatus, AuditEntry, Merchant, Order, Transfer
from orders.services import approvals, fulfilment, invariants, ledger, resolving
from orders.services.approvals import LIFETIME
from orders.services.approved_acts import NotDecidable
from orders.services.resolving import NotResolvable
from orders.states import OrderStatus
from providers.base import Kind
from tests.orders.conftest import TXID, Place, Send

START_SUN = 1_000_000_000


@pytest.fixture
def asker(db: None) -> User:
    return User.objects.create_user("asker", is_staff=True)


@pytest.fixture
def decider(db: None) -> User:
    return User.objects.create_user("decider", is_staff=True)


@pytest.fixture
def top_up(merchant: Merchant, asker: User, now: datetime) -> Approval:
    return approvals.propose_top_up(merchant, amount_sun=7_000_000, reason="wired", user=asker, now=now)


@pytest.fixture
def unknown(place: Place, send: Send, now: datetime) -> Order:
    order = place()
    fulfilment._unknown(send(order), "no answer", now=now)
    return Order.objects.get(pk=order.pk)


def fresh(approval: Approval) -> Approval:
    return Approval.objects.get(pk=approval.pk)


def test_a_granted_top_up_moves_the_money_once(
    top_up: Approval, merchant: Merchant, decider: User, now: datetime
) -> None:
    assert ledger.available_sun(merchant) == START_SUN
    approvals.grant(top_up, user=decider, note="seen on the account", now=now)
    assert ledger.available_sun(merchant) == START_SUN + 7_000_000
    for act in (approvals.grant, approvals.refuse):
        with pytest.raises(NotDecidable, match="already granted"):
            act(top_up, user=decider, note="", now=now)
    assert ledger.available_sun(merchant) == START_SUN + 7_000_000
    assert Transfer.objects.latest("id").note == "wired (asked for by asker)"
    decided = fresh(top_up)
    assert (decided.status, decided.decided_by, decided.decided_at) == ("granted", decider, now)
    assert decided.decision_note == "seen on the account"
    acts = set(AuditEntry.objects.filter(user=decider).values_list("act", flat=True))
    assert acts == {"approval.granted", "merchant.top_up"}


def test_a_refused_one_moves_none(top_up: Approval, merchant: Merchant, decider: User, now: datetime) -> None:
    approvals.refuse(top_up, user=decider, note="nothing came", now=now)
    with pytest.raises(NotDecidable, match="already refused"):
        approvals.grant(top_up, user=decider, note="", now=now)
    assert ledger.available_sun(merchant) == START_SUN
    assert (fresh(top_up).status, fresh(top_up).decided_by) == (ApprovalStatus.REFUSED, decider)


def test_nobody_decides_what_they_asked_for(
    top_up: Approval, merchant: Merchant, asker: User, now: datetime
) -> None:
    for act in (approvals.grant, approvals.refuse):
        with pytest.raises(NotDecidable, match="another person"):
            act(top_up, user=asker, note="", now=now)
    assert fresh(top_up).status == ApprovalStatus.PENDING
    assert ledger.available_sun(merchant) == START_SUN


def test_the_database_wants_two_people_too(top_up: Approval, asker: User) -> None:
    for fields in ({"decided_by": asker}, {"status": "granted"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Approval.objects.filter(pk=top_up.pk).update(**fields)


def test_it_expires(top_up: Approval, merchant: Merchant, decider: User, now: datetime) -> None:
    end = now + LIFETIME
    with pytest.raises(NotDecidable, match="expired"):
        approvals.grant(top_up, user=decider, note="", now=end)
    assert approvals.expire(now=end - timedelta(seconds=1)) == 0
    assert approvals.expire(now=end) == 1
    assert approvals.expire(now=end) == 0
    with pytest.raises(NotDecidable, match="already expired"):
        approvals.grant(top_up, user=decider, note="", now=now)
    assert ledger.available_sun(merchant) == START_SUN


def test_it_can_be_granted_until_the_last_moment(
    top_up: Approval, merchant: Merchant, decider: User, now: datetime
) -> None:
    approvals.grant(top_up, user=decider, note="", now=now + LIFETIME - timedelta(seconds=1))
    assert ledger.available_sun(merchant) == START_SUN + 7_000_000


def test_what_is_granted_is_what_was_asked_for(
    top_up: Approval, merchant: Merchant, decider: User, now: datetime
) -> None:
    top_up.data = {"amount_sun": 900_000_000}  # what a page may hold means nothing
    approvals.grant(top_up, user=decider, note="", now=now)
    assert ledger.available_sun(merchant) == START_SUN + 7_000_000
    assert AuditEntry.objects.get(act="approval.granted").after == {"amount_sun": 7_000_000}


@pytest.mark.parametrize("amount_sun", [0, -1, 10**15 + 1, 10**30])
def test_what_nobody_could_grant_is_not_asked_for(
    amount_sun: int, merchant: Merchant, asker: User, now: datetime
) -> None:
    with pytest.raises(ValueError, match="a top-up must be"):
        approvals.propose_top_up(merchant, amount_sun=amount_sun, reason="", user=asker, now=now)
    assert not Approval.objects.exists()


def test_long_reasons_fit(merchant: Merchant, asker: User, decider: User, now: datetime) -> None:
    text = "x" * 5_000
    approval = approvals.propose_top_up(merchant, amount_sun=1, reason=text, user=asker, now=now)
    approvals.grant(approval, user=decider, note=text, now=now)
    assert (len(fresh(approval).reason), len(Transfer.objects.latest("id").note)) == (255, 255)


@pytest.mark.parametrize(
    ("may_book", "amount_sun", "booked"),
    [(True, 100_000_000, True), (True, 100_000_001, False), (False, 1, False)],
)
def test_small_amounts_are_booked_by_who_may(
    may_book: bool, amount_sun: int, booked: bool, merchant: Merchant, asker: User, now: datetime
) -> None:
    approval = approvals.top_up(
        merchant, amount_sun=amount_sun, reason="", may_book=may_book, user=asker, now=now
    )
    assert (approval is None) is booked
    assert ledger.available_sun(merchant) == START_SUN + (amount_sun if booked else 0)


@pytest.mark.parametrize("executed", [True, False])
def test_a_granted_decision_ends_the_order(
    executed: bool, unknown: Order, merchant: Merchant, asker: User, decider: User, now: datetime
) -> None:
    txid = TXID if executed else ""
    approval = approvals.propose_resolve(
        unknown, executed=executed, txid=txid, reason="asked them", user=asker, now=now
    )
    unknown.refresh_from_db()
    assert unknown.status == OrderStatus.UNKNOWN
    approvals.grant(approval, user=decider, note="", now=now)
    unknown.refresh_from_db()
    assert unknown.status == (OrderStatus.SUCCEEDED if executed else OrderStatus.FAILED)
    assert ledger.held_sun(merchant) == 0
    assert unknown.attempts.get().txid == txid
    assert invariants.broken(now=now) == []


def test_a_decision_that_came_too_late_changes_nothing(
    unknown: Order, asker: User, decider: User, now: datetime
) -> None:
    first, second = (
        approvals.propose_resolve(unknown, executed=executed, txid=TXID, reason="", user=asker, now=now)
        for executed in (True, False)
    )
    approvals.grant(first, user=decider, note="", now=now)
    with pytest.raises(NotResolvable, match="nothing to decide"):
        approvals.grant(second, user=decider, note="", now=now)
    assert fresh(second).status == ApprovalStatus.PENDING
    assert Order.objects.get(pk=unknown.pk).status == OrderStatus.SUCCEEDED


@pytest.mark.parametrize("txid", ["", "x", TXID.upper(), TXID[:-1], f"0x{TXID}"])
def test_executed_needs_the_hash_as_evidence(unknown: Order, asker: User, now: datetime, txid: str) -> None:
    with pytest.raises(NotResolvable, match="64 hex digits"):
        approvals.propose_resolve(unknown, executed=True, txid=txid, reason="", user=asker, now=now)
    with pytest.raises(NotResolvable, match="64 hex digits"):
        resolving.resolve(unknown, executed=True, txid=txid, reason="", user=asker, now=now)
    assert not Approval.objects.exists()
    assert Order.objects.get(pk=unknown.pk).status == OrderStatus.UNKNOWN


def test_an_order_in_no_doubt_is_not_decided(place: Place, asker: User, now: datetime) -> None:
    with pytest.raises(NotResolvable, match="nothing to decide"):
        approvals.propose_resolve(place(), executed=False, txid="", reason="", user=asker, now=now)
    assert not Approval.objects.exists()


def test_the_limit_counts_price_and_payment(place: Place, settings: Settings) -> None:
    order = place()
    settings.APPROVAL_LIMIT_SUN = order.price_sun
    assert not approvals.needs_approval(order)
    settings.APPROVAL_LIMIT_SUN = order.price_sun - 1
    assert approvals.needs_approval(order)


def test_an_awaited_payment_has_a_limit_of_its_own(place: Place, settings: Settings) -> None:
    order = place(kind=Kind.MONITOR)
    settings.APPROVAL_LIMIT_SUN, settings.APPROVAL_LIMIT_MICRO_USDT = order.price_sun, 100_290_000
    assert not approvals.needs_approval(order)
    settings.APPROVAL_LIMIT_MICRO_USDT -= 1
    assert approvals.needs_approval(order)
