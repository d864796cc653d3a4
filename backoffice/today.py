"""The viewer's day in figures: orders by kind and result, the last hours, money, callbacks and provider accounts.

Everything is counted over a day's rows by an index; nothing reads further back.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles

from django.contrib.auth.models import User
from django.db.models import Count, Sum
from django.db.models.functions import TruncHour
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from orders import notation
from orders.admin import charts, formats
from orders.admin.formats import list_of
from orders.admin.order_filters import IN_PROGRESS, NEEDS_A_PERSON, today
from orders.models import CallbackLog, Direction, Order, OrderKind, Transfer, TransferCode
from orders.models.callbacks import FAILED_OUT
from orders.states import OrderStatus

HOURS = 24
LATEST_TRIES = 500
INNER = (TransferCode.HOLD, TransferCode.RELEASE)  # nothing has come or gone yet


@dataclass(frozen=True, slots=True)
class Linked:
    count: int
    url: str


def since_midnight(now: datetime, field: str = "created_at") -> dict[str, str]:
    """As a list's filter reads it."""
    return {f"{field}_from_0": f"{today(now):%Y-%m-%d}", f"{field}_from_1": "00:00:00"}


# --- orders ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KindRow:
    label: str
    all: Linked
    succeeded: Linked
    failed: Linked
    progress: Linked
    person: Linked
    bar: SafeString


def by_kind(user: User, now: datetime) -> list[KindRow]:
    """Kinds that were ordered today, the most ordered first."""
    rows = Order.objects.visible_to(user).filter(created_at__gte=today(now)).order_by()
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for kind, status, count in rows.values_list("kind", "status").annotate(Count("pk")):
        counts[kind][status] = count
    ordered = sorted(counts.items(), key=lambda each: -each[1].total())
    most = ordered[0][1].total() if ordered else 0
    return [_kind_row(kind, found, most, since_midnight(now)) for kind, found in ordered]


def _kind_row(kind: str, found: Counter[str], most: int, day: dict[str, str]) -> KindRow:
    def linked(count: int, **filters: str) -> Linked:
        return Linked(count, list_of(Order, kind__exact=kind, **filters, **day))

    succeeded, failed = found[OrderStatus.SUCCEEDED], found[OrderStatus.FAILED]
    rest = found.total() - succeeded - failed
    return KindRow(
        label=OrderKind(kind).label.capitalize(),
        all=linked(found.total()),
        succeeded=linked(succeeded, status__exact=OrderStatus.SUCCEEDED),
        failed=linked(failed, status__exact=OrderStatus.FAILED),
        progress=linked(sum(found[status] for status in IN_PROGRESS), view="progress"),
        person=linked(sum(found[status] for status in NEEDS_A_PERSON), view="person"),
        bar=charts.share([("good", succeeded), ("bad", failed), ("open", rest)], most),
    )


@dataclass(frozen=True, slots=True)
class Hours:
    """`rows`: hour, succeeded, failed, open."""

    chart: SafeString
    rows: list[tuple[str, int, int, int]]


def by_hour(user: User, now: datetime) -> Hours | None:
    """None without an order."""
    last = timezone.localtime(now).replace(minute=0, second=0, microsecond=0)
    first = last - timedelta(hours=HOURS - 1)
    orders = Order.objects.visible_to(user).filter(created_at__gte=first).order_by()
    counts: defaultdict[datetime, Counter[str]] = defaultdict(Counter)
    grouped = orders.annotate(hour=TruncHour("created_at")).values_list("hour", "status")
    for hour, status, count in grouped.annotate(Count("pk")):
        counts[hour][status] += count
    if not counts:
        return None
    rows = []
    for number in range(HOURS):
        found = counts[first + timedelta(hours=number)]
        done, failed = found[OrderStatus.SUCCEEDED], found[OrderStatus.FAILED]
        name = f"{first + timedelta(hours=number):%H}"
        rows.append((name, done, failed, found.total() - done - failed))
    chart = [
        charts.Column(
            label=name if number % 3 == 0 else "",
            words=_("%(hour)s h: %(done)s succeeded, %(failed)s failed, %(open)s open")
            % {
                "hour": name,
                "done": notation.number(done),
                "failed": notation.number(failed),
                "open": notation.number(still_open),
            },
            parts=[("good", done), ("bad", failed), ("open", still_open)],
        )
        for number, (name, done, failed, still_open) in enumerate(rows)
    ]
    total, failed = sum(sum(row[1:]) for row in rows), sum(row[2] for row in rows)
    words = _("%(total)s orders in the last 24 hours, %(failed)s of them failed") % {
        "total": notation.number(total),
        "failed": notation.number(failed),
    }
    return Hours(charts.columns(chart, words), rows)


# --- money -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MoneyRow:
    what: str
    amount: SafeString | str
    transfers: Linked


def money(user: User, now: datetime) -> list[MoneyRow]:
    """What has come, gone, been earned and been spent."""
    rows = Transfer.objects.visible_to(user).filter(created_at__gte=today(now)).exclude(code__in=INNER)
    grouped = rows.order_by().values_list("code", "debit__asset").annotate(Sum("amount"), Count("pk"))
    codes = list(TransferCode)
    return [
        MoneyRow(
            TransferCode(code).label.capitalize(),
            formats.money(amount, asset),
            Linked(
                count, list_of(Transfer, code__exact=code, debit__asset__exact=asset, **since_midnight(now))
            ),
        )
        for code, asset, amount, count in sorted(grouped, key=lambda row: (codes.index(row[0]), row[1]))
    ]


# --- callbacks ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tries:
    """`median_ms` and `slow_ms` (one in twenty takes longer): of the last LATEST_TRIES that were delivered."""

    delivered: Linked
    failed: Linked
    median_ms: int | None
    slow_ms: int | None

    @property
    def percent(self) -> str:
        total = self.delivered.count + self.failed.count
        return notation.percent(f"{100 * self.delivered.count / total:.1f}") if total else formats.NOTHING


def tries(user: User, now: datetime) -> Tries:
    out = CallbackLog.objects.visible_to(user).filter(direction=Direction.OUT)
    of_today = out.filter(created_at__gte=today(now))
    delivered = of_today.filter(verdict="delivered").count()
    failed = of_today.filter(FAILED_OUT).count()
    newest = out.filter(verdict="delivered").values_list("duration_ms", flat=True)
    times = list(newest[:LATEST_TRIES])
    day = since_midnight(now)
    return Tries(
        Linked(delivered, list_of(CallbackLog, result="delivered", **day)),
        Linked(failed, list_of(CallbackLog, result="failed", **day)),
        round(median(times)) if times else None,
        round(quantiles(times, n=20, method="inclusive")[-1]) if len(times) > 1 else None,
    )
