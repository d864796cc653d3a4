"""A filled database: consistent, as big as asked for, and only where nothing can be lost."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from backoffice.volume import filling, patterns
from orders.models import Attempt, Order, Payment
from orders.services import invariants
from providers.models import ProviderCall


@pytest.mark.django_db
def test_a_database_with_orders_is_left_alone() -> None:
    if connection.vendor != "postgresql":
        with pytest.raises(CommandError, match="PostgreSQL"):
            call_command("fill_database", "1")
        return
    house = patterns.houses(now=timezone.now())[0]
    patterns.open_orders(house, now=timezone.now())
    with pytest.raises(CommandError, match="orders in this database"):
        call_command("fill_database", "1")


@pytest.mark.django_db(transaction=True)
def test_copies_are_as_consistent_as_their_patterns(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("rows are multiplied by PostgreSQL")
    monkeypatch.setattr(patterns, "MERCHANTS", 1)
    monkeypatch.setattr(patterns, "ORDERS", len(patterns.COURSES))
    now = timezone.now()
    made = sum(filling.fill(3 * patterns.ORDERS, every=timedelta(minutes=1), now=now))
    assert made == 3 * patterns.ORDERS
    assert Order.objects.count() == made + 2  # those that are open
    assert invariants.broken(now=timezone.now()) == []
    for attempt in Attempt.objects.select_related("order"):
        assert ProviderCall.objects.filter(request_id=attempt.request_id).count() == 1
    for payment in Payment.objects.exclude(order=None).select_related("order"):
        assert payment.order is not None
        assert (payment.address, payment.amount_micro) == (payment.order.address, payment.order.amount_micro)
        assert payment.order.attempts.filter(txid=payment.txid).exists()
