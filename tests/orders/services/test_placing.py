from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django_q.models import OrmQ

from orders.models import AuditEntry, Merchant, Order, OrderEvent, Transfer
from orders.services import ledger, placing
from orders.services.chain_facts import UNKNOWN, Facts
from orders.services.placing import OrderRefused, OrderSpec
from orders.states import OrderStatus
from providers.base import Kind
from tests.orders.conftest import ADDRESS, OTHER_ADDRESS, Place


def test_placing_writes_order_event_hold_and_task_together(place: Place, merchant: Merchant) -> None:
    order = place(external_id="S-1")
    assert order.status == OrderStatus.NEW
    assert (order.price_sun, len(order.serial)) == (6_500_000, 32)
    assert [event.code for event in order.events.all()] == ["placed"]
    assert order.transfers.get().code == "hold"
    assert OrmQ.objects.count() == 1
    assert order.number == f"20260301{order.pk:010d}"


def test_without_cover_nothing_at_all_is_stored(place: Place, merchant: Merchant) -> None:
    before = Transfer.objects.count()
    with pytest.raises(OrderRefused, match=r"1000 TRX available, 10000 TRX needed") as caught:
        place(energy=100_000_000)
    assert caught.value.code == "insufficient_funds"
    assert (Order.objects.count(), OrderEvent.objects.count(), OrmQ.objects.count()) == (0, 0, 0)
    assert Transfer.objects.count() == before
    assert ledger.held_sun(merchant) == 0


def test_the_same_submit_token_makes_one_order(place: Place, merchant: Merchant, now: datetime) -> None:
    first = place(submit_token="one")
    spec = OrderSpec(kind=Kind.ENERGY, address=ADDRESS, energy=65_000, duration_hours=1, submit_token="one")
    again, is_new = placing.place_order(merchant, spec, UNKNOWN, now=now)
    assert (again.pk, is_new) == (first.pk, False)
    assert Order.objects.count() == 1
    assert ledger.held_sun(merchant) == 6_500_000


def test_a_disabled_merchant_places_nothing(place: Place, merchant: Merchant) -> None:
    merchant.enabled = False
    with pytest.raises(OrderRefused) as caught:
        place()
    assert caught.value.code == "merchant_disabled"


@pytest.mark.parametrize(
    ("spec", "facts", "energy", "activate", "price_sun"),
    [
        ({}, UNKNOWN, 65_000, True, 6_500_000 + 1_500_000 + 345_000),
        ({}, Facts(True, True, None), 65_000, False, 6_500_000),
        ({"to_address": OTHER_ADDRESS}, Facts(True, True, None), 131_000, False, 13_100_000),
        ({"to_address": OTHER_ADDRESS}, Facts(True, True, True), 65_000, False, 6_500_000),
        ({"scene": 1}, UNKNOWN, 65_000, False, 6_500_000),
        ({"scene": 2}, Facts(True, True, None), 65_000, False, 6_500_000 + 345_000),
        ({"scene": 3}, Facts(True, True, None), 65_000, True, 6_500_000 + 1_500_000 + 345_000),
    ],
)
def test_a_collect_order_takes_what_the_chain_says_and_the_dearer_when_it_is_silent(
    merchant: Merchant,
    now: datetime,
    spec: dict[str, object],
    facts: Facts,
    energy: int,
    activate: bool,
    price_sun: int,
) -> None:
    wanted = OrderSpec(**({"kind": Kind.COLLECT, "address": ADDRESS, "scene": 0} | spec))  # type: ignore[arg-type]
    assert placing.quote(merchant, wanted, facts).total_sun == price_sun
    order, _ = placing.place_order(merchant, wanted, facts, now=now)
    assert (order.energy, order.activate, order.price_sun) == (energy, activate, price_sun)


def test_a_merchants_own_rates_replace_the_general_ones_of_that_part(merchant: Merchant) -> None:
    merchant.tariffrate_set.create(dialect="itrx", part="energy", duration_hours=1, price_sun=90_000)
    spec = OrderSpec(kind=Kind.ENERGY, address=ADDRESS, energy=65_000, duration_hours=1)
    assert placing.quote(merchant, spec, UNKNOWN).total_sun == 65_000 * 90


