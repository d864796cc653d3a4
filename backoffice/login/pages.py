"""The looks of the login's pages: those of the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.login import stamps, urls

ALONE, WITH_SIDEBAR = "unfold/layouts/unauthenticated.html", "admin/base_site.html"


def look(request: HttpRequest) -> dict[str, Any]:
    """A context processor. The sidebar is there for who may use it."""
    match = request.resolver_match
    if not match or match.view_name not in urls.NAMES:
        return {}
    is_in = request.user.is_authenticated and not stamps.lacks_factor(request)
    return {
        **admin.site.each_context(request),
        "layout": WITH_SIDEBAR if is_in else ALONE,
        "is_in": is_in,
        "title": _("Your account"),
    }


def links(request: HttpRequest) -> list[dict[str, Any]]:
    """In the shape of unfold's ACCOUNT navigation: the menu below a person's name."""
    return [
        {"title": _("Second factor"), "link": reverse("mfa_index")},
        {"title": _("Sessions"), "link": reverse("admin:usersessions_usersession_changelist")},
        {"title": _("Change password"), "link": reverse("admin:password_change")},
    ]
