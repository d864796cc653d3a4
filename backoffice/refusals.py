"""Every refusal of a staff page is on the audit trail."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import escape_uri_path

from orders.admin.base import staff
from orders.services import audit

Handler = Callable[[HttpRequest], HttpResponseBase]


def refusal_middleware(get_response: Handler) -> Handler:
    """After authentication: a 403 below /admin/ to a person who is logged in, a failed CSRF check included."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        is_staff_page = request.path.startswith(reverse("admin:index"))
        if response.status_code == 403 and is_staff_page and request.user.is_authenticated:
            record(request)
        return response

    return middleware


def record(request: HttpRequest) -> None:
    audit.record(
        "page.refused",
        user=staff(request),
        now=timezone.now(),
        label=f"{request.method} {escape_uri_path(request.path)}",
        refused=True,
    )
