"""Filters that several lists share. A value they do not know filters nothing away but everything: no rows, no error."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, RelatedDropdownFilter, TextFilter

from orders.admin.base import staff
from orders.models import Merchant

HTTP_CLASSES = {
    "2": ("2xx", 200),
    "3": ("3xx", 300),
    "4": ("4xx", 400),
    "5": ("5xx", 500),
}


EXPIRES_WITHIN = timedelta(days=7)


def expiring(now: datetime) -> Q:
    """Of key pairs and secrets: they work, and soon will not."""
    return Q(revoked_at=None, retires_at__gt=now, retires_at__lte=now + EXPIRES_WITHIN)


class ExpiryFilter(DropdownFilter):
    title = _("expiry")
    parameter_name = "expiry"

    def lookups(self, request: HttpRequest, model_admin: object) -> Iterable[tuple[str, Promise]]:
        return [("soon", _("within 7 days"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(expiring(timezone.now())) if self.value() else queryset


class HttpStatusFilter(DropdownFilter):
    title = _("answer")
    parameter_name = "answer"

    def lookups(self, request: HttpRequest, model_admin: object) -> Iterable[tuple[str, str]]:
        return [*((key, name) for key, (name, _) in HTTP_CLASSES.items()), ("none", gettext("no answer"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case None | "":
                return queryset
            case "none":
                return queryset.filter(status=None)
            case key:
                first = HTTP_CLASSES.get(key, ("", -100))[1]
                return queryset.filter(status__gte=first, status__lt=first + 100)


class MerchantFilter(RelatedDropdownFilter):
    """Offers what the viewer may see, even when that is one merchant only: a filter that is set is shown, and told by
    its name."""

    def has_output(self) -> bool:
        return True

    def field_choices(
        self, field: object, request: HttpRequest, model_admin: object
    ) -> list[tuple[int, str]]:
        rows = Merchant.objects.visible_to(staff(request)).order_by("name")
        return list(rows.values_list("pk", "name"))


def text_filter(title_: str | Promise, lookup: str) -> type[TextFilter]:
    """A box whose text is looked up exactly, so that an index can serve."""

    class ExactTextFilter(TextFilter):
        title = title_
        parameter_name = lookup.replace("__", "_")

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            text = (self.value() or "").strip()
            return queryset.filter(**{lookup: text.replace("\0", "")}) if text else queryset

    return ExactTextFilter
