"""Books against what was told, day by day; margins and the day-end."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from orders.models import (
    Asset,
    Attempt,
    BalanceReading,
    Custody,
    Discrepancy,
    DiscrepancyState,
    LedgerAccount,
    Merchant,
    Payment,
    Reconciliation,
    Wallet,
)
from orders.services import accounts, discrepancies, margins, outcomes, readings, reconciling, spans
from orders.services.day_end import day_end
from providers.base import Progress, State
from providers.models import ProviderAccount
from tests.orders.conftest import ADDRESS, NOW, TXID, MakeAccount, Place, Send

DAY = date(2026, 3, 1)
EVENING = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
DONE = Progress(state=State.SUCCEEDED, upstream_id="up-1", cost_sun=6_000_000, txid=TXID)


@pytest.fixture
def account(make_account: MakeAccount) -> ProviderAccount:
    """With 20 TRX by our books and by its own."""
    account = make_account()
    accounts.top_up(account, amount_sun=20_000_000, reason="", now=NOW)
    readings.note(account, 20_000_000, now=EVENING)
    return account


def told(account: ProviderAccount, amount_sun: int, *, now: datetime = EVENING) -> None:
    readings.note(account, amount_sun, now=now)


def result(day: date = DAY, *, now: datetime = MORNING) -> tuple[int, int, int]:
    row = reconciling.reconcile(day, now=now)
    return row.checked, row.differing, row.unexplained


def line(row: Reconciliation) -> dict[str, object]:
    [found] = [each for each in row.lines if each["provider"]]
    return dict(found)


def test_what_agrees_is_no_discrepancy(account: ProviderAccount) -> None:
    assert result() == (2, 0, 0)  # the account, and the sum of the books
    assert not Discrepancy.objects.exists()
    assert line(Reconciliation.objects.get())["difference"] == 0


def test_only_the_last_reading_of_a_day_is_kept(account: ProviderAccount) -> None:
    told(account, 19_000_000, now=EVENING + timedelta(hours=1))
    told(account, 18_000_000, now=EVENING + timedelta(hours=3))
    days = BalanceReading.objects.order_by("day").values_list("day", "amount")
    assert list(days) == [(DAY, 19_000_000), (date(2026, 3, 2), 18_000_000)]


def test_a_difference_is_a_discrepancy_once(account: ProviderAccount) -> None:
    told(account, 17_000_000)
    assert result() == result() == (2, 1, 1)
    row = Discrepancy.objects.get()
    assert (row.amount, row.asset, row.state, row.name) == (-3_000_000, "TRX", "open", account.label)
    assert row.facts["booked"] == 20_000_000


def test_orders_in_flight_explain_what_they_can(account: ProviderAccount, place: Place, send: Send) -> None:
    attempt = send(place(), account)
    Attempt.objects.filter(pk=attempt.pk).update(sent_at=EVENING - timedelta(seconds=5))
    told(account, 14_000_000)
    assert result() == (2, 1, 0)
    found = line(Reconciliation.objects.get())
    assert (found["explanation"], found["orders"]) == ("in_flight", [attempt.order_id])
    outcomes.apply(attempt.pk, DONE, now=EVENING + timedelta(minutes=1))  # booked after the reading
    assert result() == (2, 1, 0)
    told(account, 13_000_000)
    assert result() == (2, 1, 1)  # 7 TRX are gone, the order took 6


def test_what_was_booked_before_the_reading_explains_nothing(
    account: ProviderAccount, place: Place, send: Send
) -> None:
    attempt = send(place(), account)
    outcomes.apply(attempt.pk, DONE, now=NOW)
    told(account, 14_000_000)
    assert result() == (2, 0, 0)
    told(account, 8_000_000)
    assert result() == (2, 1, 1)


def test_a_discrepancy_grows_older_and_goes_when_all_agrees(account: ProviderAccount) -> None:
    told(account, 17_000_000)
    result()
    told(account, 16_000_000, now=EVENING + timedelta(days=1))
    result(date(2026, 3, 2), now=MORNING + timedelta(days=1))
    row = Discrepancy.objects.get()
    assert (row.first_day, row.last_day, row.amount) == (DAY, date(2026, 3, 2), -4_000_000)
    result()  # the earlier day again
    row.refresh_from_db()
    assert (row.last_day, row.amount) == (date(2026, 3, 2), -4_000_000)
    told(account, 20_000_000, now=EVENING + timedelta(days=2))
    result(date(2026, 3, 3), now=MORNING + timedelta(days=2))
    row.refresh_from_db()
    assert row.state == DiscrepancyState.GONE
    result(now=MORNING + timedelta(days=3))
    assert Discrepancy.objects.count() == 1


def test_what_a_person_explained_stays_explained_at_that_amount(account: ProviderAccount) -> None:
    user = User.objects.create(username="one")
    told(account, 17_000_000)
    result()
    row = Discrepancy.objects.get()
    discrepancies.assign(row, user, user=user, now=MORNING)
    discrepancies.explain(row, "a bonus of theirs", user=user, now=MORNING)
    with pytest.raises(discrepancies.NotOpen):
        discrepancies.explain(row, "again", user=user, now=MORNING)
    assert result()[2] == 0
    told(account, 17_000_000, now=EVENING + timedelta(days=1))
    assert result(date(2026, 3, 2), now=MORNING + timedelta(days=1)) == (2, 1, 0)
    told(account, 16_999_999, now=EVENING + timedelta(days=2))
    assert result(date(2026, 3, 3), now=MORNING + timedelta(days=2)) == (2, 1, 1)


def test_an_account_that_fell_silent_is_told(account: ProviderAccount) -> None:
    accounts.note_balance(account, 20_000_000, now=NOW)
    assert result(date(2026, 3, 2), now=MORNING + timedelta(days=1))[2] == 1
    row = Discrepancy.objects.get()
    assert (row.kind, row.subject) == ("unread", f"provider:{account.pk}:TRX:unread")


def test_wallets_are_compared_with_what_arrived(merchant: Merchant) -> None:
    wallet = Wallet.objects.create(merchant=merchant, address=ADDRESS, custody=Custody.OURS)
    Payment.objects.create(
        txid=TXID,
        log_index=0,
        address=ADDRESS,
        amount_micro=5_000_000,
        merchant=merchant,
        block_number=7,
        paid_at=NOW,
        received_at=NOW,
    )
    readings.note(wallet, 5_000_000, asset=Asset.USDT, now=EVENING)
    assert result() == (2, 0, 0)
    readings.note(wallet, 7_000_000, asset=Asset.USDT, now=EVENING)
    assert result() == (2, 1, 1)
    late = {"block_number": 8, "received_at": EVENING + timedelta(minutes=1), "log_index": 1}
    Payment.objects.create(
        txid=TXID, address=ADDRESS, amount_micro=2_000_000, merchant=merchant, paid_at=EVENING, **late
    )
    assert result() == (2, 1, 0)
    assert Discrepancy.objects.get().state == DiscrepancyState.GONE


def test_books_that_do_not_sum_to_zero_are_found(merchant: Merchant) -> None:
    LedgerAccount.objects.filter(kind="cash").update(asset="USDT")
    assert result()[2] == 2
    assert set(Discrepancy.objects.values_list("subject", flat=True)) == {"books:TRX", "books:USDT"}


def test_ended_days_are_compared_in_turn(account: ProviderAccount) -> None:
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    assert reconciling.reconcile_due(now=midnight + timedelta(minutes=29)) == 1  # the day before
    assert reconciling.reconcile_due(now=midnight + timedelta(minutes=31)) == 1
    assert reconciling.reconcile_due(now=midnight + timedelta(days=3, minutes=31)) == 3
    assert reconciling.reconcile_due(now=midnight + timedelta(days=3, minutes=31)) == 0
    with pytest.raises(reconciling.NotOver):
        reconciling.reconcile(DAY, now=EVENING)


def test_the_command_tells_the_result(account: ProviderAccount, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("reconcile", day="2026-03-01")
    assert "unexplained: 0" in capsys.readouterr().out
    for wrong in ("2026-02-31", "x", "9999-12-31"):
        with pytest.raises(CommandError):
            call_command("reconcile", day=wrong)


def test_margin_is_price_minus_cost(
    account: ProviderAccount, merchant: Merchant, place: Place, send: Send
) -> None:
    order = place()
    outcomes.apply(send(order, account).pk, DONE, now=NOW)
    span = spans.day(DAY, "UTC")
    [row] = margins.margins(span)
    assert (row.kind, row.merchant, row.provider, row.orders) == ("energy", merchant.pk, account.pk, 1)
    assert (row.earned_sun, row.cost_sun, row.margin_sun, row.percent) == (6_500_000, 6_000_000, 500_000, 8)
    [together] = margins.margins(span, by=())
    assert (together.kind, together.merchant, together.margin_sun) == ("", None, 500_000)
    assert margins.margins(spans.day(date(2026, 3, 2), "UTC")) == []


def test_the_day_end_tells_what_moved(
    account: ProviderAccount, merchant: Merchant, place: Place, send: Send
) -> None:
    outcomes.apply(send(place(), account).pk, DONE, now=NOW)
    found = day_end(spans.day(DAY, "UTC"))
    assert dict(found.sums())["TRX"] == {
        "in": 1_000_000_000,
        "out": 20_000_000,
        "earned": 6_500_000,
        "spent": 6_000_000,
        "adjusted": 0,
    }
    [row] = found.merchants
    assert (row.came_in_sun, row.earned_sun, row.margin_sun, row.balance_sun) == (
        1_000_000_000,
        6_500_000,
        500_000,
        993_500_000,
    )
    [provider] = found.providers
    assert (provider.topped_up_sun, provider.spent_sun, provider.balance_sun) == (
        20_000_000,
        6_000_000,
        14_000_000,
    )
    assert all(total.is_balanced for total in found.totals)
