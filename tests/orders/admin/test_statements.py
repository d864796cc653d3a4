"""A merchant's month on screen and as files; the trial balance and its drill-down; closing by the admin."""

import csv
import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from orders.admin import exports, pdf
from orders.models import Approval, AuditEntry, Merchant, Period, Transfer
from orders.services import ledger, merchants, periods
from tests.orders.admin.conftest import NONSENSE, send_form, text
from tests.orders.conftest import NOW, Place

TRIAL = "/admin/orders/ledgeraccount/trial-balance/"
STATEMENTS = "/admin/orders/merchant/statements/"
MARCH = {"month": "2026-03"}
AFTER = datetime(2026, 4, 2, tzinfo=UTC)


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def table(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body(response).decode("utf-8-sig"), newline="")))


def page_of(merchant: Merchant) -> str:
    return f"/admin/orders/merchant/{merchant.pk}/statement/"


def test_a_statement_opens_moves_and_closes(merchant: Merchant, place: Place, finance: Client) -> None:
    order = place(external_id="=1+1")
    ledger.top_up(merchant, 5, note="-late", now=NOW + timedelta(days=31))
    context = finance.get(page_of(merchant), MARCH).context
    assert {row.account.kind: (row.opening, row.closing) for row in context["statement"].lines} == {
        "available": (0, 993_500_000),
        "held": (0, 6_500_000),
    }
    response = finance.post(f"{page_of(merchant)}export/?month=2026-03", {"format": "csv"})
    rows = table(response)
    assert [(row["account"], row["what"], row["change"], row["balance"]) for row in rows] == [
        ("available", "opening", "", "0.000000"),
        ("available", "top_up", "1000.000000", "1000.000000"),
        ("available", "hold", "-6.500000", "993.500000"),
        ("available", "closing", "", "993.500000"),
        ("held", "opening", "", "0.000000"),
        ("held", "hold", "6.500000", "6.500000"),
        ("held", "closing", "", "6.500000"),
    ]
    assert (rows[0]["time_utc"], rows[0]["time_local"]) == (
        "2026-02-28T16:00:00.000Z",
        "2026-03-01T00:00:00+08:00",
    )
    assert (rows[2]["order"], rows[2]["merchant_order"]) == (order.number, "'=1+1")
    entry = AuditEntry.objects.get(act="merchant.export")
    assert (entry.after["rows"], entry.after["month"], entry.object_id) == (7, "2026-03", str(merchant.pk))
    april = table(finance.post(f"{page_of(merchant)}export/?month=2026-04", {"format": "csv"}))
    assert [row["balance"] for row in april] == [
        "993.500000",
        "993.500005",
        "993.500005",
        "6.500000",
        "6.500000",
    ]
    assert april[1]["note"] == "'-late"


def test_the_other_files(merchant: Merchant, place: Place, finance: Client) -> None:
    Merchant.objects.filter(pk=merchant.pk).update(name="样品商户 Образец")
    place()
    sheet = body(finance.post(f"{page_of(merchant)}export/?month=2026-03", {"format": "xlsx"}))
    with zipfile.ZipFile(io.BytesIO(sheet)) as archive:
        assert b"<v>993.500000</v>" in archive.read("xl/worksheets/sheet1.xml")
    response = finance.post(f"{page_of(merchant)}export/?month=2026-03", {"format": "pdf"})
    assert body(response).startswith(b"%PDF")
    assert response["Content-Type"] == "application/pdf"
    assert AuditEntry.objects.filter(act="merchant.export", after__format="pdf").exists()


def test_text_of_any_script_finds_a_font() -> None:
    assert pdf.font_of("Sample €", pdf.BOLD) == pdf.BOLD
    assert pdf.font_of("样品") == pdf.CHINESE
    assert pdf.font_of("Образец") in {pdf.SANS, pdf.CHINESE}
    long = pdf.written("样品", ["Образец"], [pdf.Column("a", 1)], [["x" * 250]] * 160)
    assert long.read().count(b"/Type /Page\n") > 3


