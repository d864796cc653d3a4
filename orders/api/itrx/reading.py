"""GET order/query and userapi/summary (specs/itrx.md 3.5, 3.14)."""

import re
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Aggregate, Count, Q, QuerySet, Sum
from django.http import HttpRequest

from orders.api.itrx import parameters, presentation, refusals
from orders.api.itrx.access import key_holder
from orders.models import ApiCredential, Dialect, Merchant, Order
from orders.models.checks import check_printable
from orders.services import ledger, reclaiming
from orders.states import OrderStatus
from providers.itrx import wire

SERIAL = re.compile(r"[0-9a-f]{32}")


def query(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """By serial, else by out_trade_no: of several the newest."""
    merchant = key_holder(request, now=now).merchant
    serial, external_id = request.GET.get("serial", ""), request.GET.get("out_trade_no", "")
    if not serial and not external_id:
        raise refusals.Refused({"serial": [parameters.REQUIRED]})
    order = find(merchant, serial=serial) if serial else _newest(merchant, external_id)
    reclaimed = reclaiming.last_event(order, reclaiming.RECLAIMED)
    return presentation.queried(
        order, list(order.attempts.all()), reclaimed_at=reclaimed.created_at if reclaimed else None
    )


def orders_of(merchant: Merchant) -> QuerySet[Order]:
    """Whichever of its keys placed them: a rotated key finds the orders of the one before."""
    return Order.objects.filter(merchant=merchant, dialect=Dialect.ITRX).select_related("credential")


def find(merchant: Merchant, *, serial: str) -> Order:
    """Raises Refused: errno 404."""
    order = orders_of(merchant).filter(serial=serial).first() if SERIAL.fullmatch(serial) else None
    if order is None:
        raise refusals.failed(wire.ORDER_NOT_FOUND, errno=wire.ERRNO_NOT_FOUND)
    return order


def _newest(merchant: Merchant, external_id: str) -> Order:
    """Raises Refused: errno 404."""
    order = orders_of(merchant).filter(external_id=external_id).first() if _storable(external_id) else None
    if order is None:
        raise refusals.failed(wire.ORDER_NOT_FOUND, errno=wire.ERRNO_NOT_FOUND)
    return order


def _storable(text: str) -> bool:
    """Some databases refuse to even look for a NUL."""
    try:
        check_printable(text)
    except ValidationError:
        return False
    return True


def summary(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """Usage of this very key; what failed was paid back and does not count."""
    caller = key_holder(request, now=now, status=403)
    today = now.astimezone(presentation.CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    periods = {
        "total": Q(),
        "today": Q(created_at__gte=today),
        "yesterday": Q(created_at__gte=today - timedelta(days=1), created_at__lt=today),
    }
    return {
        "name": presentation.key_name(caller.credential),
        "create_time": presentation.local_time(caller.credential.created_at),
        **_totals(caller.credential, periods),
        "balance": ledger.available_sun(caller.merchant),
    }


def _totals(credential: ApiCredential, periods: dict[str, Q]) -> dict[str, int]:
    sums: dict[str, Aggregate] = {}
    for name, when in periods.items():
        sums[f"{name}_count"] = Count("pk", filter=when)
        sums[f"{name}_sum_energy"] = Sum("energy", filter=when, default=0)
        sums[f"{name}_sum_trx"] = Sum("price_sun", filter=when, default=0)
    return credential.orders.exclude(status=OrderStatus.FAILED).aggregate(**sums)
