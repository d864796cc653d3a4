"""The buttons of an order's page are the acts that its status offers, and no other act does anything."""

import re
from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.test import Client

from orders import states
from orders.models import Order
from orders.states import OrderAct, OrderStatus
from providers.base import Kind
from tests.orders.admin.conftest import send_form, text
from tests.orders.conftest import NOW, TXID, Place, Send

Make = Callable[[Kind, str], Order]
BUTTONS = {
    OrderAct.CANCEL: re.compile("act/cancel/"),
    OrderAct.DECIDE: re.compile("act/decide/"),
    OrderAct.LOOK_UP: re.compile('form="look-up"'),
}
CASES = [
    (kind, status)
    for kind, table in ((Kind.ENERGY, states.RESOURCE_ORDER), (Kind.MONITOR, states.PAYMENT_ORDER))
    for status in table
]


def url(order: Order, act: str = "change") -> str:
    return f"/admin/orders/order/{order.pk}/{act}/"


@pytest.fixture
def make(place: Place, send: Send) -> Make:
    """An order as it is in that status, sent where it must have been."""

    def one(kind: Kind, status: str) -> Order:
        order = place(kind=kind)
        if status != OrderStatus.NEW:
            attempt = send(order)
            if status in {OrderStatus.UNKNOWN, OrderStatus.ATTENTION}:
                type(attempt).objects.filter(pk=attempt.pk).update(status=states.AttemptStatus.UNKNOWN)
        is_final = status in states.FINAL_ORDER
        times = {"finished_at": NOW if is_final else None, "next_action_at": None if is_final else NOW}
        Order.objects.filter(pk=order.pk).update(status=status, **times)
        return Order.objects.get(pk=order.pk)

    return one


@pytest.mark.parametrize(("kind", "status"), CASES)
def test_the_buttons_are_the_acts_that_the_status_offers(
    administrator: Client, make: Make, kind: Kind, status: str
) -> None:
    shown = text(administrator.get(url(make(kind, status))))
    assert {act for act, button in BUTTONS.items() if button.search(shown)} == {
        act for act in OrderAct if status in states.OFFERS[act]
    }


@pytest.mark.parametrize(("kind", "status"), CASES)
@pytest.mark.parametrize("act", [OrderAct.CANCEL, OrderAct.DECIDE])
def test_an_act_moves_the_order_only_where_it_is_offered(
    administrator: Client, make: Make, kind: Kind, status: str, act: OrderAct, settings: LazySettings
) -> None:
    settings.APPROVAL_LIMIT_SUN = settings.APPROVAL_LIMIT_MICRO_USDT = 10**12  # one person is enough
    order = make(kind, status)
    values = {"executed": "yes", "txid": TXID} if act == OrderAct.DECIDE else {}
    send_form(administrator, url(order, f"act/{act}"), reason="by the table", **values)
    order.refresh_from_db()
    if states.offers(status, act):
        assert order.status in states.LEADS_TO[act]
    else:
        assert order.status == status
