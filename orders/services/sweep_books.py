"""What sweeps mean for the books (posting table: orders.services.ledger).

Money leaves our wallets when a sweep is solidified. As far as matched deposits explain it, it settles what we owe the
merchant; the rest stands in suspense until a payment that is matched later explains it.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Sum

from orders import sweeps
from orders.models import Payment, PaymentStatus, Sweep, Wallet
from orders.services import ledger
from orders.sweeps import Payer, SweepStatus


def unallotted(wallet: Wallet) -> int:
    """How much of what was swept is explained by deposits and not booked so."""
    delivered, earned, booked = _sums(wallet)
    return sweeps.allotment(delivered_micro=delivered, earned_micro=earned, booked_micro=booked)


def excess(wallet: Wallet) -> int:
    """How much more is booked as swept deposits than can be: always zero."""
    delivered, earned, booked = _sums(wallet)
    return max(booked - min(delivered, earned), 0)


def _sums(wallet: Wallet) -> tuple[int, int, int]:
    """Micro-USDT that reached cold wallets, was paid by matched deposits, and is booked as both."""
    earned = Payment.objects.filter(
        address=wallet.address, merchant=wallet.merchant_id, asset="USDT", status=PaymentStatus.MATCHED
    ).aggregate(total=Sum("amount_micro", default=0))["total"]
    done = Sweep.objects.filter(wallet=wallet, status=SweepStatus.DONE).aggregate(
        delivered=Sum("amount_micro", default=0), booked=Sum("booked_micro", default=0)
    )
    return done["delivered"], earned, done["booked"]


def book(sweep: Sweep, amount_micro: int, *, now: datetime) -> int:
    """Of a sweep that has just become DONE, in that transaction. Returns the part that no deposit explains."""
    explained = min(unallotted(sweep.wallet), amount_micro)
    try:
        ledger.sweep(sweep, amount_micro, explained_micro=explained, now=now)
    except ledger.InsufficientFunds:  # the merchant was paid out otherwise
        explained = 0
        ledger.sweep(sweep, amount_micro, explained_micro=0, now=now)
    Sweep.objects.filter(pk=sweep.pk).update(booked_micro=F("booked_micro") + explained)
    return amount_micro - explained


def explain_later(wallet: Wallet, *, now: datetime) -> int:
    """Payments that were matched after their money was swept. Returns micro-USDT."""
    with transaction.atomic():
        last = Sweep.objects.select_for_update().filter(wallet=wallet, status=SweepStatus.DONE).first()
        amount = unallotted(wallet)
        if last is None or not amount:
            return 0
        ledger.sweep_explained(last, amount, now=now)
        Sweep.objects.filter(pk=last.pk).update(booked_micro=F("booked_micro") + amount)
        return amount


def hold(wallet: Wallet) -> None:
    """A sweep of it that moves waits for the caller, or is seen by him: before he locks payments or moves money, as
    sweeps do."""
    list(Sweep.objects.select_for_update(of=("self",)).filter(wallet=wallet).order_by("-id"))


def take_back(wallet: Wallet, *, now: datetime) -> None:
    """Of a payment that is not matched any more, what was booked as swept is not explained any more, the last first.
    The caller holds the wallet."""
    left = excess(wallet)
    for sweep in Sweep.objects.filter(wallet=wallet).order_by("-id"):
        amount = min(left, sweep.booked_micro)
        if amount:
            ledger.sweep_reopened(sweep, amount, now=now)
            Sweep.objects.filter(pk=sweep.pk).update(booked_micro=F("booked_micro") - amount)
            left -= amount


def book_fee(sweep: Sweep, fee_sun: int, *, now: datetime) -> None:
    """TRX that the chain burnt from the wallet. A merchant who pays and has not enough leaves it to the house."""
    if not fee_sun:
        return
    Sweep.objects.filter(pk=sweep.pk).update(fee_sun=F("fee_sun") + fee_sun)
    is_merchants = sweep.payer == Payer.MERCHANT
    try:
        ledger.sweep_fee(sweep, fee_sun, is_merchants=is_merchants, now=now)
    except ledger.InsufficientFunds:
        ledger.sweep_fee(sweep, fee_sun, is_merchants=False, now=now)
