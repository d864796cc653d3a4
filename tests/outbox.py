"""Callbacks that are due, made many at a time: rows as settlement writes them, without the journey to there."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from orders.models import ApiCredential, Callback, CallbackFormat, Order, Source
from orders.states import OrderStatus
from providers.base import Kind

ADDRESS = "TExWKszFWYTKZH8LYiovAPKzS3L9MLZ4kw"
TXID = "2610c200efc8a90601758715405fa6be4597469e854591975d113b720a762ec2"
AT_ONCE = 2_000


def fill(
    credential: ApiCredential, urls: Sequence[str], count: int, *, now: datetime, of_orders: bool = True
) -> list[Callback]:
    """Of deposits that were paid, or of no order; due at once, the URLs in turn."""
    made: list[Callback] = []
    for start in range(0, count, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, count))
        orders = [_order(credential, urls[number % len(urls)], now) for number in numbers]
        if of_orders:
            Order.objects.bulk_create(orders)
        made += Callback.objects.bulk_create(_callback(order, now) for order in orders)
    return made


def _order(credential: ApiCredential, url: str, now: datetime) -> Order:
    serial = uuid.uuid4().hex
    return Order(
        merchant_id=credential.merchant_id,
        kind=Kind.DEPOSIT,
        dialect="crossingpay",
        source=Source.API,
        serial=serial,
        external_id=f"M-{serial[:12]}",
        address=ADDRESS,
        amount_micro=100_290_000,
        window_start=now,
        window_end=now + timedelta(minutes=30),
        price_sun=0,
        callback_url=url,
        callback_format=CallbackFormat.V2A,
        credential=credential,
        status=OrderStatus.SUCCEEDED,
        deadline_at=now,
        created_at=now,
        finished_at=now,
    )


def _callback(order: Order, now: datetime) -> Callback:
    return Callback(
        merchant_id=order.merchant_id,
        order=order if order.pk else None,
        is_test=order.pk is None,
        event="order.succeeded" if order.pk else "test.ping",
        url=order.callback_url,
        host=urlsplit(order.callback_url).netloc,
        format=order.callback_format,
        credential_id=order.credential_id,
        payload={
            "address": ADDRESS,
            "amount_micro": order.amount_micro,
            "txid": TXID,
            "timestamp": str(int(now.timestamp())),
            "order_id": order.external_id,
            "ordersn": order.number if order.pk else "TEST",
        },
        next_attempt_at=now,
        claimable_at=now,
        created_at=now,
    )
