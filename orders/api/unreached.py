"""A request that fails before any view sees it, such as one for a host that is not ours: told in the dialect whose path
it names."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from orders.api.crossingpay import gate as crossingpay
from orders.api.itrx import endpoint as itrx
from orders.api.tronzap import gate as tronzap

DIALECTS: dict[str, Callable[[int], HttpResponse]] = {
    "/api/v1/frontend": itrx.unreached,
    "/v1": tronzap.refusal,
    "/api/orders": crossingpay.unreached,
}


def answer(request: HttpRequest, status: int) -> HttpResponse | None:
    """`status`: 400 or 500. None for a path that belongs to no API."""
    for prefix, told in DIALECTS.items():
        if f"{request.path}/".startswith(f"{prefix}/"):
            return told(status)
    return None
