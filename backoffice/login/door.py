"""The door of every staff page: is the session still good, was the second factor seen, was it just proved who asks?"""

from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.login import stamps, urls
from orders.admin import step_up

Handler = Callable[[HttpRequest], HttpResponseBase]
# Pages of the login itself, and those of them for a session that has not seen the person's second factor.
OPEN = {*urls.NAMES, "admin:jsi18n", "language"}
ENTRANCE = {
    *("account_login", "account_logout", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
    *("admin:jsi18n", "language"),
}
BY_ITSELF = "X-By-Itself"  # sent by scripts that keep a page up to date: nobody did anything


class Door:
    """A middleware."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if not request.path.startswith(reverse("admin:index")) or not request.user.is_authenticated:
            return None
        return turned_away(request)


def turned_away(request: HttpRequest) -> HttpResponseBase | None:
    """Where a person must go first; None lets him pass."""
    now = timezone.now()
    page = request.resolver_match.view_name if request.resolver_match else ""
    if stamps.is_over(request, now=now):
        logout(request)
        messages.info(request, _("Your session has ended. Please log in again."))
        return None if page in OPEN else redirect_to_login(request.get_full_path())
    if BY_ITSELF not in request.headers:
        stamps.see(request, now=now)
    if stamps.lacks_factor(request):
        return _to_second_factor(request, page)
    if page in OPEN:
        return None
    if step_up.is_needed(page, request.method or "") and not stamps.is_fresh(request, now=now):
        return _to_proof(request)
    return None


def _to_second_factor(request: HttpRequest, page: str) -> HttpResponseBase | None:
    """To set one up, which a password alone allows only while there is none."""
    if is_mfa_enabled(request.user, stamps.FACTORS):
        confirm = reverse("mfa_reauthenticate")
        return None if page in ENTRANCE else redirect_to_login(request.get_full_path(), confirm)
    if page in OPEN:
        return None
    messages.info(request, _("Set up a second factor first: an authenticator app or a passkey."))
    return HttpResponseRedirect(reverse("mfa_index"))


def _to_proof(request: HttpRequest) -> HttpResponseBase:
    """What was sent is not kept: it may hold a secret."""
    if request.method != "GET":
        messages.warning(request, _("Nothing was done. Confirm that it is you, then send the form again."))
    return redirect_to_login(request.get_full_path(), reverse("account_reauthenticate"))
