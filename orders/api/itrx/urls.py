"""Everything below /api/v1/frontend, unknown paths included. No path ends in a slash (specs/itrx.md section 1)."""

from django.urls import path, re_path

from orders.api.itrx import buying, not_offered, prices, reading, reclaims
from orders.api.itrx.endpoint import endpoint, unknown_path
from providers.itrx import wire

urlpatterns = [
    path(wire.INDEX_DATA.lstrip("/"), endpoint(GET=prices.index_data)),
    path(wire.ORDER_PRICE.lstrip("/"), endpoint(GET=prices.price)),
    path(wire.ORDER.lstrip("/"), endpoint(POST=buying.order)),
    path(wire.COLLECT.lstrip("/"), endpoint(POST=buying.collect)),
    path(wire.ORDER_QUERY.lstrip("/"), endpoint(GET=reading.query)),
    path(wire.RECLAIM.lstrip("/"), endpoint(POST=reclaims.reclaim)),
    path(wire.SUMMARY.lstrip("/"), endpoint(GET=reading.summary)),
    *not_offered.urlpatterns,
    re_path(rf"^{wire.PREFIX.lstrip('/')}(?:/|\Z)", unknown_path),
]
