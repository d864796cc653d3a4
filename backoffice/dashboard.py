"""The home page: today's orders, what needs a person, and whether the machine keeps up. Figures link to their lists."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, F, Min, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django_q.models import Failure, OrmQ, Schedule

from backoffice import today
from orders import notation
from orders.admin import order_filters
from orders.admin.base import staff
from orders.admin.filters import expiring
from orders.admin.formats import list_of
from orders.models import (
    ApiCredential,
    Approval,
    ApprovalStatus,
    Callback,
    CallbackHost,
    Circuit,
    GoneUrl,
    Order,
    Payment,
    PaymentStatus,
    ResendJob,
    TokenTerms,
    Wallet,
    WalletBalance,
    WebhookSecret,
)
from orders.services import chain_status, node_gate
from orders.states import CallbackStatus, OrderStatus, ResendStatus
from providers.models import Health, ProviderAccount

LATE = timedelta(minutes=5)
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Figure:
    """`is_alarm`: more than zero of it wants a person. `hint`: one line below the figure. `is_least`: there may be
    more."""

    name: str
    value: int
    url: str
    is_alarm: bool = False
    hint: str = ""
    is_least: bool = False


def waiting(name: str, rows: QuerySet[Any], url: str) -> Figure:
    """What waits for a person may wait for years: it is not counted to its end."""
    count = rows.order_by()[: MOST_COUNTED + 1].count()
    return Figure(name, min(count, MOST_COUNTED), url, count > 0, is_least=count > MOST_COUNTED)


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Called by unfold's index view; each part only for who may open its list."""
    user, now = staff(request), timezone.now()
    parts: list[tuple[str, str, Callable[[User, datetime], Iterator[Figure]]]] = [
        ("needs", "orders.view_order", _orders_in_doubt),
        ("needs", "orders.view_payment", _payments),
        ("needs", "orders.view_callback", _callbacks),
        ("needs", "orders.view_callbackhost", _endpoints),
        ("needs", "orders.view_resendjob", _resend_jobs),
        ("needs", "orders.view_approval", _approvals),
        ("needs", "orders.view_chaincursor", _chain),
        ("needs", "orders.view_wallet", _wallets),
        ("needs", "providers.view_provideraccount", _accounts),
        ("needs", "orders.view_apicredential", _expiring_credentials),
        ("needs", "orders.view_webhooksecret", _expiring_secrets),
        ("today", "orders.view_order", _orders_of_today),
        ("queue", "django_q.view_ormq", _queue),
    ]
    figures: dict[str, list[Figure]] = {"needs": [], "today": [], "queue": []}
    for part, permission, count in parts:
        if user.has_perm(permission):
            figures[part] += count(user, now)
    calm = figures["needs"] and not any(figure.is_alarm for figure in figures["needs"])
    day = {name: look(user, now) for name, permission, look in DAY if user.has_perm(permission)}
    return context | figures | day | {"calm": calm, "recent": _recent(user), "now": now}


DAY: list[tuple[str, str, Callable[[User, datetime], Any]]] = [
    ("kinds", "orders.view_order", today.by_kind),
    ("hours", "orders.view_order", today.by_hour),
    ("money", "orders.view_transfer", today.money),
    ("tries", "orders.view_callbacklog", today.tries),
    (
        "accounts",
        "providers.view_provideraccount",
        lambda user, now: ProviderAccount.objects.filter(enabled=True),
    ),
]


def _orders_in_doubt(user: User, now: datetime) -> Iterator[Figure]:
    statuses = {
        OrderStatus.ATTENTION: _("Orders that need a person"),
        OrderStatus.UNKNOWN: _("Unknown outcomes"),
    }
    for status, name in statuses.items():
        rows = Order.objects.visible_to(user).filter(status=status)
        yield waiting(name, rows, list_of(Order, status__exact=status))


def _payments(user: User, now: datetime) -> Iterator[Figure]:
    rows = Payment.objects.visible_to(user).filter(status=PaymentStatus.UNMATCHED)
    yield waiting(_("Unmatched payments"), rows, list_of(Payment, status__exact=PaymentStatus.UNMATCHED))