def test_too_many_rows_are_refused(
    merchant: Merchant, place: Place, finance: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    place()
    monkeypatch.setattr(exports, "MOST_ROWS", 2)
    response = finance.post(f"{page_of(merchant)}export/?month=2026-03", {"format": "csv"}, follow=True)
    assert "nothing was exported" in text(response)
    assert AuditEntry.objects.get(act="merchant.export").refused


def test_statements_are_one_click_from_their_list(merchant: Merchant, finance: Client) -> None:
    merchants.create_merchant(name="Another", time_zone="UTC", now=NOW)
    words = text(finance.get(STATEMENTS, {**MARCH, "q": "sample"}))
    assert f"{page_of(merchant)}export/?month=2026-03" in words
    assert "Another" not in words


def test_who_may_not_see_the_books_sees_no_statement(merchant: Merchant, support: Client) -> None:
    for url in (TRIAL, STATEMENTS, page_of(merchant)):
        assert support.get(url).status_code == 403
    for url in (f"{TRIAL}export/", f"{page_of(merchant)}export/"):
        assert support.post(url, {"format": "csv"}).status_code == 403


@pytest.mark.parametrize("value", NONSENSE)
def test_nonsense_is_no_error(merchant: Merchant, finance: Client, value: str) -> None:
    for url in (TRIAL, STATEMENTS, page_of(merchant)):
        given = {"month": value, "first": value, "last": value, "zone": value, "q": value, "page": value}
        assert finance.get(url, given).status_code == 200
    assert finance.post(f"{page_of(merchant)}export/", {"format": value}).status_code == 400
    assert finance.get(f"{page_of(merchant)}export/").status_code == 405


def test_a_line_of_the_trial_balance_leads_to_its_transfers(
    merchant: Merchant, place: Place, finance: Client
) -> None:
    place()
    ledger.top_up(merchant, 5, note="", now=NOW + timedelta(days=1))
    assert finance.get(TRIAL).status_code == 200
    days = {"first": "2026-03-01", "last": "2026-03-01", "zone": "UTC"}
    context = finance.get(TRIAL, days).context
    assert all(total.is_balanced for total in context["totals"])
    for row, url in context["rows"]:
        found: list[Transfer] = list(finance.get(url).context["cl"].result_list)
        moved = sum(each.amount if each.credit_id == row.account.pk else -each.amount for each in found)
        assert moved == row.credits - row.debits
    rows = table(finance.post(f"{TRIAL}export/?first=2026-03-01&last=2026-03-01", {"format": "csv"}))
    assert {row["kind"]: row["closing"] for row in rows} == {
        "available": "993.500000",
        "held": "6.500000",
        "cash": "-1000.000000",
    }


def test_a_month_is_closed_and_its_opening_asked_for(merchant: Merchant, finance: Client) -> None:
    month = timezone.now().replace(day=1) - timedelta(days=40)
    Transfer.objects.update(created_at=month)
    done = send_form(finance, "/admin/orders/period/close/")
    period = Period.objects.get()
    assert done.url == f"/admin/orders/period/{period.pk}/change/"
    periods.seal_all(now=timezone.now())
    assert "Figures" in text(finance.get(done.url))
    assert f"{period.month:%B %Y}" in text(finance.get("/admin/orders/period/"))
    send_form(finance, f"/admin/orders/period/{period.pk}/reopen/", reason="a missing row")
    approval = Approval.objects.get()
    assert approval.requested_by == User.objects.get(username="finance")
    assert str(period) in text(finance.get(f"/admin/orders/approval/{approval.pk}/change/"))


def test_closing_takes_a_permission_and_an_ended_month(
    merchant: Merchant, support: Client, finance: Client
) -> None:
    assert support.get("/admin/orders/period/close/").status_code == 403
    Transfer.objects.update(created_at=timezone.now())
    assert "no month can be closed" in text(send_form(finance, "/admin/orders/period/close/")).lower()
    assert not Period.objects.exists()
