"""Staff see times in the zone of their browser, which backoffice.js tells in a cookie; until it has, in TIME_ZONE."""

from collections.abc import Callable
from functools import cache
from urllib.parse import unquote
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

COOKIE = "zone"
PAGES = "/admin/"  # what merchants' programs read stays as it is documented


Handler = Callable[[HttpRequest], HttpResponseBase]


def viewer_zone_middleware(get_response: Handler) -> Handler:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        told = request.COOKIES.get(COOKIE, "") if request.path.startswith(PAGES) else ""
        name = unquote(told)  # backoffice.js sends Asia%2FShanghai
        if name not in _known():
            return get_response(request)
        with timezone.override(ZoneInfo(name)):
            return get_response(request)

    return middleware


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())
