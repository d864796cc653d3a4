"""Filters of the order list, and the saved views above it."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from orders import notation
from orders.models import Callback, CallbackFormat, Order
from orders.states import OPEN_ORDER, CallbackStatus, OrderStatus

NEEDS_A_PERSON = (OrderStatus.ATTENTION, OrderStatus.UNKNOWN)
IN_PROGRESS = (OrderStatus.NEW, OrderStatus.SENDING, OrderStatus.ACCEPTED, OrderStatus.WAITING)
MOST_COUNTED = 1000
VIEWS = (("person", _("Needs a person")), ("progress", _("In progress")), ("failed", _("Failed today")))


def today(now: datetime) -> datetime:
    """Midnight of the viewer's day."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def in_view(name: str, *, now: datetime) -> Q:
    """Of an unknown name: no order."""
    match name:
        case "person":
            return Q(status__in=NEEDS_A_PERSON)
        case "progress":
            return Q(status__in=IN_PROGRESS)
        case "due":
            return Q(next_action_at__lt=now)
        case "failed":
            return Q(status=OrderStatus.FAILED, finished_at__gte=today(now))
        case _:
            return Q(pk__in=[])


def view_counts(orders: QuerySet[Order], *, now: datetime) -> list[dict[str, object]]:
    """The row of quick links; a count stops at MOST_COUNTED."""
    rows = []
    for name, label in VIEWS:
        count = orders.order_by().filter(in_view(name, now=now))[:MOST_COUNTED].count()
        shown = f"{notation.number(count)}{'+' if count == MOST_COUNTED else ''}"
        rows.append({"name": name, "label": label, "count": shown, "is_alarm": name == "person" and count})
    return rows


class ViewFilter(DropdownFilter):
    title = _("view")
    parameter_name = "view"

    def lookups(self, request: HttpRequest, model_admin: object) -> Iterable[tuple[str, str | Promise]]:
        return [*VIEWS, ("due", gettext("Due now"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        return queryset.filter(in_view(self.value(), now=timezone.now())) if self.value() else queryset


class CallbackStateFilter(DropdownFilter):
    title = _("callback")
    parameter_name = "callback"

    def lookups(self, request: HttpRequest, model_admin: object) -> Iterable[tuple[str, str | Promise]]:
        return [
            ("unwanted", gettext("none wanted")),
            ("later", gettext("not due yet")),
            *CallbackStatus.choices,
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        rows = Callback.objects.filter(order=OuterRef("pk"))
        match self.value():
            case None | "":
                return queryset
            case "unwanted":
                return queryset.filter(callback_format=CallbackFormat.NONE)
            case "later":
                return queryset.exclude(callback_format=CallbackFormat.NONE).filter(
                    ~Exists(rows), status__in=OPEN_ORDER
                )
            case status:
                return queryset.filter(Exists(rows.filter(status=status)))
