"""A merchant's account is corrected against the house's adjustments, by two persons above the limit."""

from datetime import date, datetime

import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from orders.models import AccountKind, Approval, Asset, AuditEntry, Merchant, Transfer
from orders.services import approvals, approved_acts, invariants, ledger, merchants, spans, statements
from orders.services.day_end import day_end
from orders.services.ledger import InsufficientFunds
from tests.orders.conftest import NOW

START_SUN = 1_000_000_000


@pytest.fixture
def asker(db: None) -> User:
    return User.objects.create_user("asker", is_staff=True)


def ask(merchant: Merchant, user: User, amount: int, *, may_book: bool, asset: Asset = Asset.TRX) -> object:
    return approvals.adjust(
        merchant, asset=asset, amount=amount, reason="typed twice", may_book=may_book, user=user, now=NOW
    )


def house(asset: Asset) -> int:
    return ledger.balance_of(ledger.house(AccountKind.ADJUSTMENTS, asset))


def test_a_credit_and_a_debit_of_each_asset(merchant: Merchant) -> None:
    for asset, amount in ((Asset.TRX, 7), (Asset.TRX, -3), (Asset.USDT, 5), (Asset.USDT, -4)):
        merchants.adjust(merchant, asset=asset, amount=amount, reason="x", now=NOW)
    assert (ledger.available_sun(merchant), ledger.deposits_micro(merchant)) == (START_SUN + 4, 1)
    assert (house(Asset.TRX), house(Asset.USDT)) == (-4, -1)
    assert AuditEntry.objects.filter(act="merchant.adjust").latest("id").after == {
        "asset": "USDT",
        "amount": -4,
        "reason": "x",
    }
    assert invariants.broken(now=NOW) == []


@pytest.mark.parametrize("amount", [0, 10**15 + 1, -(10**15) - 1])
def test_amounts_that_are_none(amount: int, merchant: Merchant, asker: User) -> None:
    for may_book in (True, False):
        with pytest.raises(ValueError, match="adjustment"):
            ask(merchant, asker, amount, may_book=may_book)
    assert (Transfer.objects.count(), Approval.objects.count()) == (1, 0)


def test_a_debit_takes_no_more_than_there_is(merchant: Merchant) -> None:
    for asset, amount in ((Asset.TRX, -START_SUN - 1), (Asset.USDT, -1)):
        with pytest.raises(InsufficientFunds):
            merchants.adjust(merchant, asset=asset, amount=amount, reason="x", now=NOW)
    assert (Transfer.objects.count(), ledger.available_sun(merchant)) == (1, START_SUN)


@pytest.mark.parametrize("sign", [1, -1])
def test_above_the_limit_and_without_the_right_it_is_asked_for(
    sign: int, merchant: Merchant, asker: User, settings: Settings
) -> None:
    limit = settings.APPROVAL_LIMIT_SUN
    settings.APPROVAL_LIMIT_MICRO_USDT = 0  # of the other asset
    assert ask(merchant, asker, sign * limit, may_book=True) is None
    booked = ledger.available_sun(merchant)
    for amount, may_book in ((sign * (limit + 1), True), (sign, False)):
        asked = ask(merchant, asker, amount, may_book=may_book)
        assert isinstance(asked, Approval)
        assert asked.data == {"asset": "TRX", "amount": amount}
    assert ledger.available_sun(merchant) == booked


def test_deposits_have_a_limit_of_their_own(merchant: Merchant, asker: User, settings: Settings) -> None:
    settings.APPROVAL_LIMIT_SUN, settings.APPROVAL_LIMIT_MICRO_USDT = 0, 9
    assert ask(merchant, asker, 9, may_book=True, asset=Asset.USDT) is None
    assert isinstance(ask(merchant, asker, 10, may_book=True, asset=Asset.USDT), Approval)
    assert isinstance(ask(merchant, asker, -10, may_book=True, asset=Asset.USDT), Approval)
    assert ledger.deposits_micro(merchant) == 9


def test_it_is_granted_by_another_exactly_once(merchant: Merchant, asker: User) -> None:
    asked = ask(merchant, asker, 9, may_book=False, asset=Asset.USDT)
    assert isinstance(asked, Approval)
    with pytest.raises(approved_acts.NotDecidable, match="another person"):
        approvals.grant(asked, user=asker, note="", now=NOW)
    other = User.objects.create_user("other", is_staff=True)
    approvals.grant(asked, user=other, note="", now=NOW)
    with pytest.raises(approved_acts.NotDecidable):
        approvals.grant(asked, user=other, note="", now=NOW)
    assert ledger.deposits_micro(merchant) == 9
    assert Transfer.objects.latest("id").note == "typed twice (asked for by asker)"


def test_a_debit_that_is_granted_too_late_changes_nothing(merchant: Merchant, asker: User) -> None:
    asked = ask(merchant, asker, -START_SUN, may_book=False)
    assert isinstance(asked, Approval)
    merchants.adjust(merchant, asset=Asset.TRX, amount=-1, reason="before", now=NOW)
    with pytest.raises(InsufficientFunds):
        approvals.grant(asked, user=User.objects.create_user("other"), note="", now=NOW)
    assert Approval.objects.get().status == "pending"
    assert ledger.available_sun(merchant) == START_SUN - 1


def test_the_day_end_and_the_statement_tell_of_it(merchant: Merchant, now: datetime) -> None:
    for asset, amount in ((Asset.TRX, 7), (Asset.TRX, -10), (Asset.USDT, 5)):
        merchants.adjust(merchant, asset=asset, amount=amount, reason="x", now=now)
    found = day_end(spans.day(now.date(), "UTC"))
    assert {asset: sums["adjusted"] for asset, sums in found.sums()} == {"TRX": -3, "USDT": 5}
    events = [(row.asset, row.count, row.amount) for row in found.events if row.side == "adjusted"]
    assert events == [("TRX", 2, -3), ("USDT", 1, 5)]
    [row] = found.merchants
    assert (row.adjusted_sun, row.adjusted_micro, row.came_in_sun) == (-3, 5, START_SUN)
    assert (row.balance_sun, row.deposited_micro) == (START_SUN - 3, 5)
    codes = statements.by_code(statements.statement(merchant, date(2026, 3, 1)))
    assert {(row.account.asset, row.change) for row in codes if row.code == "adjustment"} == {
        ("TRX", -3),
        ("USDT", 5),
    }
