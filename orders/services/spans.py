"""Days and months of a time zone as spans of UTC: from `since` until just before `until`."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EARLIEST = date(2018, 1, 1)  # TRON's own chain began that June


@dataclass(frozen=True, slots=True)
class Span:
    since: datetime
    until: datetime


def day(first: date, zone: str) -> Span:
    return days(first, first, zone)


def days(first: date, last: date, zone: str) -> Span:
    """Both days included. Raises OverflowError at the end of the calendar."""
    return Span(_midnight(first, zone), _midnight(last + timedelta(days=1), zone))


def month(of: date, zone: str) -> Span:
    first = of.replace(day=1)
    return Span(_midnight(first, zone), _midnight(next_month(first), zone))


def next_month(of: date) -> date:
    return (of.replace(day=1) + timedelta(days=31)).replace(day=1)


def month_before(of: date) -> date:
    return (of.replace(day=1) - timedelta(days=1)).replace(day=1)


def today(now: datetime, zone: str) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def _midnight(of: date, zone: str) -> datetime:
    return datetime.combine(of, time.min, ZoneInfo(zone)).astimezone(UTC)
