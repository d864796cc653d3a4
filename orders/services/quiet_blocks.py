"""A block that concerns nobody, passed in one statement (PostgreSQL): nearly all there are in a catch-up, where each
answer that the watcher waits for costs more than the work. It does what watching.commit_block does, or nothing.

One statement sees one state of the database: an order that is committed beside it is unseen still, and the next block
admits it.
"""

from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection

from orders.models import ChainCursor, Order
from orders.models.orders import UNSEEN
from providers.tron.blocks import Block
from providers.tron.transfers import USDT

_QUIET = """
WITH passed AS (
    UPDATE orders_chaincursor AS cursor
       SET number = %(number)s, block_id = %(block_id)s, block_at = %(at)s, moved_at = %(now)s,
           problem = '', problem_since = NULL, beat = beat + 1
     WHERE id = %(cursor)s AND holder = %(holder)s AND number = %(before)s AND block_id = %(parent_id)s
       AND NOT EXISTS ({unseen})
       AND NOT EXISTS (SELECT 1 FROM orders_watchedaddress
                        WHERE hex = ANY(%(receivers)s) AND (since IS NULL OR since <= %(at)s)
                          AND (until IS NULL OR until >= %(at)s))
    RETURNING id)
INSERT INTO orders_scannedblock
       (cursor_id, number, block_id, parent_id, block_at, transactions, usdt_transfers, undecodable, scanned_at)
SELECT id, %(number)s, %(block_id)s, %(parent_id)s, %(at)s, %(transactions)s, %(usdt)s, '[]', %(now)s FROM passed
"""


def passes(holder: str, cursor: ChainCursor, block: Block, *, now: datetime) -> bool:
    """False: it concerns somebody, could not be read in full, or the cursor is elsewhere; nothing is written then."""
    if connection.vendor != "postgresql" or block.undecodable:
        return False
    statement, unseen = _statement()
    values = unseen | {
        "cursor": cursor.pk,
        "holder": holder,
        "before": cursor.number,
        "number": block.head.number,
        "block_id": block.head.id,
        "parent_id": block.head.parent_id,
        "at": block.head.at,
        "now": now,
        "receivers": list({each.receiver for each in block.transfers}),
        "transactions": block.transactions,
        "usdt": sum(each.asset == USDT for each in block.transfers),
    }
    with connection.cursor() as database:
        database.execute(statement, values)
        return bool(database.rowcount)


@cache
def _statement() -> tuple[str, dict[str, Any]]:
    """With the values of its part that asks for orders no block was matched against."""
    sql, values = Order.objects.filter(UNSEEN).values("pk").query.sql_with_params()
    named = {f"unseen_{number}": value for number, value in enumerate(values)}
    return _QUIET.format(unseen=sql % tuple(f"%({name})s" for name in named)), named
