"""Which provider account gets an order next."""

from collections import Counter
from datetime import datetime, timedelta

from orders.models import Attempt, Order
from orders.states import AttemptStatus
from providers import registry
from providers.base import Kind
from providers.models import Health, ProviderAccount

COOL_DOWN = timedelta(minutes=2)
# A definite no, or a failure there: the same order is not offered to that account again.
DONE_WITH = frozenset({AttemptStatus.REFUSED, AttemptStatus.FAILED, AttemptStatus.REFUNDED})


def candidates(order: Order, *, now: datetime) -> list[ProviderAccount]:
    """Best first. Empty: nobody can ever take it. Failing and under-funded accounts come last but stay: their
    definite no is cheap, and only a try shows that they are back."""
    accounts = [account for account in _supporting(order) if account.health != Health.MISCONFIGURED]
    tries: Counter[int] = Counter()
    refused: set[int] = set()
    for attempt in Attempt.objects.filter(order=order).only("account_id", "status"):
        tries[attempt.account_id] += 1
        if attempt.status in DONE_WITH:
            refused.add(attempt.account_id)

    def rank(account: ProviderAccount) -> tuple[int, bool, bool, int, int]:
        failing = bool(
            account.health == Health.FAILING and account.health_at and now - account.health_at < COOL_DOWN
        )
        short = account.balance_sun is not None and account.balance_sun < order.price_sun
        return tries[account.pk], failing, short, account.priority, account.pk

    return sorted((account for account in accounts if account.pk not in refused), key=rank)


def _supporting(order: Order) -> list[ProviderAccount]:
    if order.account_choice_id is not None:
        chosen = ProviderAccount.objects.filter(pk=order.account_choice_id, enabled=True)
    else:
        chosen = ProviderAccount.objects.filter(enabled=True)
    return [account for account in chosen if Kind(order.kind) in registry.KINDS_SUPPORTED[account.kind]]


def supporting(kind: str) -> list[ProviderAccount]:
    """Enabled accounts that can take orders of this kind: the choices of a form."""
    return [
        account
        for account in ProviderAccount.objects.filter(enabled=True)
        if Kind(kind) in registry.KINDS_SUPPORTED[account.kind]
    ]