def _chain(user: User, now: datetime) -> Iterator[Figure]:
    """Only where a node of ours is set."""
    if not node_gate.has_node():
        return
    lag = chain_status.lag(now=now)
    url = reverse("admin:orders_chain")
    seconds = -1 if lag is None else int(lag.total_seconds())
    hint = _("no block was read yet") if lag is None else ""
    yield Figure(_("Seconds that the chain is behind"), max(seconds, 0), url, chain_status.is_late(lag), hint)
    odd = TokenTerms.objects.filter(Q(is_halted=True) | Q(fee_basis_points__gt=0)).count()
    if odd:
        yield Figure(_("USDT keeps a fee or stands still"), odd, reverse("admin:orders_balances"), True)


def _wallets(user: User, now: datetime) -> Iterator[Figure]:
    frozen = WalletBalance.objects.visible_to(user).filter(is_blacklisted=True).count()
    if frozen:
        yield Figure(_("Wallets frozen by USDT"), frozen, list_of(Wallet, frozen="yes"), True)


def _callbacks(user: User, now: datetime) -> Iterator[Figure]:
    statuses = {
        CallbackStatus.EXHAUSTED: _("Callbacks given up"),
        CallbackStatus.NO_CREDENTIAL: _("Callbacks without credential"),
    }
    for status, name in statuses.items():
        rows = Callback.objects.visible_to(user).filter(status=status)
        yield waiting(name, rows, list_of(Callback, status__exact=status))

    due = Callback.objects.visible_to(user).filter(status=CallbackStatus.PENDING, next_attempt_at__lte=now)
    found = due.aggregate(count=Count("pk"), oldest=Min("next_attempt_at"))
    yield Figure(
        _("Callbacks waiting"),
        found["count"],
        list_of(Callback, waiting="due"),
        is_alarm=_is_late(found["oldest"], now),
        hint=_age(found["oldest"], now),
    )


def _endpoints(user: User, now: datetime) -> Iterator[Figure]:
    hosts = CallbackHost.objects.visible_to(user)
    paused = hosts.exclude(circuit=Circuit.CLOSED).count()
    url = list_of(CallbackHost, state="paused")
    yield Figure(_("Endpoints paused"), paused, url, is_alarm=paused > 0)
    gone = GoneUrl.objects.filter(host__in=hosts).count()
    url = list_of(CallbackHost, flag="yes")
    yield Figure(_("URLs that said 410"), gone, url, is_alarm=gone > 0)


def _resend_jobs(user: User, now: datetime) -> Iterator[Figure]:
    count = ResendJob.objects.visible_to(user).filter(status=ResendStatus.PAUSED).count()
    url = list_of(ResendJob, status__exact=ResendStatus.PAUSED)
    yield Figure(_("Resend jobs paused"), count, url, is_alarm=count > 0)


def _approvals(user: User, now: datetime) -> Iterator[Figure]:
    count = (
        Approval.objects.visible_to(user).filter(status=ApprovalStatus.PENDING, expires_at__gt=now).count()
    )
    url = list_of(Approval, decision="open")
    yield Figure(_("Approvals to decide"), count, url, is_alarm=count > 0)


def _accounts(user: User, now: datetime) -> Iterator[Figure]:
    enabled = ProviderAccount.objects.filter(enabled=True)
    counts = enabled.aggregate(
        misconfigured=Count("pk", filter=Q(health=Health.MISCONFIGURED)),
        failing=Count("pk", filter=Q(health=Health.FAILING)),
        low=Count("pk", filter=Q(balance_sun__lt=F("low_balance_sun"))),
    )
    names = {Health.MISCONFIGURED: _("Accounts misconfigured"), Health.FAILING: _("Accounts failing")}
    for health, name in names.items():
        url = list_of(ProviderAccount, health__exact=health, enabled__exact=1)
        yield Figure(name, counts[health], url, is_alarm=counts[health] > 0)
    yield Figure(
        _("Accounts low"),
        counts["low"],
        list_of(ProviderAccount, balance="low", enabled__exact=1),
        is_alarm=counts["low"] > 0,
    )


