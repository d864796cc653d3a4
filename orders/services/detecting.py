"""A paid deposit asks for a sweep: its row is written in the transaction that settles the order."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from orders.models import Custody, Payment, PaymentStatus, Sweep, SweepEvent, Wallet
from orders.services.sweep_rules import rules_for
from orders.sweeps import ACTIVE_SWEEP, SweepStatus
from providers.tron.transfers import USDT

SWEPT = (Custody.OURS, Custody.WATCH_ONLY)


def deposit_paid(address: str, *, now: datetime) -> None:
    """Nothing for an address that is no wallet, or one in an upstream's custody."""
    wallet = Wallet.objects.filter(address=address, custody__in=SWEPT).select_related("merchant").first()
    if wallet is not None and open_sweep(wallet, now=now) is None:
        # It may wait for more than there was.
        Sweep.objects.filter(wallet=wallet, status=SweepStatus.DETECTED).update(next_action_at=now)


def open_sweep(wallet: Wallet, *, now: datetime) -> Sweep | None:
    """None when one is under way; when that has ended it looks for what came meanwhile."""
    if Sweep.objects.filter(wallet=wallet, status__in=ACTIVE_SWEEP).exists():
        return None
    try:
        with transaction.atomic():
            sweep = Sweep.objects.create(
                merchant=wallet.merchant,
                wallet=wallet,
                payer=rules_for(wallet.merchant).payer,
                created_at=now,
                moved_at=now,
                next_action_at=now,
            )
            SweepEvent.objects.create(
                sweep=sweep, text="a deposit was paid", new_status=sweep.status, created_at=now
            )
    except IntegrityError:
        return None
    return sweep


def arrivals_at(wallet: Wallet) -> QuerySet[Payment]:
    """Everything in USDT that our own node saw arrive there."""
    return Payment.objects.filter(address=wallet.address, account=None, asset=USDT)


def has_unswept(wallet: Wallet) -> bool:
    """Deposits that were paid after the last sweep was signed."""
    return arrivals_at(wallet).filter(status=PaymentStatus.MATCHED, sweep=None).exists()


def open_missing(*, now: datetime) -> int:
    """The net under the hook: deposits that no sweep has taken up."""
    unswept = Payment.objects.filter(
        address=OuterRef("address"), account=None, asset=USDT, status=PaymentStatus.MATCHED, sweep=None
    )
    active = Sweep.objects.filter(wallet=OuterRef("pk"), status__in=ACTIVE_SWEEP)
    idle = Wallet.objects.filter(Exists(unswept), ~Exists(active), custody__in=SWEPT)
    return sum(open_sweep(wallet, now=now) is not None for wallet in idle.select_related("merchant"))
