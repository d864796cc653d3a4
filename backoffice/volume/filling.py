"""A big database: a few hundred orders made by the services, copied as often as wanted."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django_q.models import OrmQ

from backoffice.volume import multiplying, patterns
from orders.services.ledger import subtotals


def fill(orders: int, *, every: timedelta, now: datetime) -> Iterator[int]:
    """At least as many orders, one each `every`, the last of them now. Yields how many more there are."""
    copies = max(1, -(-orders // patterns.ORDERS))
    step = patterns.ORDERS * every
    start = now - copies * step
    made = patterns.houses(now=start)
    for _ in patterns.make(made, start=start, step=every):
        yield 1
    for number in multiplying.multiply(copies - 1, step=step):
        yield number * patterns.ORDERS
    multiplying.finish()
    subtotals.freeze(now=now)
    for house in made:
        patterns.open_orders(house, now=now)
    OrmQ.objects.filter(lock__lte=now).delete()  # nothing is to be done for what has ended
