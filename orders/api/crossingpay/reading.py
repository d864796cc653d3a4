"""POST and GET /api/orders/query (section 7.3)."""

import re

from django.db.models import F
from django.http import HttpResponse

from orders.api.crossingpay import presentation
from orders.api.crossingpay.gate import Call, answer, endpoint
from orders.models import Dialect, Merchant, Order
from providers.base import PAYMENT_KINDS
from providers.crossingpay import wire
from providers.crossingpay.wire import QueryRequest, RequestRefused

NUMBER = re.compile(r"\d{8}(\d{10,18})", re.ASCII)  # the id in it is below 2^63


@endpoint("POST", "GET")
def query(call: Call) -> HttpResponse:
    order = _find(call.merchant, wire.read_query(call.fields))
    if order is None:
        raise RequestRefused("order_not_found", "There is no such order.")
    return answer(presentation.found(order))


def _find(merchant: Merchant, asked: QueryRequest) -> Order | None:
    """Orders that staff have placed for the merchant count too: their callbacks are to be confirmed like any. Where
    one of them shares an order_id with one of the API, the latter is meant."""
    orders = Order.objects.filter(merchant=merchant, dialect=Dialect.CROSSINGPAY, kind__in=PAYMENT_KINDS)
    orders = orders.select_related("payment")
    if asked.order_id:
        by_use = orders.order_by(F("unique_key").asc(nulls_last=True), "-id")
        return by_use.filter(external_id=asked.order_id).first()
    number = NUMBER.fullmatch(asked.ordersn)
    order = orders.filter(pk=int(number[1])).first() if number else None
    return order if order and order.number == asked.ordersn else None
