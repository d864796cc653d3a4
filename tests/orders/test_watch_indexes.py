"""What the watcher asks once a block stays cheap however many orders wait: the index made for it is chosen."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Q

from orders.models import Order
from orders.models.orders import UNSEEN, WATCHED
from tests.orders.conftest import NOW

pytestmark = pytest.mark.django_db
EXPIRED = WATCHED & Q(watched_from__isnull=False, window_end__lt=NOW - timedelta(days=1))


@pytest.mark.parametrize(
    ("asked", "order_by", "index"), [(UNSEEN, "id", "order_unseen"), (EXPIRED, "window_end", "order_expires")]
)
def test_the_index_is_chosen(asked: Q, order_by: str, index: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # a table without rows is read as quickly
            cursor.execute("SET LOCAL enable_seqscan = off")
    assert index in Order.objects.filter(asked).order_by(order_by)[:100].explain()
