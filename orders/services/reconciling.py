"""A day's comparison of the ledger with upstreams and the chain, and what becomes of the differences.

Compared is what was told last on the day with the books of that very moment. A difference that orders in flight can
make is explained by naming them; one that a person explained before, at the same amount, stays explained. What is left
is a discrepancy with an owner and an age. A second run of a day changes nothing that is not new.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from orders.models import (
    AccountKind,
    Asset,
    BalanceReading,
    Discrepancy,
    DiscrepancyKind,
    DiscrepancyState,
    LedgerAccount,
    Payment,
    Reconciliation,
    Sweep,
)
from orders.models.reconciliation import WAITING
from orders.services import in_flight, spans, trial_balance
from orders.services.spans import Span
from providers.models import ProviderAccount

CATCH_UP_DAYS = 31
SETTLING = timedelta(minutes=30)  # of what was dated before midnight


class NotOver(Exception):
    """The day has not ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One balance compared; amounts in the asset's smallest unit. `explanation`: in_flight, accepted, or none."""

    kind: DiscrepancyKind
    subject: str
    name: str
    asset: str
    booked: int
    told: int
    read_at: datetime | None = None
    provider: int | None = None
    wallet: int | None = None
    explanation: str = ""
    orders: list[int] = field(default_factory=list)

    @property
    def difference(self) -> int:
        return self.told - self.booked

    @property
    def is_wrong(self) -> bool:
        unread = self.kind == DiscrepancyKind.UNREAD
        return not self.explanation and (self.difference != 0 or unread)

    def line(self) -> dict[str, object]:
        read_at = self.read_at.isoformat() if self.read_at else None
        return asdict(self) | {"read_at": read_at, "difference": self.difference}


def reconcile(day: date, *, now: datetime) -> Reconciliation:
    """Raises NotOver."""
    span = spans.day(day, settings.TIME_ZONE)
    if now < span.until:
        raise NotOver(f"{day} has not ended")
    found = [*_providers(day), *_wallets(day), *_books(span)]
    with transaction.atomic():
        for finding in found:
            _keep(finding, day, now)
        row, _ = Reconciliation.objects.update_or_create(
            day=day,
            defaults={
                "lines": [each.line() for each in found if each.difference or each.provider],
                "checked": len(found),
                "differing": sum(each.difference != 0 for each in found),
                "unexplained": sum(each.is_wrong for each in found),
                "done_at": now,
            },
        )
    return row


def reconcile_due(*, now: datetime) -> int:
    """Every day that has ended since the last one done. The first ever is yesterday."""
    yesterday = spans.today(now - SETTLING, settings.TIME_ZONE) - timedelta(days=1)
    last = Reconciliation.objects.values_list("day", flat=True).first()
    first = last + timedelta(days=1) if last else yesterday
    first = max(first, yesterday - timedelta(days=CATCH_UP_DAYS - 1))
    days = [first + timedelta(days=number) for number in range((yesterday - first).days + 1)]
    for day in days:
        reconcile(day, now=now)
    return len(days)


def _providers(day: date) -> Iterator[Finding]:
    readings = {
        row.provider_account_id: row
        for row in BalanceReading.objects.filter(day=day, wallet=None, asset=Asset.TRX)
    }
    for account in ProviderAccount.objects.order_by("pk"):
        reading = readings.get(account.pk)
        subject = f"provider:{account.pk}:TRX"
        if reading is not None:
            yield _provider(account, subject, reading)
        elif account.enabled and account.balance_at is not None and account.balance_at.date() < day:
            # It used to tell its balance.
            yield Finding(
                kind=DiscrepancyKind.UNREAD,
                subject=f"{subject}:unread",
                name=account.label,
                asset=Asset.TRX,
                booked=0,
                told=0,
                provider=account.pk,
            )


def _provider(account: ProviderAccount, subject: str, reading: BalanceReading) -> Finding:
    ledger = LedgerAccount.objects.filter(provider_account=account, kind=AccountKind.PREPAID)
    booked = -sum(trial_balance.balances(ledger, _just_after(reading.read_at)).values())
    flight = in_flight.at_provider(account, reading.read_at)
    explanation, orders = _explained(subject, reading.amount - booked, flight)
    return Finding(
        kind=DiscrepancyKind.PROVIDER,
        subject=subject,
        name=account.label,
        asset=Asset.TRX,
        booked=booked,
        told=reading.amount,
        read_at=reading.read_at,
        provider=account.pk,
        explanation=explanation,
        orders=orders,
    )


