"""What iTRX sells and we do not: transfers of TRX, packages of transfers, smart delegation (specs/itrx.md 3.7 to 3.13).

The one place to change when one of them is offered.
"""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path

from orders.api.itrx import refusals
from orders.api.itrx.access import key_holder, signer
from orders.api.itrx.endpoint import endpoint
from providers.itrx import wire

TEXT = "This service is not offered."


def _read(request: HttpRequest, now: datetime) -> dict[str, Any]:
    key_holder(request, now=now)
    raise refusals.failed(TEXT)


def _write(request: HttpRequest, now: datetime) -> dict[str, Any]:
    signer(request, now=now)
    raise refusals.failed(TEXT)


_PREFIX = wire.PREFIX.lstrip("/")
urlpatterns: list[URLPattern] = [
    path(f"{_PREFIX}/order/transfer", endpoint(POST=_write)),
    path(f"{_PREFIX}/count-delegate-policy", endpoint(GET=_read, POST=_write)),
    path(f"{_PREFIX}/count-delegate-policy/edit-address", endpoint(POST=_write)),
    path(f"{_PREFIX}/auto-delegate-policy", endpoint(GET=_read, POST=_write)),
    path(f"{_PREFIX}/auto-delegate-policy/<str:policy>/change-status", endpoint(POST=_write)),
]
