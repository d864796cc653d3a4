"""Everything below /api/orders, with or without a slash at the end (section 1)."""

from django.urls import re_path

from orders.api.crossingpay import ordering, reading
from orders.api.crossingpay.gate import unknown_path
from providers.crossingpay import wire

ENDPOINTS = {
    wire.MONITOR_PATH: ordering.monitor,
    wire.DEPOSIT_PATH: ordering.deposit,
    wire.QUERY_PATH: reading.query,
}

urlpatterns = [
    *(re_path(rf"^{path.removeprefix('/')}/?\Z", view) for path, view in ENDPOINTS.items()),
    re_path(r"^api/orders(?:/|\Z)", unknown_path),
]
