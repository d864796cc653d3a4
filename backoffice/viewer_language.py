"""Staff read in the language they chose, else in the one their browser asks for. What merchants' programs read, what
is stored and what is exported is English.

A choice is kept with the person; in the session, which spares a query; and in a cookie, for the login page.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBadRequest, HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from backoffice.page_headers import is_staff_page
from orders.admin.base import staff
from orders.services import languages

CHOSEN = "language"
Handler = Callable[[HttpRequest], HttpResponseBase]


def viewer_language_middleware(get_response: Handler) -> Handler:
    """After the session's."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not is_staff_page(request):
            return get_response(request)
        language = request.session.get(CHOSEN) or translation.get_language_from_request(request)
        with translation.override(language):
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Accept-Language"])
        return response

    return middleware


@require_POST
def choose(request: HttpRequest) -> HttpResponseBase:
    """Django's own view sets the cookie and goes back to where the person was."""
    code = request.POST.get("language", "")
    if code not in dict(settings.LANGUAGES):
        return HttpResponseBadRequest(_("Unknown language."))
    if request.user.is_authenticated:
        languages.choose(staff(request), code)
        request.session[CHOSEN] = code
    return set_language(request)


@receiver(user_logged_in)
def recall(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    if code := languages.chosen_by(user):
        request.session[CHOSEN] = code
