"""What an auditor asks the trail for: who changed, took away, was shown or was refused what."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.enums import TextChoices
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from orders.models import AuditEntry

# Each ends on a page that shows a secret or a link, once.
SHOWN_ONCE = (
    "credential.issue",
    "credential.rotate",
    "webhook_secret.issue",
    "webhook_secret.rotate",
    "user.invite",
)
LOGINS = Q(act__in=["login", "logout"]) | Q(act__startswith="login.") | Q(act="session.end")
EXPORTS = Q(act__endswith=".export")
PARAMETER = "kind"


class Kind(TextChoices):
    CHANGES = "changes", _("Changes")
    EXPORTS = "exports", _("Exports")
    SHOWN = "shown", _("Secrets shown")
    LOGINS = "logins", _("Logins")
    REFUSED = "refused", _("Refused")


CONDITIONS = {
    Kind.CHANGES: Q(refused=False) & ~LOGINS & ~EXPORTS & ~Q(act="workbench.examine"),
    Kind.EXPORTS: EXPORTS,
    Kind.SHOWN: Q(refused=False, act__in=SHOWN_ONCE),
    Kind.LOGINS: LOGINS,
    Kind.REFUSED: Q(refused=True),
}


class KindFilter(DropdownFilter):
    title = _("kind")
    parameter_name = PARAMETER

    def lookups(self, request: HttpRequest, model_admin: object) -> Iterable[tuple[str, Any]]:
        return Kind.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        if not self.value():
            return queryset
        return (
            queryset.filter(CONDITIONS[Kind(self.value())]) if self.value() in CONDITIONS else queryset.none()
        )


def pills(request: HttpRequest) -> list[tuple[str, str, bool]]:
    """Label, query and whether it is chosen; other filters stay."""
    chosen = request.GET.get(PARAMETER, "")
    rest = request.GET.copy()
    for name in (PARAMETER, "p", "e"):
        rest.pop(name, None)
    query = rest.urlencode()
    found = [(_("All"), query, not chosen)]
    for kind in Kind:
        rest[PARAMETER] = kind.value
        found.append((kind.label, rest.urlencode(), chosen == kind))
    return [(str(label), query, is_chosen) for label, query, is_chosen in found]
