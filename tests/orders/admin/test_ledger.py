"""The books: balances, their sum, accounts and transfers."""

from django.db.models import F
from django.test import Client
from django.utils import timezone

from orders.models import AccountKind, LedgerAccount, Merchant, Transfer
from orders.services import accounts, ledger, merchants, placing
from tests.orders.admin.conftest import text
from tests.orders.conftest import NOW, MakeAccount, Place

BALANCES = "/admin/orders/ledgeraccount/balances/"
TRANSFERS = "/admin/orders/transfer/"


def test_the_balances_of_everybody_sum_to_zero(
    merchant: Merchant, place: Place, make_account: MakeAccount, finance: Client
) -> None:
    place()
    account = make_account()
    accounts.top_up(account, amount_sun=20_000_000, reason="", now=NOW)
    accounts.note_balance(account, 12_500_000, now=timezone.now())
    context = finance.get(BALANCES).context
    assert context["totals"] == [
        ("TRX", 1_000_000_000, -1_000_000_000, 0),
        ("USDT", 0, 0, 0),
    ]
    assert context["merchants"] == [(merchant, 993_500_000, 6_500_000, 0)]
    [(row, _)] = context["providers"]
    assert (row.booked_sun, row.account.balance_sun, row.difference_sun) == (
        20_000_000,
        12_500_000,
        -7_500_000,
    )
    assert {each.kind: each.computed for each in context["house"]}["cash"] == -980_000_000


def test_books_that_do_not_balance_are_an_alarm(merchant: Merchant, finance: Client) -> None:
    assert "does not balance" not in text(finance.get(BALANCES))
    LedgerAccount.objects.filter(merchant=merchant, kind="available").update(balance=F("balance") + 1)
    assert "does not balance" in text(finance.get(BALANCES))


def test_balances_are_asked_for_in_a_bounded_number_of_questions(
    merchant: Merchant, make_account: MakeAccount, finance: Client, django_assert_max_num_queries: object
) -> None:
    for number in range(5):
        merchants.create_merchant(name=f"Sample {number}", time_zone="Asia/Shanghai", now=NOW)
        accounts.top_up(make_account(label=f"a{number}"), amount_sun=5, reason="", now=NOW)
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        finance.get(BALANCES)


def test_a_page_of_merchants_that_is_none_is_no_error(merchant: Merchant, finance: Client) -> None:
    for page in ("abc", "-1", "1" * 31, "\x00"):
        assert finance.get(BALANCES, {"page": page}).status_code == 200


def test_accounts_list_what_balance_of_says(merchant: Merchant, place: Place, finance: Client) -> None:
    place()
    rows = finance.get("/admin/orders/ledgeraccount/").context["cl"].result_list
    assert {row.key: row.computed for row in rows} == {
        account.key: ledger.balance_of(account) for account in LedgerAccount.objects.all()
    }
    assert len(rows) >= 3


def test_transfers_are_found_by_merchant_code_and_order(
    merchant: Merchant, place: Place, finance: Client
) -> None:
    other = merchants.create_merchant(name="Sample two", time_zone="Asia/Shanghai", now=NOW)
    ledger.top_up(other, 5, note="other", now=NOW)
    order, cheap = place(), place(energy=10_000)
    placing.cancel(cheap, user=None, reason="x", now=NOW)  # type: ignore[arg-type]

    def found(**filters: str) -> set[tuple[str, int]]:
        rows = finance.get(TRANSFERS, filters).context["cl"].result_list
        return {(row.code, row.amount) for row in rows}

    assert found(merchant=str(other.pk)) == {("top_up", 5)}
    assert found(code__exact="top_up") == {("top_up", 1_000_000_000), ("top_up", 5)}
    assert found(q=order.number) == {("hold", 6_500_000)}
    assert found(q=cheap.number) == {("hold", cheap.price_sun), ("release", cheap.price_sun)}
    assert found(q="20990101" + "0" * 10) == set()
    assert found(merchant="999") == found(merchant="abc") == set()
    assert found(created_at_from_0="2030-01-01", created_at_from_1="00:00:00") == set()
    assert len(found()) == Transfer.objects.values("code", "amount").distinct().count()


def test_an_account_shows_its_latest_transfers(merchant: Merchant, place: Place, finance: Client) -> None:
    order = place()
    held = ledger.merchant_account(merchant, AccountKind.HELD)
    words = text(finance.get(f"/admin/orders/ledgeraccount/{held.pk}/change/"))
    assert order.number in words
    assert "6.50" in words
