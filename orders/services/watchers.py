"""Who watches a payment order, and what our own node is told to look for."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models import Custody, Merchant, Order, OrderKind, Wallet, WatchedAddress, Watcher
from orders.services import node_gate, timeline
from orders.states import OrderStatus
from providers.tron.addresses import to_hex

# Late money is seen for so long after the last window of an address that is nobody's wallet.
SEEN_AFTER = timedelta(days=30)
RENEWED_BEFORE = timedelta(days=7)


class NotWatchable(Exception):
    """The one asked for cannot watch this order; the message is for staff."""


def choose(
    merchant: Merchant, *, kind: str, address: str, asked: Watcher | None, has_account_choice: bool
) -> Watcher:
    """The order's own choice, else the merchant's, else our node where there is one. What an upstream holds, it
    watches. Raises NotWatchable."""
    wallet = Wallet.objects.filter(address=address).first() if kind == OrderKind.DEPOSIT else None
    if wallet is not None and wallet.custody == Custody.UPSTREAM:
        if asked == Watcher.OWN:
            raise NotWatchable(_("This wallet is in an upstream's custody, which alone can watch it."))
        return Watcher.UPSTREAM
    if has_account_choice:
        if asked == Watcher.OWN:
            raise NotWatchable(_("Choose either a provider account or our own node."))
        return Watcher.UPSTREAM
    wanted = asked or (Watcher(merchant.watcher) if merchant.watcher else None)
    if wanted is None:
        return Watcher.OWN if node_gate.has_node() else Watcher.UPSTREAM
    if wanted == Watcher.OWN and not node_gate.has_node():
        raise NotWatchable(_("There is no node: TRON_NODE_URL is not set."))
    return wanted


def begin(order: Order, *, now: datetime) -> None:
    """In the transaction of the placement. The watcher admits the order with its next block, and reads again whatever
    it has processed of the order's window before (orders.services.watching)."""
    assert order.window_start is not None  # noqa: S101 - a CHECK constraint of payment orders
    assert order.window_end is not None  # noqa: S101
    watch(order.address, since=min(order.window_start, now), until=order.window_end + SEEN_AFTER)
    timeline.move_order(order, OrderStatus.WAITING, "our own node watches for it", now=now)


def watch(
    address: str, *, since: datetime | None = None, until: datetime | None = None, is_ours: bool = False
) -> None:
    """Only ever widens what is seen. None: without bound."""
    row, is_new = WatchedAddress.objects.get_or_create(
        hex=to_hex(address),
        defaults={"address": address, "since": since, "until": until, "is_ours": is_ours},
    )
    if is_new:
        return
    # Each on its own condition: of two placements at once, none narrows what the other has widened.
    rows = WatchedAddress.objects.filter(pk=row.pk)
    if is_ours and not row.is_ours:
        rows.update(is_ours=True)
    if row.since is not None and (since is None or since < row.since):
        rows.filter(_past("since__gt", since)).update(since=since)
    # By more than is needed, so that not every order of a busy address writes its row.
    if row.until is not None and (until is None or row.until < until - RENEWED_BEFORE):
        rows.filter(_past("until__lt", until)).update(until=until)


def _past(name: str, bound: datetime | None) -> Q:
    return Q(**{name: bound}) if bound else Q()