def _expiring_credentials(user: User, now: datetime) -> Iterator[Figure]:
    """One that is still in use a week before its end wants a person."""
    rows = ApiCredential.objects.visible_to(user).filter(expiring(now))
    in_use = rows.filter(last_used_at__gte=now - timedelta(days=1)).count()
    hint = _("%(count)s used within a day") % {"count": notation.number(in_use)} if in_use else ""
    yield Figure(
        _("Credentials expiring"), rows.count(), list_of(ApiCredential, expiry="soon"), in_use > 0, hint
    )


def _expiring_secrets(user: User, now: datetime) -> Iterator[Figure]:
    count = WebhookSecret.objects.visible_to(user).filter(expiring(now)).count()
    yield Figure(_("Webhook secrets expiring"), count, list_of(WebhookSecret, expiry="soon"))


def _orders_of_today(user: User, now: datetime) -> Iterator[Figure]:
    """By the viewer's day."""
    rows = Order.objects.visible_to(user).filter(created_at__gte=order_filters.today(now)).order_by()
    counts = dict(rows.values_list("status").annotate(count=Count("pk")))
    day = today.since_midnight(now)
    yield Figure(_("All"), sum(counts.values()), list_of(Order, **day))
    for status in OrderStatus:
        url = list_of(Order, status__exact=status, **day)
        yield Figure(status.label.capitalize(), counts.get(status, 0), url)


def _queue(user: User, now: datetime) -> Iterator[Figure]:
    """With the ORM broker. A waiting task's `lock` is when it was put there."""
    soon = now.replace(microsecond=0) + timedelta(seconds=1)  # filters know whole seconds
    found = OrmQ.objects.filter(lock__lte=soon).aggregate(count=Count("pk"), oldest=Min("lock"))
    url = list_of(OrmQ, **_moment("lock_to", soon))
    yield Figure(
        _("Tasks waiting"),
        found["count"],
        url,
        is_alarm=_is_late(found["oldest"], now),
        hint=_age(found["oldest"], now),
    )
    due = (
        Order.objects.visible_to(user)
        .filter(next_action_at__lt=now)
        .aggregate(count=Count("pk"), oldest=Min("next_action_at"))
    )
    yield Figure(
        _("Orders due"),
        due["count"],
        list_of(Order, view="due"),
        is_alarm=_is_late(due["oldest"], now),
        hint=_age(due["oldest"], now),
    )
    yesterday = soon - timedelta(days=1)
    failures = Failure.objects.filter(started__gte=yesterday).count()
    url = list_of(Failure, **_moment("started_from", yesterday))
    yield Figure(_("Tasks failed in 24 h"), failures, url, is_alarm=failures > 0)
    late_schedules = Schedule.objects.filter(next_run__lte=soon - LATE).count()
    url = list_of(Schedule, **_moment("next_run_to", soon - LATE))
    yield Figure(_("Late schedules"), late_schedules, url, is_alarm=late_schedules > 0)


def _moment(name: str, at: datetime) -> dict[str, str]:
    """As a list's filter reads it."""
    local = timezone.localtime(at)
    return {f"{name}_0": f"{local:%Y-%m-%d}", f"{name}_1": f"{local:%H:%M:%S}"}


def _age(oldest: datetime | None, now: datetime) -> str:
    if oldest is None:
        return ""
    seconds = int((now - oldest).total_seconds())
    if seconds < 120:
        return _("oldest: %(seconds)s s") % {"seconds": seconds}
    return _("oldest: %(age)s") % {"age": timesince(oldest, now, depth=1)}


def _is_late(oldest: datetime | None, now: datetime) -> bool:
    return oldest is not None and now - oldest > LATE


def _recent(user: User) -> Any:
    if not user.has_perm("orders.view_order"):
        return None
    return Order.objects.visible_to(user).select_related("merchant")[:10]
