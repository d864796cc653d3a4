"""The pages of reconciliation, day-end and margin."""

import csv
import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from orders.models import AuditEntry, Discrepancy, Merchant, Reconciliation
from orders.services import accounts, outcomes, readings, reconciling
from providers.base import Progress, State
from tests.orders.admin.conftest import NONSENSE, send_form, text
from tests.orders.conftest import NOW, TXID, MakeAccount, Place, Send

DAY_END, MARGIN = "/admin/orders/reconciliation/day-end/", "/admin/orders/reconciliation/margin/"
LIST = "/admin/orders/discrepancy/"
DAY = {"day": "2026-03-01", "zone": "UTC"}
DONE = Progress(state=State.SUCCEEDED, upstream_id="up-1", cost_sun=6_000_000, txid=TXID)


@pytest.fixture
def discrepancy(make_account: MakeAccount, place: Place, send: Send) -> Discrepancy:
    account = make_account(label="=account")
    accounts.top_up(account, amount_sun=20_000_000, reason="", now=NOW)
    outcomes.apply(send(place(), account).pk, DONE, now=NOW)
    readings.note(account, 13_000_000, now=datetime(2026, 3, 1, 22, tzinfo=UTC))
    reconciling.reconcile(date(2026, 3, 1), now=datetime(2026, 3, 2, 1, tzinfo=UTC))
    return Discrepancy.objects.get()


def table(response: Any) -> list[dict[str, str]]:
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content, newline="")))


def test_the_day_end_shows_all_on_one_page_and_as_a_file(
    discrepancy: Discrepancy, merchant: Merchant, finance: Client
) -> None:
    words = text(finance.get(DAY_END, DAY))
    for shown in (merchant.name, "=account", "not explained", "−1.00", str(discrepancy)):
        assert shown in words
    rows = table(finance.post(f"{DAY_END}export/?day=2026-03-01&zone=UTC", {"format": "csv"}))
    found = {(row["section"], row["name"], row["figure"], row["asset"]): row["amount"] for row in rows}
    assert found["sums", "", "earned", "TRX"] == "6.500000"
    assert found["merchants", merchant.name, "margin", "TRX"] == "0.500000"
    assert found["providers", "'=account", "spent", "TRX"] == "6.000000"
    assert found["reconciliation", "'=account", "difference", "TRX"] == "-1.000000"
    assert AuditEntry.objects.get(act="reconciliation.export").after["day"] == "2026-03-01"


def test_margins_by_what_is_asked_for(discrepancy: Discrepancy, merchant: Merchant, finance: Client) -> None:
    days = {"first": "2026-03-01", "last": "2026-03-01", "by": "kind"}
    [(row, kind, *_)] = finance.get(MARGIN, days).context["rows"]
    assert (kind, row.margin_sun) == ("energy", 500_000)
    assert "500" in text(finance.get(MARGIN)) or finance.get(MARGIN).status_code == 200
    [exported] = table(finance.post(f"{MARGIN}export/?first=2026-03-01&last=2026-03-01", {"format": "csv"}))
    assert (exported["merchant"], exported["margin_trx"], exported["margin_percent"]) == (
        merchant.name,
        "0.500000",
        "8",
    )


def test_a_discrepancy_is_taken_and_explained(discrepancy: Discrepancy, finance: Client) -> None:
    page = f"{LIST}{discrepancy.pk}/"
    me = User.objects.get(username="finance")
    assert "Explain" in text(finance.get(f"{page}change/"))
    send_form(finance, f"{page}assign/", owner=str(me.pk))
    assert [row.pk for row in finance.get(LIST, {"owner": "me"}).context["cl"].result_list] == [
        discrepancy.pk
    ]
    send_form(finance, f"{page}explain/", reason="their monthly fee")
    discrepancy.refresh_from_db()
    assert (discrepancy.state, discrepancy.owner, discrepancy.closed_by) == ("explained", me, me)
    assert "closed" in text(send_form(finance, f"{page}explain/", reason="again"))
    assert AuditEntry.objects.filter(act="discrepancy.explain").count() == 1
    told = text(finance.get(DAY_END, DAY))
    assert "their monthly fee (explained by finance)" in told
    assert "not explained" not in told
    rows = table(finance.post(f"{DAY_END}export/?day=2026-03-01&zone=UTC", {"format": "csv"}))
    assert "explanation: their monthly fee" in {row["figure"] for row in rows}


def test_the_day_has_a_page(discrepancy: Discrepancy, finance: Client) -> None:
    row = Reconciliation.objects.get()
    assert "not explained" in text(finance.get(f"/admin/orders/reconciliation/{row.pk}/change/"))
    assert "2026-03-01" in text(finance.get("/admin/orders/reconciliation/"))


def test_who_may_not_see_margins_sees_none(discrepancy: Discrepancy, support: Client) -> None:
    for url in (DAY_END, MARGIN, LIST, f"{LIST}{discrepancy.pk}/explain/"):
        assert support.get(url).status_code == 403
    for url in (f"{DAY_END}export/", f"{MARGIN}export/"):
        assert support.post(url, {"format": "csv"}).status_code == 403


@pytest.mark.parametrize("value", NONSENSE)
def test_nonsense_is_no_error(finance: Client, merchant: Merchant, value: str) -> None:
    given = {"day": value, "zone": value, "first": value, "last": value, "by": value}
    for url in (DAY_END, MARGIN):
        assert finance.get(url, given).status_code == 200
    assert finance.get(LIST, {"owner": value}, follow=True).status_code == 200
