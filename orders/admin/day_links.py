"""Links from a list to its days, told by the clock and the oldest row: Django's date hierarchy asks every row for its
day."""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from orders.admin import formats
from orders.services import spans

DAY = timedelta(days=1)
Address = Callable[[date, date], str]


@dataclass(frozen=True, slots=True)
class DayLink:
    label: str
    url: str
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLinks:
    """`month` is the one that the list shows, else the running one. Empty addresses, that of `month` too, lead
    nowhere."""

    spans: list[DayLink]
    month: DayLink
    days: list[DayLink]
    before_url: str
    after_url: str

    @property
    def is_open(self) -> bool:
        return self.month.is_active or any(link.is_active for link in self.days)


def day_links(
    shown: tuple[date, date] | None,
    *,
    today: date,
    oldest: date | None,
    address: Address,
    single_days: bool = False,
) -> DayLinks:
    """`shown`: the first and the last day of the list, where it is filtered by whole days. `single_days`: no link leads
    to more than one."""

    def link(label: str, first: date, last: date) -> DayLink:
        return DayLink(label, address(first, last), shown == (first, last))

    asked = max(shown[0], spans.EARLIEST) if shown else today
    first = min(asked, today).replace(day=1)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    start = max(first, oldest) if oldest else first
    days = [first + n * DAY for n in range(last.day) if start <= first + n * DAY <= today]
    before = spans.month_before(first), first - DAY
    next_first = spans.next_month(first)
    after = next_first, min(spans.next_month(next_first) - DAY, today)
    if single_days:
        before, after = (before[1], before[1]), (after[0], after[0])
    month = capfirst(formats.month(first))
    longer = [
        link(_("Last 7 days"), today - 6 * DAY, today),
        link(_("This month"), today.replace(day=1), today),
    ]
    return DayLinks(
        spans=[
            link(_("Today"), today, today),
            link(_("Yesterday"), today - DAY, today - DAY),
            *([] if single_days else longer),
        ],
        month=DayLink(month, "", False) if single_days else link(month, first, min(last, today)),
        days=[link(str(day.day), day, day) for day in days],
        before_url=address(*before) if (oldest or spans.EARLIEST) < first else "",
        after_url=address(*after) if after[0] <= today else "",
    )


def oldest_day(rows: QuerySet[Any], column: str, *, by: str) -> date | None:
    """Of the first row by the indexed column `by`. Rows are kept for ever, so there is none before it."""
    found: datetime | None = rows.order_by(by).values_list(column, flat=True).first()
    return timezone.localdate(found) if found else None
