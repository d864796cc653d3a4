"""The invariants of sweeps, for orders.services.invariants."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, Sum

from orders import sweeps
from orders.models import Payment, PaymentStatus, Sweep, SweepEvent, SweepTransaction, TransferCode, Wallet
from orders.services import sweep_books
from orders.sweeps import ACTIVE_SWEEP, SweepStatus, TransactionStatus

SHOWN = 20
LATE = timedelta(minutes=15)


def sweeps_moved_legally(now: datetime) -> Iterator[str]:
    moves = SweepEvent.objects.exclude(Q(new_status="") | Q(old_status="")).order_by()
    for old, new in moves.values_list("old_status", "new_status").distinct():
        if new not in sweeps.SWEEP.get(old, ()):
            yield f"a sweep went from {old} to {new}"


def one_sweep_at_a_time(now: datetime) -> Iterator[str]:
    active = Count("sweeps", filter=Q(sweeps__status__in=sorted(ACTIVE_SWEEP)))
    for wallet in Wallet.objects.annotate(active=active).filter(active__gt=1)[:SHOWN]:
        yield f"wallet {wallet} has {wallet.active} sweeps under way"
    live = Count("transactions", filter=Q(transactions__status=TransactionStatus.LIVE))
    for sweep in Sweep.objects.annotate(live=live).filter(live__gt=1)[:SHOWN]:
        yield f"{sweep} has two transfers that may be executed"


def every_sweep_moved_its_money_once(now: datetime) -> Iterator[str]:
    confirmed = Count(
        "transactions", filter=Q(transactions__status=TransactionStatus.CONFIRMED), distinct=True
    )
    rows = Sweep.objects.annotate(confirmed=confirmed)
    for sweep in rows.filter(status=SweepStatus.DONE).exclude(confirmed=1)[:SHOWN]:
        yield f"{sweep} is done with {sweep.confirmed} executed transfers"
    for sweep in rows.exclude(status=SweepStatus.DONE).filter(confirmed__gt=0)[:SHOWN]:
        yield f"{sweep} was executed and is {sweep.status}"


def sweeps_agree_with_the_books(now: datetime) -> Iterator[str]:
    """What left the wallets is posted once; what settled deposits is never more than was earned in the wallet."""
    moved = _posted(TransferCode.SWEEP, TransferCode.SWEEP_EXCESS)
    done = Sweep.objects.filter(status=SweepStatus.DONE)
    for sweep in done.annotate(moved=moved).exclude(moved=F("amount_micro"))[:SHOWN]:
        yield f"{sweep} moved {sweep.amount_micro} micro-USDT, {sweep.moved} are posted"
    explained = _posted(TransferCode.SWEEP, TransferCode.SWEEP_EXPLAINED) - _posted(
        TransferCode.SWEEP_REOPENED
    )
    for row in done.annotate(explained=explained).exclude(explained=F("booked_micro"))[:SHOWN]:
        yield f"{row} says {row.booked_micro} of deposits, its transfers {row.explained}"
    for wallet in Wallet.objects.filter(sweeps__status=SweepStatus.DONE).distinct():
        if sweep_books.excess(wallet) > 0:
            yield f"of wallet {wallet} more deposits are booked as swept than were paid or moved"


def _posted(*codes: TransferCode) -> Sum:
    return Sum("transfers__amount", filter=Q(transfers__code__in=codes), default=0)


def transfers_went_to_approved_wallets(now: datetime) -> Iterator[str]:
    elsewhere = SweepTransaction.objects.exclude(
        to_address__in=F("sweep__merchant__cold_wallets__address")
    ).select_related("sweep")
    for transfer in elsewhere[:SHOWN]:
        yield f"{transfer.sweep} signed a transfer to {transfer.to_address}, which nobody has approved"


def swept_payments_belong_to_their_wallet(now: datetime) -> Iterator[str]:
    strangers = Payment.objects.filter(sweep__isnull=False).exclude(address=F("sweep__wallet__address"))
    for payment in strangers[:SHOWN]:
        yield f"payment {payment.txid} is linked to the sweep of another wallet"
    credited = Payment.objects.filter(sweep__isnull=False, status=PaymentStatus.CREDITED)
    for payment in credited[:SHOWN]:
        yield f"payment {payment.txid} is linked to a sweep, and credited as a top-up"


def open_sweeps_have_a_next_step(now: datetime) -> Iterator[str]:
    rows = Sweep.objects.filter(status__in=ACTIVE_SWEEP).exclude(status=SweepStatus.ATTENTION)
    for sweep in rows.filter(Q(next_action_at=None) | Q(next_action_at__lt=now - LATE))[:SHOWN]:
        yield f"{sweep} ({sweep.status}) should have moved long ago: is a signer running?"


CHECKS = (
    sweeps_moved_legally,
    one_sweep_at_a_time,
    every_sweep_moved_its_money_once,
    sweeps_agree_with_the_books,
    transfers_went_to_approved_wallets,
    swept_payments_belong_to_their_wallet,
    open_sweeps_have_a_next_step,
)
