"""Trial balance, closing a month, and opening it again."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F

from orders.models import (
    AccountKind,
    Approval,
    AuditEntry,
    LedgerAccount,
    Merchant,
    Period,
    PeriodBalance,
    Transfer,
)
from orders.services import approvals, approved_acts, ledger, periods, spans, trial_balance
from orders.services.spans import Span
from tests.orders.conftest import NOW, Place

MARCH = date(2026, 3, 1)
APRIL_FIRST = datetime(2026, 4, 1, tzinfo=UTC)
AFTER = APRIL_FIRST + timedelta(hours=1)


def people() -> tuple[User, User]:
    return User.objects.create(username="first"), User.objects.create(username="second")


def figures(span: Span) -> dict[str, tuple[int, int, int, int]]:
    return {
        row.account.key.split(":m")[0]: (row.opening, row.debits, row.credits, row.closing)
        for row in trial_balance.lines(span)
    }


def close_march(user: User | None = None) -> Period:
    period = periods.close(MARCH, user=user, now=AFTER)
    periods.seal_all(now=AFTER)
    period.refresh_from_db()
    return period


def test_each_account_opens_moves_and_closes(merchant: Merchant, place: Place) -> None:
    place(now=NOW + timedelta(days=1))
    assert figures(spans.day(date(2026, 3, 2), "UTC")) == {
        "available:TRX": (1_000_000_000, 6_500_000, 0, 993_500_000),
        "held:TRX": (0, 0, 6_500_000, 6_500_000),
        "cash:TRX:house": (-1_000_000_000, 0, 0, -1_000_000_000),
    }
    assert figures(spans.day(date(2026, 3, 1), "UTC"))["available:TRX"] == (0, 0, 10**9, 10**9)


def test_a_day_is_that_of_the_zone(merchant: Merchant) -> None:
    ledger.top_up(merchant, 7, note="", now=datetime(2026, 3, 4, 16, 0, tzinfo=UTC))  # midnight in Shanghai
    assert figures(spans.day(date(2026, 3, 4), "Asia/Shanghai"))["available:TRX"][2] == 0
    assert figures(spans.day(date(2026, 3, 5), "Asia/Shanghai"))["available:TRX"][2] == 7
    assert figures(spans.day(date(2026, 3, 4), "UTC"))["available:TRX"][2] == 7


def test_the_totals_are_zero_for_any_span(merchant: Merchant, place: Place) -> None:
    place()
    for hours in (0, 12, 13):
        rows = trial_balance.lines(Span(NOW - timedelta(hours=hours), NOW + timedelta(hours=1)))
        assert [total.is_balanced for total in trial_balance.totals(rows)] == [True]
    assert trial_balance.totals([]) == []


def test_a_closed_month_takes_no_transfer_and_loses_none(merchant: Merchant) -> None:
    close_march()
    refused: list[Callable[[], object]] = [
        lambda: ledger.top_up(merchant, 5, note="", now=NOW),
        lambda: ledger.top_up(merchant, 5, note="", now=APRIL_FIRST - timedelta(microseconds=1)),
        lambda: Transfer.objects.update(amount=F("amount") + 1),
        lambda: Transfer.objects.update(created_at=AFTER),
        lambda: Transfer.objects.all().delete(),
    ]
    for act in refused:
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
    assert ledger.available_sun(merchant) == 1_000_000_000
    ledger.top_up(merchant, 5, note="adjustment", now=APRIL_FIRST)
    with pytest.raises(IntegrityError), transaction.atomic():
        Transfer.objects.filter(note="adjustment").update(created_at=NOW)


def test_closing_freezes_the_figures(merchant: Merchant, place: Place) -> None:
    place()
    user, _ = people()
    period = close_march(user)
    assert (period.since, period.until, len(period.digest)) == (NOW.replace(hour=0), APRIL_FIRST, 64)
    frozen = {row.account.kind: row.closing for row in period.balances.select_related("account")}
    assert frozen == {"available": 993_500_000, "held": 6_500_000, "cash": -1_000_000_000}
    assert AuditEntry.objects.get(act="period.close").user == user
    assert list(periods.faults()) == []
    assert periods.seal_all(now=AFTER) == 0


def test_a_changed_figure_of_a_closed_month_shows(merchant: Merchant) -> None:
    close_march()
    ledger.top_up(merchant, 5, note="", now=AFTER)
    whole = figures(spans.month(date(2026, 4, 1), "UTC"))
    assert whole["available:TRX"] == (1_000_000_000, 0, 5, 1_000_000_005)
    PeriodBalance.objects.filter(account__kind="available").update(
        opening=F("opening") + 1, closing=F("closing") + 1
    )
    assert list(periods.faults()) == ["the figures of 2026-03 were changed"]


def test_months_are_closed_in_turn_once_they_have_ended(merchant: Merchant) -> None:
    for month, now in [
        (MARCH, APRIL_FIRST - timedelta(days=1)),
        (MARCH, APRIL_FIRST + timedelta(minutes=9)),
        (date(2026, 4, 1), datetime(2026, 5, 2, tzinfo=UTC)),
        (date(2026, 2, 1), AFTER),
    ]:
        with pytest.raises(periods.NotClosable):
            periods.close(month, user=None, now=now)
    close_march()
    with pytest.raises(periods.NotClosable):
        periods.close(MARCH, user=None, now=AFTER)
    assert periods.next_closable(now=AFTER) is None
    assert periods.next_closable(now=datetime(2026, 5, 2, tzinfo=UTC)) == date(2026, 4, 1)


@pytest.mark.django_db
def test_without_transfers_there_is_nothing_to_close() -> None:
    assert periods.next_closable(now=NOW) is None


def test_a_month_is_opened_again_by_two_persons(merchant: Merchant) -> None:
    first, second = people()
    period = close_march(first)
    approval = approvals.propose_reopen(period, reason="a missing top-up", user=first, now=AFTER)
    with pytest.raises(approved_acts.NotDecidable):
        approvals.grant(approval, user=first, note="", now=AFTER)
    approvals.grant(approval, user=second, note="", now=AFTER)
    period.refresh_from_db()
    assert period.reopened_by == second
    ledger.top_up(merchant, 5, note="missing", now=NOW)
    again = close_march(first)
    assert again.pk != period.pk
    assert again.balances.get(account__kind=AccountKind.AVAILABLE).closing == 1_000_000_005
    assert list(periods.faults()) == []


def test_only_the_last_closed_month_is_opened_again(merchant: Merchant) -> None:
    first, second = people()
    march = close_march()
    approval = approvals.propose_reopen(march, reason="x", user=first, now=AFTER)
    periods.close(date(2026, 4, 1), user=None, now=AFTER + timedelta(days=30))
    with pytest.raises(periods.NotClosable):
        approvals.propose_reopen(march, reason="x", user=first, now=AFTER)
    with pytest.raises(approved_acts.NotDecidable):
        approvals.grant(Approval.objects.get(pk=approval.pk), user=second, note="", now=AFTER)
    assert not Period.objects.exclude(reopened_at=None).exists()


def test_books_that_do_not_balance_are_not_sealed(merchant: Merchant) -> None:
    trx = LedgerAccount.objects.get(kind="available")
    LedgerAccount.objects.filter(pk=trx.pk).update(asset="USDT")
    periods.close(MARCH, user=None, now=AFTER)
    with pytest.raises(periods.BooksOff):
        periods.seal_all(now=AFTER)
    assert Period.objects.get().sealed_at is None
