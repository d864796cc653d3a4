"""`/healthz`, for load balancers and for the supervisor."""

import logging
from collections.abc import Callable

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponseBase, JsonResponse

logger = logging.getLogger(__name__)
PATH = "/healthz"
Handler = Callable[[HttpRequest], HttpResponseBase]


def health_middleware(get_response: Handler) -> Handler:
    """First in the list: probes call by IP address and plain HTTP, which host check and redirect refuse."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return healthz() if request.path == PATH else get_response(request)

    return middleware


def healthz() -> JsonResponse:
    """200 when the database answers, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        logger.exception("the database does not answer")
        return JsonResponse({"status": "database unavailable"}, status=503)
    return JsonResponse({"status": "ok"})
