"""A view of the iTRX API: one handler a method; every answer, refusals included, is JSON in the dialect's shape."""

import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from orders.api.edge import View, edge, json_answer
from orders.api.itrx import refusals
from orders.api.itrx.refusals import Refused
from orders.services.authentication import RateLimited

logger = logging.getLogger(__name__)

UNREACHED = {400: refusals.BAD_REQUEST, 404: refusals.NO_SUCH_PATH, 500: refusals.FAULT}

Handler = Callable[[HttpRequest, datetime], Mapping[str, Any]]


def _answer(
    body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    text = json.dumps(body, separators=(",", ":"), allow_nan=False)
    return json_answer(text.encode("ascii"), status=status, headers=headers)


def _fault() -> HttpResponse:
    return _answer({"detail": refusals.FAULT}, 500)


def unreached(status: int) -> HttpResponse:
    """Of a request that no view has seen; `status` is 400, 404 or 500."""
    return _answer({"detail": UNREACHED[status]}, status)


def endpoint(**handlers: Handler) -> View:
    """`handlers`: by HTTP method. Each returns the body of a 200, or raises Refused or RateLimited."""

    @edge(_fault)
    def view(request: HttpRequest, **_parts_of_path: object) -> HttpResponse:
        try:
            return _answer(_handle(handlers, request))
        except Refused as no:
            return _answer(no.body, no.status, no.headers)

    return view


def _handle(handlers: Mapping[str, Handler], request: HttpRequest) -> Mapping[str, Any]:
    handler = handlers.get(request.method or "")
    if handler is None:
        raise refusals.method_not_allowed(request.method or "", sorted(handlers))
    try:
        return handler(request, timezone.now())
    except RateLimited as error:
        raise refusals.throttled(error.retry_after_seconds) from error
    except OperationalError as error:
        logger.exception("the database does not answer")
        raise refusals.unavailable() from error
    except SuspiciousOperation as error:  # such as a query of a thousand parameters
        raise refusals.detail(refusals.BAD_REQUEST) from error


@edge(_fault)
def unknown_path(request: HttpRequest) -> HttpResponse:
    return unreached(404)
