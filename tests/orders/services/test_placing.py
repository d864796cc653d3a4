from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django_q.models import OrmQ

from orders.models import Merchant, Order, OrderEvent, Transfer
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
