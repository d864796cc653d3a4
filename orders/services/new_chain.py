"""A chain that was begun anew under the same name, as a sandbox's is by its reset: reading begins again at its head.

What was read of the old one stays, under a name of its own. Whoever still waits is admitted again by the first block,
and all of its window that the new chain has is read before it can expire.
"""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from orders.models import Backfill, ChainCursor, Order
from orders.models.orders import WATCHED
from orders.services import audit, leadership, watching
from orders.services.watching import WrongChain
from providers.tron.blocks import Head


class SameChain(Exception):
    """What the node tells does not contradict what was read: there is nothing to begin anew."""


def begin(told: Head, *, now: datetime) -> ChainCursor:
    """`told`: a block of the new chain, no higher than what was read of the old one. The active watcher notices with
    its next write. Returns the cursor of the old chain. Raises SameChain."""
    with transaction.atomic():
        old = ChainCursor.objects.select_for_update().get(pk=leadership.cursor().pk)
        _check_is_another(old, told)
        old.network, old.holder = f"{settings.TRON_NETWORK[:16]} to {now:%y%m%d%H%M%S}", ""
        old.save(update_fields=["network", "holder"])
        Backfill.objects.filter(cursor=old, finished_at=None).update(
            finished_at=now, problem="its chain ended"
        )
        Order.objects.filter(WATCHED).update(watched_from=None)
        after = {"read_to": old.number, "kept_as": old.network, "told": f"{told.number} {told.id}"}
        audit.record("chain.begin_anew", user=None, now=now, target=old, after=after)
    return old


def _check_is_another(cursor: ChainCursor, told: Head) -> None:
    try:
        watching.check_head(cursor, told)
    except WrongChain:
        return
    raise SameChain(f"block {told.number} is, for all we know, of the chain that was read to {cursor.number}")
