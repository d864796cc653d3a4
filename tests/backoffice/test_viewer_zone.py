"""The browser's zone, where it has told one that exists; never for merchants' programs."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from backoffice.viewer_zone import viewer_zone_middleware


def zone_of(path: str, cookie: str) -> str:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(timezone.get_current_timezone_name())

    request = RequestFactory().get(path)
    request.COOKIES["zone"] = cookie
    response = viewer_zone_middleware(view)(request)
    assert isinstance(response, HttpResponse)
    return response.content.decode()


@pytest.mark.parametrize("cookie", ["Asia/Shanghai", "Asia%2FShanghai"])
def test_staff_pages_are_in_the_zone_of_the_browser(cookie: str) -> None:
    """Whose script percent-encodes it."""
    assert zone_of("/admin/", cookie) == "Asia/Shanghai"
    assert timezone.get_current_timezone_name() == "UTC"


def test_other_addresses_keep_the_zone_of_the_installation() -> None:
    assert zone_of("/api/orders/monitor", "Asia/Shanghai") == "UTC"


@pytest.mark.parametrize(
    "cookie", ["", "Nowhere/At_all", "../../etc/passwd", "\0", "%00", "%", "%FF", "x" * 5000]
)
def test_a_zone_that_is_none_changes_nothing(cookie: str) -> None:
    assert zone_of("/admin/", cookie) == "UTC"
