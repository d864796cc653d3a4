"""What must hold after any disaster, for orders that have ended."""

from collections import Counter
from collections.abc import Iterable

from orders.models import Attempt, Order
from orders.states import OrderStatus
from tests.flows.customer import Customer
from tests.flows.upstreams import VERIFIED, Upstreams, is_paid_back

SUCCEEDED, FAILED = OrderStatus.SUCCEEDED, OrderStatus.FAILED


def reread(orders: Iterable[Order]) -> list[Order]:
    return list(Order.objects.filter(pk__in=[order.pk for order in orders]))


def check_purchases(orders: Iterable[Order], upstreams: Upstreams) -> None:
    """Each request was executed at most once, and of each order's requests at most one cost something in the end."""
    orders = reread(orders)
    executed = upstreams.purchases()
    assert [name for name, count in Counter(each.request_id for each in executed).items() if count > 1] == []
    kept = {each.request_id for each in executed if not is_paid_back(each)}
    bought = Counter(
        Attempt.objects.filter(order__in=orders, request_id__in=kept).values_list("order_id", flat=True)
    )
    assert [pk for pk, count in bought.items() if count > 1] == []
    succeeded = {order.pk for order in orders if order.status == SUCCEEDED}
    assert succeeded <= set(bought)


def check_callbacks(orders: Iterable[Order], customer: Customer, upstreams: Upstreams) -> None:
    """Each order's one event has arrived, maybe more than once, and always as the same."""
    for order in reread(orders):
        tells = order.status == SUCCEEDED or (order.status == FAILED and not order.is_payment)
        assert order.callbacks.count() == tells
        if tells:
            arrived = upstreams.arrived(customer.inbox, naming=customer.event_mark(order))
            assert {each.verdict for each in arrived} == {VERIFIED}, order.pk
            assert len({each.identity for each in arrived}) == 1, order.pk