def test_payment_orders_compete_for_amount_address_and_window(place: Place, now: datetime) -> None:
    first = place(kind=Kind.MONITOR)
    later = {"window_start": now + timedelta(hours=1, seconds=1), "window_end": now + timedelta(hours=2)}
    place(kind=Kind.MONITOR, **later)
    place(kind=Kind.MONITOR, amount_micro=100_290_001)
    place(kind=Kind.MONITOR, address=OTHER_ADDRESS)
    with pytest.raises(OrderRefused, match=first.number) as caught:
        place(kind=Kind.DEPOSIT, window_start=now + timedelta(hours=1))  # bounds are inclusive
    assert caught.value.code == "window_overlap"


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": Kind.MONITOR, "amount_micro": 0},
        {"kind": Kind.ENERGY, "energy": 0, "bandwidth": 0},
        {"kind": Kind.ENERGY, "amount_micro": 5},
    ],
)
def test_the_database_refuses_what_no_kind_has(
    place: Place, now: datetime, fields: dict[str, object]
) -> None:
    order = place()
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(**fields)


# --- the trail of staff ----------------------------------------------------------------------------------------


def staff_places(merchant: Merchant, user: User | None, now: datetime, energy: int = 65_000) -> Order:
    spec = OrderSpec(kind=Kind.ENERGY, address=ADDRESS, energy=energy, duration_hours=1, submit_token="one")
    return placing.place_order(merchant, spec, UNKNOWN, now=now, user=user)[0]


def test_an_order_of_staff_is_on_the_trail_once(merchant: Merchant, admin_user: User, now: datetime) -> None:
    order = staff_places(merchant, admin_user, now)
    assert staff_places(merchant, admin_user, now) == order
    entry = AuditEntry.objects.get(act="order.place")
    assert (entry.user, entry.object_type, entry.object_id) == (admin_user, "orders.order", str(order.pk))
    assert entry.after == {"kind": "energy", "price_sun": 6_500_000, "address": ADDRESS}
    assert entry.created_at == now


def test_what_is_not_placed_or_not_by_staff_is_not(
    merchant: Merchant, admin_user: User, now: datetime
) -> None:
    with pytest.raises(OrderRefused):
        staff_places(merchant, admin_user, now, energy=100_000_000)
    staff_places(merchant, None, now)
    assert not AuditEntry.objects.filter(act="order.place").exists()


def test_a_cancelled_order_is_on_the_trail_once(place: Place, admin_user: User, now: datetime) -> None:
    order = place()
    assert placing.cancel(order, user=admin_user, reason="wrong address", now=now)
    assert not placing.cancel(order, user=admin_user, reason="again", now=now)
    entry = AuditEntry.objects.get(act="order.cancel")
    assert (entry.user, entry.object_id, entry.after) == (
        admin_user,
        str(order.pk),
        {"reason": "wrong address"},
    )


# --- the amount of a deposit -------------------------------------------------------------------------------------


def amounts(merchant: Merchant) -> list[int | None]:
    return list(Order.objects.filter(merchant=merchant).order_by("pk").values_list("amount_micro", flat=True))


def test_a_taken_amount_moves_to_the_next_free_one(place: Place, merchant: Merchant, now: datetime) -> None:
    merchant.deposit_step_micro = 10_000
    taken = {"kind": Kind.DEPOSIT, "amount_micro": 5_000_000}
    for _ in range(3):
        place(**taken)
    assert amounts(merchant) == [5_000_000, 5_010_000, 5_020_000]
    assert Order.objects.latest("pk").events.get(code="placed").data["asked_amount_micro"] == 5_000_000
    Order.objects.filter(amount_micro=5_010_000).update(window_end=now + timedelta(minutes=10))
    later = now + timedelta(minutes=20)
    place(**taken, window_start=later, window_end=later + timedelta(minutes=5))
    assert amounts(merchant)[-1] == 5_010_000, "free again by then"


def test_only_a_deposit_moves_and_only_if_the_merchant_wants_it(place: Place, merchant: Merchant) -> None:
    place(kind=Kind.DEPOSIT)
    with pytest.raises(OrderRefused):
        place(kind=Kind.DEPOSIT)
    merchant.deposit_step_micro = 1
    with pytest.raises(OrderRefused):
        place(kind=Kind.MONITOR)
    place(kind=Kind.DEPOSIT)
    assert amounts(merchant) == [100_290_000, 100_290_001]


def test_the_steps_have_an_end(place: Place, merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "MOST_STEPS", 2)
    merchant.deposit_step_micro = 1
    for _ in range(3):
        place(kind=Kind.DEPOSIT)
    with pytest.raises(OrderRefused) as caught:
        place(kind=Kind.DEPOSIT)
    assert caught.value.code == "window_overlap"
    assert len(amounts(merchant)) == 3
