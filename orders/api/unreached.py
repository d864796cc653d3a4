"""A request that no view of an API answers: one for a host that is not ours, or for a path that is near an API's and
none of its. Told in the dialect that the path is nearest to."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from orders.api.crossingpay import gate as crossingpay
from orders.api.itrx import endpoint as itrx
from orders.api.tronzap import gate as tronzap

# The first that fits. Whatever else is below /api would have been meant for iTRX, which has the plainest error.
DIALECTS: list[tuple[re.Pattern[str], Callable[[int], HttpResponse]]] = [
    (re.compile(r"/+api/+orders"), crossingpay.unreached),
    (re.compile(r"/+api(?:/|\Z)"), itrx.unreached),
    (re.compile(r"/+v[0-9]"), tronzap.refusal),
]


def answer(request: HttpRequest, status: int) -> HttpResponse | None:
    """`status`: 400, 404 or 500. None for a path that is near no API's."""
    told = next((told for path, told in DIALECTS if path.match(request.path)), None)
    return told(status) if told else None
