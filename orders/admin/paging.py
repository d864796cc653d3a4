"""Pages of lists that hold millions of rows: the next one starts where this one ends, and nothing is counted out."""

from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from unfold import paginator
from unfold.views import ChangeList

from orders import notation
from orders.admin.day_links import DayLinks, day_links, oldest_day
from orders.admin.moment_filter import PARTS, MomentFilter
from orders.models.scope import merchants_of

MOST_PAGES = 200
MOST_COUNTED = 500
OLDER, NEWER = "before", "after"
MOST_CURSOR_DIGITS = 18  # below 2^63


class InfinitePaginator(paginator.InfinitePaginator):
    """Counts nothing and has an end: a deep OFFSET reads every row before it. Older rows are reached by filters. Named
    like the theme's own, since its templates ask for that name."""

    template_name = "admin/orders/capped_pages.html"

    @cached_property
    def count(self) -> int:
        return MOST_PAGES * int(self.per_page)


class KeysetList(ChangeList):
    """A list in the order of its admin, else of its model, which ends in a unique column. A page is asked for by the
    row it follows, so the thousandth costs what the first does.

    Filtered by a time, it is in the order of that time: by its own order the database would read every newer row first.
    """

    older_url = newer_url = ""
    day_links: DayLinks | None = None

    def get_filters_params(self, params: Any = None) -> Any:
        kept = super().get_filters_params(params)
        return {name: value for name, value in kept.items() if name not in {OLDER, NEWER}}

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str]:
        times = [each for each in self.filter_specs if isinstance(each, MomentFilter) and each.is_set]
        own = list(self.model_admin.get_ordering(request)) or [str(self.lookup_opts.ordering[0])]
        if not times or times[0].parameter_name == own[0].removeprefix("-"):
            return own
        return [f"-{times[0].parameter_name}", *own]

    def get_results(self, request: HttpRequest) -> None:
        for name in (OLDER, NEWER):  # links of filters lead to the first page
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        rows, per_page = self.queryset, self.list_per_page
        before, after = self._cursor(request, OLDER), self._cursor(request, NEWER)
        if after is not None:
            page = list(self._beyond(rows.reverse(), after, is_reversed=True)[: per_page + 1])
            has_newer, has_older = len(page) > per_page, True
            page = page[:per_page][::-1]
        else:
            rest = rows if before is None else self._beyond(rows, before)
            page = list(rest[: per_page + 1])
            has_newer, has_older = before is not None, len(page) > per_page
            page = page[:per_page]
        self._show(request, page, has_newer=has_newer, has_older=has_older)
        for each in self.filter_specs:
            if isinstance(each, MomentFilter) and each.parameter_name == self.model_admin.day_column:
                self.day_links = self._day_links(request, each)

    def _day_links(self, request: HttpRequest, times: MomentFilter) -> DayLinks:
        """Whoever is limited to some merchants is not told of the oldest row: theirs have no index by time."""
        is_limited = merchants_of(request.user) is not None
        column = str(times.parameter_name)

        def address(first: date, last: date) -> str:
            remove = [f"{column}_{part}" for part in PARTS]
            return str(self.get_query_string(times.parameters(first, last), remove))

        return day_links(
            times.whole_days,
            today=timezone.localdate(),
            oldest=None
            if is_limited
            else oldest_day(self.root_queryset, column, by="id" if self.model_admin.single_days else column),
            address=address,
            single_days=self.model_admin.single_days,
        )

    def _show(self, request: HttpRequest, page: list[Any], *, has_newer: bool, has_older: bool) -> None:
        self.result_list = page
        if page and has_older:
            self.older_url = self.get_query_string({OLDER: page[-1].pk})
        if page and has_newer:
            self.newer_url = self.get_query_string({NEWER: page[0].pk})
        is_whole = not (has_newer or has_older)
        self.result_count = (
            len(page) if is_whole else min(self.queryset.order_by()[:MOST_COUNTED].count(), MOST_COUNTED)
        )
        self.count_text = self._count_text()
        self.full_result_count, self.show_full_result_count = None, False
        self.show_admin_actions, self.can_show_all = True, False
        self.multi_page = has_newer or has_older
        self.paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        self.paginator.template_name = "admin/orders/keyset_pages.html"

    def _ordering(self) -> list[str]:
        return [str(name) for name in self.queryset.query.order_by]

    def _beyond(self, rows: QuerySet[Any], cursor: Model, *, is_reversed: bool = False) -> QuerySet[Any]:
        """What follows the row in the list, or with `is_reversed` goes before it."""
        first, *rest = self._ordering()
        return rows.filter(_after(cursor, first, rest, is_reversed=is_reversed))

    def _cursor(self, request: HttpRequest, name: str) -> Model | None:
        """None for what names no row: the first page is shown."""
        value = request.GET.get(name, "").strip()
        if not (value.isascii() and value.isdigit() and len(value) <= MOST_CURSOR_DIGITS):
            return None
        found: Model | None = self.root_queryset.order_by().filter(pk=int(value)).first()
        return found

    def _count_text(self) -> str:
        if self.result_count < MOST_COUNTED:
            return notation.number(self.result_count)
        if not self.queryset.query.where and (estimate := _rows_of(self.model)) > MOST_COUNTED:
            return _("about %(count)s") % {"count": notation.number(estimate)}
        return _("%(count)s or more") % {"count": notation.number(MOST_COUNTED)}


def _after(cursor: Model, first: str, rest: list[str], *, is_reversed: bool) -> Q:
    """The first column bounds the rows by itself, so that its index serves."""
    name = first.removeprefix("-")
    value = getattr(cursor, name)
    side = "lt" if first.startswith("-") != is_reversed else "gt"
    if not rest:
        return Q(**{f"{name}__{side}": value})
    tie = Q(**{name: value}) & _after(cursor, rest[0], rest[1:], is_reversed=is_reversed)
    return Q(**{f"{name}__{side}e": value}) & (Q(**{f"{name}__{side}": value}) | tie)


def _rows_of(model: type[Model]) -> int:
    """As the planner knows it: the order of magnitude, for nothing. -1: it does not know."""
    if connection.vendor != "postgresql":
        return -1
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [model._meta.db_table]
        )
        return int(cursor.fetchone()[0])
