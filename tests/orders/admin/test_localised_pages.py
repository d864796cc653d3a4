"""Figures and times on the pages are the viewer's; what programs read, what is copied and what is exported is not."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from orders.models import AuditEntry, Merchant, Order
from orders.services import accounts, ledger, outcomes, readings, reconciling
from providers.base import Kind, Progress, State
from tests.orders.admin.conftest import send_form, text
from tests.orders.admin.test_merchants import top_up
from tests.orders.admin.test_order_form import KINDS, NEW, fields
from tests.orders.conftest import ADDRESS, NOW, OTHER_ADDRESS, TXID, MakeAccount, Place, Send

S = "\u00a0"
LANGUAGES = ("en", "zh-hans", "ru")
LATER = datetime(2026, 3, 2, 1, tzinfo=UTC)
LEDGER = "/admin/orders/ledgeraccount"
RECONCILIATION = "/admin/orders/reconciliation"


@pytest.fixture
def order(merchant: Merchant, place: Place, send: Send, make_account: MakeAccount) -> Order:
    """Executed; 65,000 energy for 6.50 of the merchant's 12,345.67 TRX, at 6.00 of the upstream's 20,000."""
    ledger.top_up(merchant, 11_345_670_000, note="1,234.50; 2026-03-01", now=NOW)
    account = make_account(label="=account")
    accounts.top_up(account, amount_sun=20_000_000_000, reason="", now=NOW)
    order = place(external_id="1,234.50")
    done = Progress(state=State.SUCCEEDED, upstream_id="up-1", cost_sun=6_000_000, txid=TXID)
    outcomes.apply(send(order, account).pk, done, now=NOW)
    readings.note(account, 13_000_000, now=datetime(2026, 3, 1, 22, tzinfo=UTC))
    reconciling.reconcile(date(2026, 3, 1), now=LATER)
    order.refresh_from_db()
    return order


@pytest.fixture(autouse=True)
def next_day() -> Iterator[None]:
    with time_machine.travel(LATER, tick=False):
        yield


def page(client: Client, language: str, path: str, **given: str) -> str:
    """Without tags inside of figures: an amount and its unit are one text."""
    response = client.get(path, given, headers={"accept-language": language})
    assert response.status_code == 200
    return text(response)


def shows(html: str, figure: str) -> bool:
    return re.search(rf"(?<![\d.,{S}]){re.escape(figure)}(?![\d.,{S}])", html) is not None


@pytest.mark.parametrize(
    ("language", "energy", "price", "placed", "there"),
    [
        ("en", "65,000", "6.50", "2026-03-01 12:00:00", "2026-03-01 20:00:00"),
        ("zh-hans", "65,000", "6.50", "2026-03-01 12:00:00", "2026-03-01 20:00:00"),
        ("ru", f"65{S}000", "6,50", "01.03.2026 12:00:00", "01.03.2026 20:00:00"),
    ],
)
def test_the_order_page(
    order: Order, administrator: Client, language: str, energy: str, price: str, placed: str, there: str
) -> None:
    html = page(administrator, language, f"/admin/orders/order/{order.pk}/change/")
    assert f"<dd>{energy}</dd>" in html
    assert f'<span class="bo-amount">{price} <span class="bo-unit">TRX</span>' in html
    assert (
        f'datetime="2026-03-01T12:00:00+00:00" title="{placed} UTC · {there} Asia/Shanghai">{placed}<' in html
    )
    assert f"{price} TRX" in html  # within the story
    for copied in (order.number, ADDRESS, TXID, "1,234.50"):
        assert f'data-copy="{copied}"' in html


@pytest.mark.parametrize(
    ("language", "balance", "prepaid"),
    [
        ("en", "12,339.17", "19,994.00"),
        ("zh-hans", "12,339.17", "19,994.00"),
        ("ru", f"12{S}339,17", f"19{S}994,00"),
    ],
)
def test_lists_and_books(
    order: Order, merchant: Merchant, administrator: Client, language: str, balance: str, prepaid: str
) -> None:
    balances = page(administrator, language, f"{LEDGER}/balances/")
    assert shows(balances, balance)
    assert shows(balances, prepaid)
    assert shows(page(administrator, language, "/admin/orders/merchant/"), balance)
    assert shows(page(administrator, language, f"{LEDGER}/trial-balance/", last="2026-03-01"), balance)
    day = page(administrator, language, f"{RECONCILIATION}/day-end/", day="2026-03-01", zone="UTC")
    assert shows(day, balance)
    assert 'value="2026-03-01"' in day  # what <input type=date> needs
    orders = page(administrator, language, "/admin/orders/order/")
    assert ("01.03.2026 12:00:00" if language == "ru" else "2026-03-01 12:00:00") in orders
    assert f"/admin/orders/order/{order.pk}/change/" in orders


@pytest.mark.parametrize(
    ("language", "opening", "month", "before"),
    [
        ("en", "12,339.17", "March 2026", "February 2026"),
        ("zh-hans", "12,339.17", "2026年3月", "2026年2月"),
        ("ru", f"12{S}339,17", "март 2026 г.", "февраль 2026 г."),
    ],
)
def test_the_statement(
    order: Order, merchant: Merchant, finance: Client, language: str, opening: str, month: str, before: str
) -> None:
    html = page(finance, language, f"/admin/orders/merchant/{merchant.pk}/statement/", month="2026-03")
    assert shows(html, opening)
    assert month in html
    assert f'href="?month=2026-02">‹ {before}<' in html
    assert f'/admin/orders/merchant/{merchant.pk}/statement/export/?month=2026-03"' in html
    assert "1,234.50; 2026-03-01" in html  # what a person wrote


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_home_page(order: Order, administrator: Client, language: str) -> None:
    balance = {"ru": f"19{S}994,00"}.get(language, "19,994.00")
    accounts.note_balance(order.attempts.get().account, 19_994_000_000, now=NOW)
    html = page(administrator, language, "/admin/")
    assert shows(html, balance)
    assert not re.search(r'(?:height|width|x|y)="\d+,', html)


# --- exports -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        *(
            f"/admin/orders/merchant/{{}}/statement/export/?month=2026-03 {kind}"
            for kind in ("csv", "xlsx", "pdf")
        ),
        *(f"{RECONCILIATION}/day-end/export/?day=2026-03-01&zone=UTC {kind}" for kind in ("csv", "xlsx")),
        f"{RECONCILIATION}/margin/export/?first=2026-03-01&last=2026-03-01 csv",
        f"{LEDGER}/trial-balance/export/?last=2026-03-01 csv",
        "/admin/orders/callbacklog/export/ csv",
        "/admin/orders/auditentry/export/?act_startswith=merchant.t csv",
    ],
)
def test_a_file_is_the_same_bytes_whoever_exports_it(
    order: Order, merchant: Merchant, administrator: Client, path: str
) -> None:
    url, kind = path.format(merchant.pk).split(" ")
    files, told = [], []
    for language in LANGUAGES:
        response = administrator.post(url, {"format": kind}, headers={"accept-language": language})
        assert response.status_code == 200
        files.append((response.headers["Content-Disposition"], b"".join(response.streaming_content)))  # type: ignore[attr-defined]
        entries = AuditEntry.objects.filter(act__endswith=".export").order_by("-pk")
        told.append(entries.values_list("label", "after").first())
    assert files[0] == files[1] == files[2]
    assert told[0] == told[1] == told[2]
    assert len(files[0][1]) > 60


# --- what people type --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "typed", ["1234.5", "1,234.50", "1 234,50", f"1{S}234,50", "1234,5", "1\u202f234,500000"]
)
def test_a_top_up_is_read_as_it_was_meant(
    merchant: Merchant, administrator: Client, settings: Settings, language: str, typed: str
) -> None:
    settings.APPROVAL_LIMIT_SUN = 10_000_000_000
    administrator.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    send_form(administrator, top_up(merchant), amount=typed, reason="sample")
    assert ledger.available_sun(merchant) == 1_000_000_000 + 1_234_500_000


@pytest.mark.parametrize(
    ("language", "refusal"),
    [
        ("en", "“1,234” can mean two amounts: enter 1,234.00 or 1.234."),
        ("zh-hans", "“1,234”可以理解为两个金额：请输入 1,234.00 或 1.234。"),
        ("ru", f"«1,234» можно прочесть как две разные суммы: введите 1{S}234,00 или 1,2340."),
    ],
)
def test_a_top_up_that_can_be_misread_is_refused(
    merchant: Merchant, administrator: Client, language: str, refusal: str
) -> None:
    administrator.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    response = send_form(administrator, top_up(merchant), amount="1,234", reason="sample")
    assert response.context["form"].errors["amount"] == [refusal]
    assert ledger.available_sun(merchant) == 1_000_000_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_order_takes_the_amount_of_the_page(merchant: Merchant, support: Client, language: str) -> None:
    support.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    given = fields(support, "monitor", merchant) | KINDS["monitor"]
    refused = support.post(NEW, given | {"amount": "1,234"})
    assert "amount" in refused.context["form"].errors
    assert support.post(NEW, given | {"amount": f"12{S}345,678"}).status_code == 302
    assert Order.objects.get().amount_micro == 12_345_678_000


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("term", "amounts"),
    [
        ("1,234.50", {1_234_500_000}),
        (f"1{S}234,50 USDT", {1_234_500_000}),
        ("1234,5", {1_234_500_000}),
        ("1,234", {1_234_000_000, 1_234_000}),
        ("1.234", {1_234_000}),
        ("1,2340", {1_234_000}),
        ("1 234", {1_234_000_000}),
        ("1.234,50", set()),
    ],
)
def test_the_search_box_finds_by_the_amount_of_the_page(
    merchant: Merchant, place: Place, support: Client, language: str, term: str, amounts: set[int]
) -> None:
    for number, amount in enumerate((1_234_500_000, 1_234_000_000, 1_234_000)):
        at = NOW + timedelta(days=number)
        window = {"window_start": at, "window_end": at + timedelta(hours=1)}
        place(kind=Kind.MONITOR, address=OTHER_ADDRESS, amount_micro=amount, **window)
    found: Any = support.get("/admin/orders/order/", {"q": term}, headers={"accept-language": language})
    assert {row.amount_micro for row in found.context["cl"].result_list} == amounts