def _wallets(day: date) -> Iterator[Finding]:
    readings = BalanceReading.objects.filter(day=day, provider_account=None).select_related("wallet")
    for reading in readings.order_by("wallet", "asset").iterator():
        wallet, asset, at = reading.wallet, Asset(reading.asset), reading.read_at
        assert wallet is not None  # noqa: S101 - a constraint
        subject = f"wallet:{wallet.pk}:{asset}"
        booked = _booked_at(wallet.pk, wallet.address, asset, at)
        explanation, orders = "", list[int]()
        if reading.amount != booked:
            flight = in_flight.at_wallet(wallet, asset, at)
            explanation, orders = _explained(subject, reading.amount - booked, flight)
        yield Finding(
            kind=DiscrepancyKind.WALLET,
            subject=subject,
            name=wallet.address,
            asset=asset,
            booked=booked,
            told=reading.amount,
            read_at=at,
            wallet=wallet.pk,
            explanation=explanation,
            orders=orders,
        )


def _booked_at(wallet: int, address: str, asset: Asset, at: datetime) -> int:
    """What arrived at the address minus what sweeps took from it."""
    arrived = Payment.objects.filter(account=None, address=address, asset=asset, received_at__lte=at)
    swept = Sweep.objects.filter(wallet=wallet, finished_at__lte=at)
    taken = "amount_micro" if asset == Asset.USDT else "fee_sun"
    left = swept.aggregate(total=Sum(taken, default=0))["total"] or 0
    return int(arrived.aggregate(total=Sum("amount_micro", default=0))["total"] - left)


def _books(span: Span) -> Iterator[Finding]:
    for total in trial_balance.totals(trial_balance.lines(span)):
        yield Finding(
            kind=DiscrepancyKind.BOOKS,
            subject=f"books:{total.asset}",
            name=f"trial balance {total.asset}",
            asset=total.asset,
            booked=0,
            told=total.closing,
        )


def _just_after(at: datetime) -> datetime:
    return at + timedelta(microseconds=1)


def _explained(subject: str, difference: int, flight: in_flight.InFlight) -> tuple[str, list[int]]:
    if difference == 0:
        return "", []
    if flight.explains(difference):
        return "in_flight", flight.orders
    last = Discrepancy.objects.filter(subject=subject, state=DiscrepancyState.EXPLAINED).first()
    return ("accepted", []) if last and last.amount == difference else ("", [])


def _keep(finding: Finding, day: date, now: datetime) -> None:
    """Open, follow or end the discrepancy of the subject. An earlier day run again does not undo a later one."""
    waiting = (
        Discrepancy.objects.select_for_update().filter(subject=finding.subject, state__in=WAITING).first()
    )
    if waiting is not None and day < waiting.last_day:
        return
    facts = {"booked": finding.booked, "told": finding.told, "read_at": finding.line()["read_at"]}
    if waiting is None and finding.is_wrong and not _is_told(finding, day):
        Discrepancy.objects.create(
            kind=finding.kind,
            subject=finding.subject,
            name=finding.name,
            provider_account_id=finding.provider,
            wallet_id=finding.wallet,
            asset=finding.asset,
            amount=finding.difference,
            first_day=day,
            last_day=day,
            facts=facts,
            opened_at=now,
        )
    elif waiting is not None and finding.is_wrong:
        waiting.amount, waiting.last_day, waiting.facts = finding.difference, day, facts
        waiting.save(update_fields=["amount", "last_day", "facts"])
    elif waiting is not None:
        waiting.state, waiting.closed_at = DiscrepancyState.GONE, now
        waiting.reason = waiting.reason or finding.explanation
        waiting.save(update_fields=["state", "closed_at", "reason"])


def _is_told(finding: Finding, day: date) -> bool:
    """A day run again does not open anew what was explained or gone since."""
    return Discrepancy.objects.filter(subject=finding.subject, last_day__gte=day).exists()
