"""One line of time of an order: all kinds in it, newest first, and one kind alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from orders.models import CallbackLog, Order
from orders.services import audit, outcomes, rotation, settlement, timeline
from providers.base import InboundPayment, Kind, Progress, State
from providers.models import ProviderCall
from tests.orders.admin.conftest import NONSENSE
from tests.orders.conftest import NOW, OTHER_ADDRESS, Place, Send


def page(order: Order) -> str:
    return f"/admin/orders/order/{order.pk}/change/"


def told(client: Client, order: Order, kind: str = "") -> list[Any]:
    """As the page shows it; the live part shows the same."""
    regions = client.get(page(order), {"show": kind}).context["regions"]
    [region] = [each for each in regions if each.name == "timeline"]
    live = client.get(f"/admin/orders/order/{order.pk}/live/", {"show": kind}).context["regions"]
    assert [each.version for each in live if each.name == "timeline"] == [region.version]
    return list(region.html.split("<tr")[2:])


@pytest.fixture
def paid(place: Place, send: Send, crossingpay: Any) -> Order:
    order = place(
        kind=Kind.MONITOR,
        address=OTHER_ADDRESS,
        callback_url="https://shop.test/in",
        callback_format="crossingpay_v2a",
        credential=crossingpay,
    )
    attempt = send(order)
    outcomes.apply(attempt.pk, Progress(state=State.PENDING), now=NOW)
    ProviderCall.objects.create(
        account=attempt.account,
        request_id=attempt.request_id,
        purpose="watch",
        method="POST",
        url="http://127.0.0.1:65535",
        sent=True,
        status=200,
        duration_ms=12,
        created_at=NOW + timedelta(seconds=1),
    )
    at = NOW + timedelta(minutes=1)
    payment = InboundPayment(address=OTHER_ADDRESS, amount_micro=100_290_000, txid="f" * 64, paid_at=at)
    settlement.receive(attempt.pk, payment, now=NOW + timedelta(minutes=2))
    CallbackLog.objects.create(
        direction="out",
        callback=order.callbacks.get(),
        order=order,
        merchant=order.merchant,
        host="shop.test",
        attempt_number=1,
        status=500,
        verdict="refused",
        created_at=NOW + timedelta(minutes=3),
    )
    order.refresh_from_db()
    return order


@pytest.fixture
def crossingpay(merchant: Any) -> Any:
    return rotation.issue(merchant, "crossingpay", now=NOW).credential


def test_all_kinds_stand_in_one_line_newest_first(administrator: Client, paid: Order) -> None:
    rows = told(administrator, paid)
    words = ["try 1 to shop.test", "paid: transaction", "100.29 USDT arrived", "watch, 12 ms", "order placed"]
    places = [next(number for number, row in enumerate(rows) if word in row) for word in words]
    assert places == sorted(places)
    for link in ("callbacklog/", "payment/", "providercall/"):
        assert any(f"{link}" in row for row in rows)


def test_times_are_the_viewers_and_the_merchants(administrator: Client, paid: Order) -> None:
    administrator.cookies["zone"] = "America/New_York"
    [row] = told(administrator, paid, "call")
    assert "2026-03-01 07:00:01" in row  # five hours before UTC
    assert "2026-03-01 20:00:01" in row  # the merchant's, in Shanghai


@pytest.mark.parametrize(
    ("kind", "count"), [("call", 1), ("callback", 1), ("payment", 1), ("money", 0), ("staff", 0)]
)
def test_one_kind_alone(administrator: Client, paid: Order, kind: str, count: int) -> None:
    rows = told(administrator, paid, kind)
    assert len([row for row in rows if "Nothing of this kind" not in row]) == count


def test_staff_acts_are_in_it_for_who_may_read_the_trail(
    administrator: Client, support: Client, paid: Order
) -> None:
    user = User.objects.create_user("somebody")
    timeline.record(paid, "note", "looked at by hand", now=NOW, actor=user)
    audit.record("order.look", user=user, now=NOW, target=paid)
    assert sorted("order.look" in row for row in told(administrator, paid, "staff")) == [False, True]
    [row] = told(support, paid, "staff")
    assert "looked at by hand" in row
    assert "somebody" in row


@pytest.mark.parametrize("kind", NONSENSE)
def test_a_kind_that_is_none_shows_all(administrator: Client, paid: Order, kind: str) -> None:
    assert told(administrator, paid, kind) == told(administrator, paid)
