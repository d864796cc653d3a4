"""What an operator wants to be told of, asked of the database now."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Min, OuterRef, Subquery
from django.urls import reverse
from django_q.models import OrmQ, Schedule

from orders.models import (
    AccountKind,
    AlertKind,
    ApiCredential,
    Asset,
    Attempt,
    Callback,
    CallbackHost,
    Circuit,
    Discrepancy,
    LedgerAccount,
    Merchant,
    Order,
    WebhookSecret,
)
from orders.models.reconciliation import WAITING
from orders.services.chain_status import chain_status
from orders.states import AttemptStatus, CallbackStatus, OrderStatus
from providers.models import Health, ProviderAccount
from providers.money import format_units

PATIENCE = timedelta(minutes=5)
SOON = timedelta(hours=48)
LATELY = timedelta(hours=24)
MOST = 200


@dataclass(frozen=True, slots=True)
class Condition:
    """`path`: of the page to look at."""

    kind: AlertKind
    subject: str
    name: str
    detail: str
    path: str


def conditions(*, now: datetime) -> list[Condition]:
    return [condition for check in CHECKS for condition in check(now)]


def _page(model: str, pk: int) -> str:
    return reverse(f"admin:{model}_change", args=[pk])


def _list(model: str, query: str = "") -> str:
    return reverse(f"admin:{model}_changelist") + query


def _provider_balances(now: datetime) -> Iterator[Condition]:
    rows = ProviderAccount.objects.filter(enabled=True, balance_sun__lt=F("low_balance_sun"))
    for row in rows[:MOST]:
        detail = f"{format_units(row.balance_sun or 0)} TRX, wanted {format_units(row.low_balance_sun)} TRX"
        path = _page("providers_provideraccount", row.pk)
        yield Condition(AlertKind.PROVIDER_BALANCE, f"account:{row.pk}", row.label, detail, path)


def _provider_health(now: datetime) -> Iterator[Condition]:
    rows = ProviderAccount.objects.filter(enabled=True)
    failing = rows.filter(health=Health.FAILING, failing_since__lte=now - PATIENCE)
    for row in [*failing[:MOST], *rows.filter(health=Health.MISCONFIGURED)[:MOST]]:
        path = _page("providers_provideraccount", row.pk)
        detail = f"{row.health}: {row.health_note}"
        yield Condition(AlertKind.PROVIDER_HEALTH, f"account:{row.pk}", row.label, detail, path)


def _merchant_balances(now: datetime) -> Iterator[Condition]:
    ledger = LedgerAccount.objects.filter(
        merchant=OuterRef("pk"), kind=AccountKind.AVAILABLE, asset=Asset.TRX
    )
    watched = Merchant.objects.filter(enabled=True, low_balance_sun__gt=0)
    rows = watched.annotate(available=Subquery(ledger.values("balance")[:1]))
    for row in rows.filter(available__lt=F("low_balance_sun"))[:MOST]:
        detail = f"{format_units(row.available)} TRX, wanted {format_units(row.low_balance_sun)} TRX"
        path = _page("orders_merchant", row.pk)
        yield Condition(AlertKind.MERCHANT_BALANCE, f"merchant:{row.pk}", row.name, detail, path)


def _circuits(now: datetime) -> Iterator[Condition]:
    for row in CallbackHost.objects.exclude(circuit=Circuit.CLOSED)[:MOST]:
        path = _page("orders_callbackhost", row.pk)
        yield Condition(AlertKind.CIRCUIT, f"host:{row.pk}", row.host, row.last_error, path)


def _chain(now: datetime) -> Iterator[Condition]:
    status = chain_status(now=now)
    if status.is_late:
        cursor = status.cursor
        words = cursor.problem if cursor and cursor.problem else "the chain is read too slowly, or not at all"
        yield Condition(
            AlertKind.CHAIN, settings.TRON_NETWORK, settings.TRON_NETWORK, words, reverse("admin:index")
        )


def _orders(now: datetime) -> Iterator[Condition]:
    unknown = Attempt.objects.filter(
        status=AttemptStatus.UNKNOWN, order__status=OrderStatus.UNKNOWN, sent_at__lte=now - PATIENCE
    )
    if count := unknown.count():
        path = _list("orders_order", f"?status__exact={OrderStatus.UNKNOWN}")
        yield Condition(AlertKind.UNKNOWN, "unknown", "unknown outcomes", f"{count} orders", path)
    if count := Order.objects.filter(status=OrderStatus.ATTENTION).count():
        path = _list("orders_order", f"?status__exact={OrderStatus.ATTENTION}")
        yield Condition(AlertKind.UNKNOWN, "attention", "orders that need a person", f"{count} orders", path)


def _queues(now: datetime) -> Iterator[Condition]:
    waiting = OrmQ.objects.aggregate(oldest=Min("lock"))["oldest"]
    due = Order.objects.aggregate(oldest=Min("next_action_at"))["oldest"]
    pending = Callback.objects.filter(status=CallbackStatus.PENDING).exclude(
        host__in=CallbackHost.objects.exclude(circuit=Circuit.CLOSED).values("host")
    )
    schedules = Schedule.objects.aggregate(oldest=Min("next_run"))["oldest"]
    lists = [
        ("tasks", waiting, _list("django_q_ormq")),
        ("orders", due, _list("orders_order", "?view=progress")),
        ("callbacks", pending.aggregate(oldest=Min("claimable_at"))["oldest"], _list("orders_callback")),
        ("schedules", schedules, _list("django_q_schedule")),
    ]
    for name, oldest, path in lists:
        if oldest is not None and oldest <= now - PATIENCE:
            yield Condition(AlertKind.QUEUE, name, name, f"due since {oldest:%Y-%m-%d %H:%M:%S} UTC", path)


def _discrepancies(now: datetime) -> Iterator[Condition]:
    if count := Discrepancy.objects.filter(state__in=WAITING).count():
        path = _list("orders_discrepancy")
        yield Condition(AlertKind.RECONCILIATION, "open", "reconciliation", f"{count} open", path)


def _credentials(now: datetime) -> Iterator[Condition]:
    """A replaced pair whose time runs out although its merchant uses it, and secrets about to die."""
    span = {"revoked_at": None, "retires_at__gt": now, "retires_at__lte": now + SOON}
    used = ApiCredential.objects.filter(last_used_at__gte=now - LATELY, **span)
    for row in used.select_related("merchant")[:MOST]:
        detail = f"{row} ends {row.retires_at:%Y-%m-%d %H:%M} UTC and is in use"
        path = _page("orders_apicredential", row.pk)
        yield Condition(AlertKind.CREDENTIAL, f"credential:{row.pk}", row.merchant.name, detail, path)
    for secret in WebhookSecret.objects.filter(**span).select_related("merchant")[:MOST]:
        detail = f"{secret} ends {secret.retires_at:%Y-%m-%d %H:%M} UTC"
        path = _page("orders_webhooksecret", secret.pk)
        yield Condition(AlertKind.CREDENTIAL, f"secret:{secret.pk}", secret.merchant.name, detail, path)


CHECKS: list[Callable[[datetime], Iterator[Condition]]] = [
    _provider_balances,
    _provider_health,
    _merchant_balances,
    _circuits,
    _chain,
    _orders,
    _queues,
    _discrepancies,
    _credentials,
]
