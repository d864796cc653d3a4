"""Exporting the filtered log: complete or refused, and on record."""

import csv
import io
from typing import Any

import pytest
from django.test import Client

from orders.admin import exports, log_export
from orders.models import AuditEntry, CallbackLog, Merchant
from tests.orders.admin.conftest import NONSENSE, text
from tests.orders.conftest import NOW, Place

LOG = "/admin/orders/callbacklog/"
EXPORT = f"{LOG}export/"


@pytest.fixture
def logs(merchant: Merchant, place: Place) -> None:
    order = place()
    for number, (direction, verdict) in enumerate(
        [("out", "delivered"), ("out", "refused"), ("out", "refused"), ("in", "stale")]
    ):
        CallbackLog.objects.create(
            direction=direction,
            order=order,
            merchant=merchant,
            host="one.test",
            url="https://one.test/in",
            verdict=verdict,
            status=None if direction == "in" else 200 + number,
            note="=HYPERLINK(1)",
            request_body="never exported",
            created_at=NOW,
        )


def exported(response: Any) -> list[dict[str, str]]:
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content, newline="")))


def test_finance_exports_what_the_filter_shows(finance: Client, logs: None, merchant: Merchant) -> None:
    response = finance.post(f"{EXPORT}?verdict=refused", {"format": "csv"})
    assert response["Content-Disposition"].startswith('attachment; filename="callback-log-')
    assert int(response["Content-Length"]) > 0, "a broken transfer is noticed"
    rows = exported(response)
    assert [row["http_status"] for row in rows] == ["202", "201"]
    first = rows[0]
    assert (first["time_utc"], first["merchant"]) == ("2026-03-01T12:00:00.000Z", merchant.name)
    assert (first["verdict"], first["note"], first["test"]) == ("refused", "'=HYPERLINK(1)", "no")
    assert first["order"].startswith("20260301")
    assert "never exported" not in str(rows)
    entry = AuditEntry.objects.get(act="callbacklog.export")
    assert entry.user is not None
    assert entry.user.username == "finance"
    assert entry.after.pop("what").startswith("callback-log-")
    assert entry.after == {"format": "csv", "filters": {"error class": "refused"}, "rows": 2}


def test_a_sheet_is_one(finance: Client, logs: None) -> None:
    response: Any = finance.post(EXPORT, {"format": "xlsx"})
    assert b"".join(response.streaming_content).startswith(b"PK")
    assert response["Content-Type"].endswith("spreadsheetml.sheet")
    assert AuditEntry.objects.get(act="callbacklog.export").after["rows"] == 4


def test_too_many_rows_are_refused_and_never_cut(
    finance: Client, logs: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MOST_ROWS", 3)
    response = finance.post(EXPORT, {"format": "csv"}, follow=True)
    assert "More than 3 rows: nothing was exported" in text(response)
    assert AuditEntry.objects.get(act="callbacklog.export").refused
    assert len(exported(finance.post(f"{EXPORT}?direction__exact=out", {"format": "csv"}))) == 3


def test_who_may_not_export_is_offered_nothing_and_refused(
    support: Client, finance: Client, logs: None
) -> None:
    assert "export-form" in text(finance.get(LOG))
    assert "export-form" not in text(support.get(LOG))
    assert support.post(EXPORT, {"format": "csv"}).status_code == 403
    assert finance.get(EXPORT).status_code == 405


@pytest.mark.parametrize("value", NONSENSE)
def test_nonsense_is_a_bad_request(finance: Client, logs: None, value: str) -> None:
    assert finance.post(EXPORT, {"format": value}).status_code == 400
    response = finance.post(EXPORT, {"format": "csv"}, query_params={"merchant__id__exact": value})
    assert response.status_code in {200, 400}


def test_the_questions_do_not_grow_with_the_rows(
    finance: Client, logs: None, django_assert_num_queries: Any
) -> None:
    rows = CallbackLog.objects.order_by("-pk")
    with django_assert_num_queries(1):
        assert len(list(log_export.TABLE.lines(rows))) == 4
