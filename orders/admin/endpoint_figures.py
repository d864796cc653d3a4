"""How each host of a page of endpoints has answered lately: three queries, however many hosts and rows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from orders import notation
from orders.models import Callback, CallbackHost, CallbackLog, Direction
from orders.states import CallbackStatus

LAST = 50
BAR, GAP, HEIGHT, LEAST = 3, 1, 24, 2


@dataclass(frozen=True, slots=True)
class Attempt:
    duration_ms: int
    delivered: bool


@dataclass(slots=True)
class Figures:
    """`attempts`: the last ones, oldest first. `waiting`: callbacks that are not delivered yet."""

    attempts: list[Attempt] = field(default_factory=list)
    waiting: int = 0

    @property
    def failure_percent(self) -> int | None:
        if not self.attempts:
            return None
        failed = sum(not attempt.delivered for attempt in self.attempts)
        return round(100 * failed / len(self.attempts))

    @property
    def median_ms(self) -> int | None:
        """Of those that were delivered; what fails is often a time-out and says nothing of their speed."""
        times = [attempt.duration_ms for attempt in self.attempts if attempt.delivered]
        return round(median(times)) if times else None


def of(hosts: Iterable[CallbackHost]) -> Mapping[str, Figures]:
    figures: defaultdict[str, Figures] = defaultdict(Figures)
    oldest = _oldest([host.pk for host in hosts])
    if not oldest:
        return figures
    last = Q()
    for host, pk in oldest.items():
        last |= Q(host=host, pk__gte=pk)
    logs = CallbackLog.objects.filter(last, direction=Direction.OUT).order_by("pk")
    for host, duration_ms, verdict in logs.values_list("host", "duration_ms", "verdict"):
        figures[host].attempts.append(Attempt(duration_ms, verdict == "delivered"))
    pending = Callback.objects.filter(status=CallbackStatus.PENDING, host__in=oldest).order_by()
    for host, count in pending.values_list("host").annotate(Count("pk")):
        figures[host].waiting = count
    return figures


def _oldest(pks: list[int]) -> dict[str, int]:
    """By host, the id of the oldest of its last attempts; 0 when it has no more than those."""
    log = CallbackLog.objects.filter(host=OuterRef("host"), direction=Direction.OUT).order_by("-pk")
    nth = Subquery(log.values("pk")[LAST - 1 : LAST], output_field=IntegerField())
    rows = CallbackHost.objects.filter(pk__in=pks).order_by().annotate(oldest=Coalesce(nth, 0))
    return dict(rows.values_list("host", "oldest"))


def sparkline(attempts: list[Attempt]) -> SafeString:
    """A bar an attempt, as high as it took long, failed ones in red; oldest on the left."""
    slowest = max((attempt.duration_ms for attempt in attempts), default=0) or 1
    bars = []
    for number, attempt in enumerate(attempts):
        height = max(LEAST, round(HEIGHT * attempt.duration_ms / slowest))
        look = "is-delivered" if attempt.delivered else "is-failed"
        word = _("%(count)s ms, delivered") if attempt.delivered else _("%(count)s ms, failed")
        words = word % {"count": notation.number(attempt.duration_ms)}
        bars.append((number * (BAR + GAP), HEIGHT - height, BAR, height, look, words))
    return format_html(
        '<svg class="bo-spark" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img" '
        'aria-label="{2}">{3}</svg>',
        LAST * (BAR + GAP),
        HEIGHT,
        _("Attempts: %(count)s, failed: %(failed)s, the slowest: %(slowest)s ms")
        % {
            "count": len(attempts),
            "failed": sum(not attempt.delivered for attempt in attempts),
            "slowest": notation.number(slowest) if attempts else 0,
        },
        format_html_join(
            "",
            '<rect x="{}" y="{}" width="{}" height="{}" class="{}"><title>{}</title></rect>',
            bars,
        ),
    )
