"""Balances as they were told, the last of each day, for the reconciliation."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef

from orders.models import Asset, BalanceReading, Custody, Wallet
from orders.services import node_gate, queue, spans, wallet_balances
from orders.services.wallet_nodes import WalletNodes
from providers.models import ProviderAccount

STALE = timedelta(hours=6)
WALLETS_A_ROUND = 200


def note(
    of: ProviderAccount | Wallet, amount: int, *, asset: Asset = Asset.TRX, now: datetime
) -> BalanceReading:
    subject = {"wallet": of} if isinstance(of, Wallet) else {"provider_account": of}
    day = spans.today(now, settings.TIME_ZONE)
    values = {"amount": amount, "read_at": now}
    row, _ = BalanceReading.objects.update_or_create(day=day, asset=asset, **subject, defaults=values)
    return row


def enqueue_wallets(*, now: datetime) -> int:
    """A task for each wallet that we hold and have not read lately. Without a node of our own there is none to ask."""
    if not node_gate.has_node():
        return 0
    lately = BalanceReading.objects.filter(wallet=OuterRef("pk"), read_at__gt=now - STALE)
    rows = Wallet.objects.filter(~Exists(lately), custody=Custody.OURS).order_by("pk")
    pks = list(rows.values_list("pk", flat=True)[:WALLETS_A_ROUND])
    for pk in pks:
        queue.enqueue("orders.tasks.read_wallet", pk)
    return len(pks)


def read_wallet(wallet: Wallet, *, clock: Callable[[], datetime]) -> bool:
    """As the chain has it; of one that we hold, kept for the day's comparison with the books. False when no node
    answered: the next round asks again."""
    found = wallet_balances.read(wallet, WalletNodes(clock=clock), clock=clock)
    if found is None:
        return False
    if wallet.custody == Custody.OURS:
        note(wallet, found.usdt_micro, asset=Asset.USDT, now=clock())
        note(wallet, found.trx_sun, asset=Asset.TRX, now=clock())
    return True
