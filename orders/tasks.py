"""Entry points of django-q2: an id in, one service call. Enqueued by dotted string."""

from django.utils import timezone

from orders.models import Wallet
from orders.services import (
    accounts,
    alert_sending,
    alerting,
    approvals,
    fulfilment,
    periods,
    readings,
    reclaiming,
    reconciling,
    resending,
    retention,
    sealing,
    waiting,
    wallet_balances,
    written_off,
)
from orders.services.ledger import subtotals
from orders.services.wallet_nodes import WalletNodes
from providers.models import ProviderAccount


def advance(order_id: int, claim: int = 0) -> None:
    fulfilment.advance(order_id, claim, clock=timezone.now)


def reclaim(order_id: int) -> None:
    reclaiming.reclaim(order_id, clock=timezone.now)


def sweep() -> int:
    """The net under the worker's own heartbeat, for a stock `qcluster`; and what is in no hurry."""
    now = timezone.now()
    due = fulfilment.enqueue_due(now=now) + resending.enqueue_due(now=now)
    return due + written_off.enqueue_looks(now=now)


def look_again(attempt_id: int) -> None:
    written_off.look_again(attempt_id, clock=timezone.now)


def advance_resend_job(job_id: int) -> None:
    resending.advance(job_id, clock=timezone.now)


def refresh_accounts() -> int:
    return accounts.enqueue_checks()


def check_account(account_id: int) -> str:
    """Balance and health of one account."""
    account = ProviderAccount.objects.get(pk=account_id)
    _, told = accounts.check(account, clock=timezone.now, lifts=False)
    return str(told)


def look_at_wallets() -> int:
    """Wallets whose keys others have, and the terms of the token; those that we hold are read for the books."""
    return wallet_balances.read_due(WalletNodes(clock=timezone.now), clock=timezone.now)


def wake_callbacks() -> int:
    """A credential or a webhook secret was issued: what waited for one can be signed."""
    return waiting.wake_waiting(now=timezone.now())


def seal_periods() -> int:
    """A month was closed: write down its figures."""
    return periods.seal_all(now=timezone.now())


def reconcile() -> int:
    """Each day that has ended and was not compared yet."""
    return reconciling.reconcile_due(now=timezone.now())


def read_wallets() -> int:
    return readings.enqueue_wallets(now=timezone.now())


def read_wallet(wallet_id: int) -> bool:
    return readings.read_wallet(Wallet.objects.get(pk=wallet_id), clock=timezone.now)


def watch_alerts() -> int:
    """The worker's own loop does the same; this serves a stock `qcluster`."""
    alerting.evaluate(now=timezone.now())
    return alert_sending.send_due(clock=timezone.now)


def housekeeping() -> None:
    """Sum up past days, seal closed months, expire approvals, wake callbacks that waited for a credential, prune old
    task history and bodies."""
    now = timezone.now()
    subtotals.freeze(now=now)
    periods.seal_all(now=now)
    approvals.expire(now=now)
    waiting.wake_waiting(now=now)
    retention.prune(now=now)


def seal_audit_trail() -> int:
    return sealing.seal(now=timezone.now())
