"""What upstreams charge for an attempt, pay back, and keep of one that was written off."""

from datetime import datetime

from orders.models import AccountKind, Attempt, LedgerAccount, Transfer, TransferCode
from orders.services.ledger.accounts import house, provider_ledger
from orders.services.ledger.posting import Posting, post


def provider_cost(attempt: Attempt, amount_sun: int, *, now: datetime) -> None:
    _provider_row(
        attempt,
        TransferCode.PROVIDER_COST,
        house(AccountKind.COST),
        provider_ledger(attempt.account),
        amount_sun,
        now,
    )


def provider_refund(attempt: Attempt, amount_sun: int, *, now: datetime) -> None:
    _provider_row(
        attempt,
        TransferCode.PROVIDER_REFUND,
        provider_ledger(attempt.account),
        house(AccountKind.COST),
        amount_sun,
        now,
    )


def loss(attempt: Attempt, amount_sun: int, *, now: datetime) -> None:
    _provider_row(
        attempt, TransferCode.LOSS, house(AccountKind.LOSS), provider_ledger(attempt.account), amount_sun, now
    )


def _provider_row(
    attempt: Attempt,
    code: TransferCode,
    debit: LedgerAccount,
    credit: LedgerAccount,
    amount_sun: int,
    now: datetime,
) -> None:
    """Once per attempt and code: a poll and a callback may both bring the figure."""
    if Transfer.objects.filter(attempt=attempt, code=code).exists():
        return
    row = Posting(
        code=code, debit=debit, credit=credit, amount=amount_sun, order=attempt.order, attempt=attempt
    )
    post([row], now=now)
