"""Filters of the callback log. The conditions are those of its partial indexes, word for word."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, TextFilter

from orders.admin.filters import HttpStatusFilter
from orders.models import CallbackLog, Direction
from orders.models.callbacks import FAILED_OUT, verdict_words

RESULTS = {
    "delivered": Q(direction=Direction.OUT, verdict="delivered"),
    "failed": FAILED_OUT,
    "accepted": Q(direction=Direction.IN, verdict="accepted"),
    "rejected": Q(direction=Direction.IN) & ~Q(verdict__in=["accepted", "replayed", "no_change"]),
}
TITLES = {
    "delivered": _("delivered to the merchant"),
    "failed": _("failed to the merchant"),
    "accepted": _("accepted from a provider"),
    "rejected": _("rejected from a provider"),
}


class ResultFilter(DropdownFilter):
    title = _("result")
    parameter_name = "result"

    def lookups(self, request: HttpRequest, model_admin: object) -> Iterable[tuple[str, Promise]]:
        return TITLES.items()

    def queryset(self, request: HttpRequest, queryset: QuerySet[CallbackLog]) -> QuerySet[CallbackLog]:
        if not self.value():
            return queryset
        condition = RESULTS.get(self.value())
        return queryset.none() if condition is None else queryset.filter(condition)


class AnswerFilter(HttpStatusFilter):
    """`no answer` is said of what we sent only: an upstream's callback has no status."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[CallbackLog]) -> QuerySet[CallbackLog]:
        rows = super().queryset(request, queryset)
        return rows.filter(FAILED_OUT) if self.value() == "none" else rows


class StatusFilter(TextFilter):
    title = _("HTTP status")
    parameter_name = "status"

    def queryset(self, request: HttpRequest, queryset: QuerySet[CallbackLog]) -> QuerySet[CallbackLog]:
        text = (self.value() or "").strip()
        if not text:
            return queryset
        is_status = text.isascii() and text.isdigit() and len(text) == 3
        return queryset.filter(status=int(text)) if is_status else queryset.none()


class VerdictFilter(DropdownFilter):
    """Why it failed, or what became of it, in one word."""

    title = _("error class")
    parameter_name = "verdict"
    verdicts = (
        *(
            "refused",
            "no_answer",
            "no_connection",
            "refused_target",
            "bad_url",
            "unknown",
            "keys_unreadable",
            "fault",
        ),  # what we sent
        *("bad_signature", "stale", "malformed", "unsupported", "unknown_order", "replayed"),  # what came in
    )

    def lookups(self, request: HttpRequest, model_admin: object) -> Iterable[tuple[str, str]]:
        return [(name, verdict_words(name)) for name in self.verdicts]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CallbackLog]) -> QuerySet[CallbackLog]:
        return queryset.filter(verdict=self.value().replace("\0", "")) if self.value() else queryset


class TriggerFilter(DropdownFilter):
    title = _("trigger")
    parameter_name = "trigger"

    def lookups(self, request: HttpRequest, model_admin: object) -> Iterable[tuple[str, str]]:
        return [
            ("automatic", gettext("automatic")),
            ("resend", gettext("resent by staff")),
            ("test", gettext("test")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CallbackLog]) -> QuerySet[CallbackLog]:
        match self.value():
            case None | "":
                return queryset
            case "test":
                return queryset.filter(is_test=True)
            case trigger:
                return queryset.filter(trigger=trigger.replace("\0", ""), direction=Direction.OUT)
