"""Where a request comes from, for the audit trail: the same address that the merchant APIs count and compare."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from orders.api.edge import client_ip
from orders.services import audit, networks

Handler = Callable[[HttpRequest], HttpResponseBase]


def origin_middleware(get_response: Handler) -> Handler:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        with audit.coming_from(origin_of(request)):
            return get_response(request)

    return middleware


def origin_of(request: HttpRequest) -> audit.Origin:
    """Without what no column holds: a zone, text that is no address, a NUL. Headers are anybody's to write."""
    try:
        ip = str(networks.plain(client_ip(request).partition("%")[0]))
    except ValueError:
        ip = None
    return audit.Origin(ip, request.headers.get("User-Agent", "").replace("\0", ""))
