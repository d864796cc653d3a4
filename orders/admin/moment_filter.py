"""A filter from one moment to another, in the viewer's zone."""

from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_time
from unfold.contrib.filters.admin import RangeDateTimeFilter

PARTS = ("from_0", "from_1", "to_0", "to_1")


class MomentFilter(RangeDateTimeFilter):
    """A day without a time means the whole of it, which unfold's own filter ignores. What can't be read filters
    nothing."""

    @property
    def is_set(self) -> bool:
        return self._moment("from", time.min) is not None or self._moment("to", time.max) is not None

    @property
    def whole_days(self) -> tuple[date, date] | None:
        """The first and the last, when it is set to days without times."""
        given = [self.used_parameters.get(f"{self.parameter_name}_{end}") or "" for end in PARTS]
        try:
            first, last = parse_date(given[0]), parse_date(given[2])
        except ValueError:
            return None
        return (first, last) if first and last and not (given[1] or given[3]) else None

    def parameters(self, first: date, last: date) -> dict[str, str]:
        """What sets it to these days."""
        return {f"{self.parameter_name}_from_0": str(first), f"{self.parameter_name}_to_0": str(last)}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = self._moment("from", time.min), self._moment("to", time.max)
        if first is not None:
            queryset = queryset.filter(**{f"{self.parameter_name}__gte": first})
        if last is not None:
            queryset = queryset.filter(**{f"{self.parameter_name}__lte": last})
        return queryset

    def _moment(self, end: str, default: time) -> datetime | None:
        given = [self.used_parameters.get(f"{self.parameter_name}_{end}_{part}") or "" for part in (0, 1)]
        try:
            day, clock = parse_date(given[0]), parse_time(given[1]) if given[1] else default
            if day is None or clock is None:
                return None
            return timezone.make_aware(datetime.combine(day, clock.replace(tzinfo=None))).astimezone(UTC)
        except (ValueError, OverflowError):
            return None
