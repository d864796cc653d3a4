"""Who is logged in from where. Everybody sees and ends his own sessions, who manages people those of others."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action, display

from orders.admin import formats
from orders.admin.base import ReadOnlyAdmin, staff
from orders.admin.people import may_touch
from orders.services import staff_sessions

# Nobody has an e-mail address to verify, and rows of second factors hold secrets.
for model in (EmailAddress, Authenticator, UserSession):
    admin.site.unregister(model)


@admin.register(UserSession)
class SessionAdmin(ReadOnlyAdmin):
    list_display = ("person", "state", "browser", "ip", "since", "seen")
    list_filter = (("user", RelatedDropdownFilter),)
    list_select_related = ("user",)
    list_display_links = None
    ordering = ("-last_seen_at",)
    sortable_by = ()
    actions = ("end_selected",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[UserSession]:
        """Those that are good for another request."""
        now = timezone.now()
        alive = Session.objects.filter(expire_date__gt=now).values("session_key")
        used = now - timedelta(seconds=settings.SESSION_IDLE_SECONDS)
        rows: QuerySet[UserSession] = super().get_queryset(request)
        rows = rows.filter(session_key__in=alive, last_seen_at__gt=used)
        return rows if manages_people(request) else rows.filter(user=staff(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return True

    def get_list_filter(self, request: HttpRequest) -> tuple[object, ...]:
        return self.list_filter if manages_people(request) else ()

    @action(description=_("End the selected sessions"), permissions=["view"])
    def end_selected(self, request: HttpRequest, rows: QuerySet[UserSession]) -> None:
        ended = [row for row in rows if row.user == request.user or may_touch(staff(request), row.user)]
        staff_sessions.end(ended, user=staff(request), now=timezone.now())
        text = ngettext("%d session ended.", "%d sessions ended.", len(ended)) % len(ended)
        messages.success(request, text)
        if refused := len(rows) - len(ended):
            text = ngettext(
                "%d is of a person who holds more than you.",
                "%d are of people who hold more than you.",
                refused,
            )
            messages.warning(request, text % refused)

    @display(description=_("person"))
    def person(self, row: UserSession) -> str:
        return str(row.user)

    @display(description=_("state"))
    def state(self, row: UserSession) -> SafeString:
        return formats.badge(_("this one"), "success") if row.is_current() else formats.badge(_("alive"))

    @display(description=_("browser"))
    def browser(self, row: UserSession) -> str:
        return row.user_agent or formats.NOTHING

    @display(description=_("address"))
    def ip(self, row: UserSession) -> str:
        return str(row.ip)

    @display(description=_("logged in"))
    def since(self, row: UserSession) -> str:
        return formats.moment(row.created_at)

    @display(description=_("last seen"))
    def seen(self, row: UserSession) -> str:
        return formats.moment(row.last_seen_at)


def manages_people(request: HttpRequest) -> bool:
    return staff(request).has_perm("auth.change_user")
