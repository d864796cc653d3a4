"""Balances begin at subtotals, which are complete whatever is late and the same whenever they are written."""

from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F

from orders.models import AccountKind, LedgerAccount, LedgerCut, Merchant, Subtotal, Transfer
from orders.services import approvals, ledger, periods, spans, trial_balance
from orders.services.ledger import subtotals
from orders.services.spans import Span
from tests.orders.conftest import NOW, Place
from tests.waiting import wait_until

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
AFTER = MIDNIGHT + subtotals.MARGIN
DAY = timedelta(days=1)


def cash() -> int:
    return ledger.balance_of(ledger.house(AccountKind.CASH))


def stored() -> dict[str, tuple[int, int]]:
    """Of the newest of each account."""
    rows = Subtotal.objects.order_by("until").select_related("account")
    return {row.account.key.partition(":m")[0]: (row.debits, row.credits) for row in rows}


def test_a_day_is_cut_an_hour_after_its_end_and_only_once(merchant: Merchant, place: Place) -> None:
    place()
    assert subtotals.freeze(now=AFTER - timedelta(microseconds=1)) == 0
    assert subtotals.freeze(now=AFTER) == 1
    assert stored() == {
        "available:TRX": (6_500_000, 1_000_000_000),
        "held:TRX": (0, 6_500_000),
        "cash:TRX:house": (1_000_000_000, 0),
    }
    assert subtotals.freeze(now=AFTER + timedelta(hours=5)) == 0
    assert list(subtotals.faults()) == []


def test_days_without_a_run_are_made_up_for(merchant: Merchant) -> None:
    ledger.top_up(merchant, 5, note="", now=NOW + 2 * DAY)
    assert subtotals.freeze(now=AFTER + 3 * DAY) == 4
    assert [cut.until for cut in LedgerCut.objects.order_by("until")] == [
        MIDNIGHT + n * DAY for n in range(4)
    ]
    assert Subtotal.objects.filter(account__kind="cash").count() == 2  # of the days that moved it
    assert list(subtotals.faults()) == []


def test_what_was_cut_takes_no_transfer_and_loses_none(merchant: Merchant) -> None:
    subtotals.freeze(now=AFTER)
    for act in (
        lambda: ledger.top_up(merchant, 5, note="", now=MIDNIGHT - timedelta(microseconds=1)),
        lambda: Transfer.objects.update(amount=F("amount") + 1),
        lambda: Transfer.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
    ledger.top_up(merchant, 5, note="", now=MIDNIGHT)
    assert cash() == -1_000_000_005


def test_a_run_that_died_before_its_sums_is_gone_on_with(merchant: Merchant) -> None:
    ledger.top_up(merchant, 5, note="", now=MIDNIGHT)
    LedgerCut.objects.create(until=MIDNIGHT)
    assert subtotals.last_cut() is None
    assert cash() == -1_000_000_005
    assert subtotals.freeze(now=AFTER + DAY) == 2
    assert cash() == -1_000_000_005


def test_balances_begin_at_the_last_subtotal(merchant: Merchant, place: Place) -> None:
    subtotals.freeze(now=AFTER)
    ledger.top_up(merchant, 5, note="", now=MIDNIGHT)
    place(now=MIDNIGHT + timedelta(hours=1))
    for account in ledger.with_balances(LedgerAccount.objects.all()):
        assert account.computed == ledger.sum_of_transfers(account)  # type: ignore[attr-defined]
    Subtotal.objects.filter(account__kind="cash").update(debits=F("debits") + 7)
    assert cash() == -1_000_000_012
    [line] = trial_balance.lines(Span(NOW, AFTER), LedgerAccount.objects.filter(kind="cash"))
    assert (line.opening, line.debits) == (0, 1_000_000_012)


def test_the_trial_balance_is_the_same_with_subtotals_and_without(merchant: Merchant, place: Place) -> None:
    for hours in range(0, 96, 11):
        ledger.top_up(merchant, 5 + hours, note="", now=NOW + timedelta(hours=hours))
        place(now=NOW + timedelta(hours=hours, minutes=1))
    asked = [
        *(
            Span(NOW + timedelta(hours=first), NOW + timedelta(hours=last))
            for first, last in ((0, 96), (5, 6))
        ),
        *(spans.days(date(2026, 3, 2), date(2026, 3, n), "Asia/Shanghai") for n in (2, 3, 4)),
        Span(MIDNIGHT, MIDNIGHT + DAY),
    ]
    own = LedgerAccount.objects.filter(merchant=merchant)
    before = [(trial_balance.lines(span), trial_balance.lines(span, own)) for span in asked]
    assert subtotals.freeze(now=AFTER + 4 * DAY) == 5
    assert [(trial_balance.lines(span), trial_balance.lines(span, own)) for span in asked] == before


def test_a_month_that_is_opened_again_is_thawed_until_it_is_closed(merchant: Merchant) -> None:
    first, second = User.objects.create(username="first"), User.objects.create(username="second")
    april = datetime(2026, 4, 1, 1, tzinfo=UTC)
    period = periods.close(date(2026, 3, 1), user=None, now=april)
    periods.seal_all(now=april)
    assert subtotals.freeze(now=april) == 31
    approval = approvals.propose_reopen(period, reason="missing", user=first, now=april)
    approvals.grant(approval, user=second, note="", now=april)
    assert subtotals.freeze(now=april) == 0
    ledger.top_up(merchant, 5, note="", now=NOW)
    assert cash() == -1_000_000_005
    periods.close(date(2026, 3, 1), user=None, now=april)
    assert subtotals.freeze(now=april) == 31
    assert cash() == -1_000_000_005
    assert list(subtotals.faults()) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite takes one writer at a time")
def test_a_posting_that_does_not_end_puts_the_cut_off(
    merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its transfer is dated into the day and committed after the run: the next run has it."""
    monkeypatch.setattr(subtotals, "STOP_SECONDS", 1)
    made: list[int] = []

    def freeze_elsewhere() -> None:
        try:
            made.append(subtotals.freeze(now=AFTER))
        finally:
            connection.close()

    with transaction.atomic():
        ledger.top_up(merchant, 5, note="", now=MIDNIGHT - timedelta(seconds=1))
        other = Thread(target=freeze_elsewhere)
        other.start()
        other.join()
    assert made == [0]
    assert not LedgerCut.objects.exists()
    assert subtotals.freeze(now=AFTER) == 1
    assert stored()["cash:TRX:house"] == (1_000_000_005, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite takes one writer at a time")
def test_a_posting_that_waited_for_the_cut_is_refused(merchant: Merchant) -> None:
    told: list[Exception] = []

    def post_elsewhere() -> None:
        try:
            ledger.top_up(merchant, 5, note="", now=NOW)
        except DatabaseError as error:
            told.append(error)
        finally:
            connection.close()

    other = Thread(target=post_elsewhere)
    with transaction.atomic():
        subtotals.freeze(now=AFTER)
        other.start()
        wait_until(a_posting_waits)
    other.join()
    assert [type(error) for error in told] == [IntegrityError]
    assert cash() == -1_000_000_000


def a_posting_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE relation = 'orders_transfer'::regclass AND NOT granted")
        return cursor.fetchone() is not None
