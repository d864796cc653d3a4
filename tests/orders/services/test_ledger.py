import re
from datetime import datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from orders.models import AccountKind, LedgerAccount, Merchant, Order, Transfer
from orders.services import ledger
from orders.services.ledger import InsufficientFunds
from tests.orders.conftest import Place


def total() -> int:
    return sum(ledger.sum_of_transfers(account) for account in LedgerAccount.objects.filter(asset="TRX"))


def test_a_top_up_is_owed_to_the_merchant(merchant: Merchant) -> None:
    assert ledger.available_sun(merchant) == 1_000_000_000
    assert ledger.balance_of(ledger.house(AccountKind.CASH)) == -1_000_000_000
    assert total() == 0


def test_an_order_holds_its_price_and_success_earns_it(
    place: Place, merchant: Merchant, now: datetime
) -> None:
    order = place()
    assert ledger.available_sun(merchant) == 1_000_000_000 - 6_500_000
    assert ledger.held_sun(merchant) == 6_500_000
    ledger.settle(order, capture_sun=order.price_sun, now=now)
    assert ledger.held_sun(merchant) == 0
    assert ledger.balance_of(ledger.house(AccountKind.REVENUE)) == 6_500_000
    assert total() == 0


def test_a_partial_capture_releases_the_rest(place: Place, merchant: Merchant, now: datetime) -> None:
    order = place()
    ledger.settle(order, capture_sun=2_000_000, now=now)
    assert ledger.available_sun(merchant) == 1_000_000_000 - 2_000_000
    assert ledger.held_sun(merchant) == 0


def test_a_hold_is_settled_once_whatever_runs_twice(place: Place, merchant: Merchant, now: datetime) -> None:
    order = place()
    place()  # so that the held account could pay a second time
    ledger.settle(order, capture_sun=order.price_sun, now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        ledger.settle(order, capture_sun=order.price_sun, now=now)
    assert ledger.held_sun(merchant) == 6_500_000


def test_more_than_the_hold_is_never_captured(place: Place, now: datetime) -> None:
    order = place()
    with pytest.raises(ValueError, match="at most the hold"):
        ledger.settle(order, capture_sun=order.price_sun + 1, now=now)


def test_without_cover_nothing_moves(place: Place, merchant: Merchant, now: datetime) -> None:
    order = place()
    Order.objects.filter(pk=order.pk).update(price_sun=10**12)
    order.refresh_from_db()
    Transfer.objects.all().delete()
    with pytest.raises(InsufficientFunds) as caught:
        ledger.hold(order, now=now)
    assert (caught.value.available, caught.value.needed) == (1_000_000_000 - 6_500_000, 10**12)
    assert not Transfer.objects.exists()


def test_a_credit_limit_allows_as_much_below_zero(merchant: Merchant, place: Place) -> None:
    account = ledger.merchant_account(merchant, AccountKind.AVAILABLE)
    LedgerAccount.objects.filter(pk=account.pk).update(balance=0, credit_limit=6_500_000)
    place()
    assert ledger.available_sun(merchant) == -6_500_000
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerAccount.objects.filter(pk=account.pk).update(balance=-6_500_001)


def test_both_directions_lock_the_accounts_in_one_order(place: Place, now: datetime) -> None:
    """Else PostgreSQL finds a deadlock between an order that is placed and one that fails."""
    with CaptureQueriesContext(connection) as placed:
        order = place()
    with CaptureQueriesContext(connection) as failed:
        ledger.settle(order, capture_sun=0, now=now)
    assert moved_accounts(placed) == moved_accounts(failed) != []


def moved_accounts(queries: CaptureQueriesContext) -> list[str]:
    found = (
        re.match(r"UPDATE orders_ledgeraccount.*\bkey = '(\S+)'", each["sql"], re.DOTALL) for each in queries
    )
    return [match[1] for match in found if match]
