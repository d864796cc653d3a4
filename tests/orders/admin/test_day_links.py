"""Links from a list to its days: by the clock and the oldest row, and none of them reads the table."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.admin.day_links import DayLinks, day_links
from orders.models import Merchant, MerchantScope, Order
from tests.orders.admin.conftest import text
from tests.orders.conftest import NOW, Place

TODAY = date(2026, 3, 18)
LISTS = ("orders/order", "orders/payment", "orders/callbacklog", "orders/transfer", "orders/auditentry")


def links(shown: tuple[date, date] | None = None, oldest: date | None = date(2026, 1, 30)) -> DayLinks:
    return day_links(shown, today=TODAY, oldest=oldest, address=lambda first, last: f"{first}/{last}")


def test_spans_are_told_by_the_clock() -> None:
    assert [link.url for link in links().spans] == [
        "2026-03-18/2026-03-18",
        "2026-03-17/2026-03-17",
        "2026-03-12/2026-03-18",
        "2026-03-01/2026-03-18",
    ]
    assert not any(link.is_active for link in links().spans)
    assert [link.is_active for link in links((date(2026, 3, 17), date(2026, 3, 17))).spans] == [
        *(False, True, False, False)
    ]


def test_the_running_month_ends_today_and_leads_back() -> None:
    found = links()
    assert [link.label for link in found.days] == [str(number) for number in range(1, 19)]
    assert (found.before_url, found.after_url) == ("2026-02-01/2026-02-28", "")
    assert not found.is_open


def test_an_earlier_month_begins_with_the_oldest_row() -> None:
    found = links((date(2026, 1, 31), date(2026, 1, 31)))
    assert [link.label for link in found.days] == ["30", "31"]
    assert (found.before_url, found.after_url) == ("", "2026-02-01/2026-02-28")
    assert found.is_open
    assert links((date(2026, 2, 1), date(2026, 2, 28))).after_url == "2026-03-01/2026-03-18"


@pytest.mark.parametrize("day", [date(2026, 4, 1), date(9999, 12, 31)])
def test_the_future_is_the_running_month(day: date) -> None:
    assert [len(links((day, day)).days), links((day, day)).after_url] == [18, ""]


def test_the_beginning_of_the_calendar_is_no_error() -> None:
    first = date(1, 1, 1)
    assert links((first, first)).days == []
    found = links((first, first), oldest=None)
    assert (found.before_url, len(found.days)) == ("", 31)


def test_single_days_where_no_index_is_in_the_order_of_the_time() -> None:
    shown = date(2026, 2, 10)
    found = day_links(
        (shown, shown),
        today=TODAY,
        oldest=date(2026, 1, 30),
        address=lambda first, last: f"{first}/{last}",
        single_days=True,
    )
    assert [link.url for link in found.spans] == ["2026-03-18/2026-03-18", "2026-03-17/2026-03-17"]
    assert (found.month.url, len(found.days), found.is_open) == ("", 28, True)
    assert (found.before_url, found.after_url) == ("2026-01-31/2026-01-31", "2026-03-01/2026-03-01")


@pytest.mark.parametrize("name", LISTS)
def test_each_list_has_them(name: str, administrator: Client) -> None:
    words = text(administrator.get(f"/admin/{name}/"))
    assert "Last 7 days" in words
    column = "paid_at" if name == "orders/payment" else "created_at"
    today = f"{timezone.localdate()}"
    assert f"?{column}_from_0={today}&amp;{column}_to_0={today}" in words


def test_a_link_keeps_the_other_filters_and_drops_times(support: Client, place: Place) -> None:
    place()
    query = {
        "status__exact": "new",
        "created_at_from_0": "2026-03-01",
        "created_at_from_1": "10:00",
        "created_at_to_0": "2026-03-01",
        "created_at_to_1": "11:00",
    }
    with time_machine.travel(NOW, tick=False):
        found = support.get("/admin/orders/order/", query).context["cl"].day_links
    today = found.spans[0]
    assert today.url == "?created_at_from_0=2026-03-01&created_at_to_0=2026-03-01&status__exact=new"
    assert not today.is_active
    with time_machine.travel(NOW, tick=False):
        page = support.get(f"/admin/orders/order/{today.url}").context["cl"]
    assert [page.day_links.spans[0].is_active, len(page.result_list)] == [True, 1]


def test_days_are_those_of_the_viewer(support: Client) -> None:
    support.cookies["zone"] = "Asia/Shanghai"
    with time_machine.travel(datetime(2026, 3, 1, 16, tzinfo=UTC), tick=False):
        found = support.get("/admin/orders/order/").context["cl"].day_links
    assert "from_0=2026-03-02" in found.spans[0].url


def plan(client: Client, path: str, beginning: str) -> str:
    """Of the one query of the page that begins so."""
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    [asked] = [each["sql"] for each in queries if each["sql"].startswith(beginning)]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {asked}")
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {asked}")
        return str(cursor.fetchall())


def test_the_oldest_row_is_asked_of_an_index(support: Client, place: Place) -> None:
    order = place()
    Order.objects.filter(pk=order.pk).update(created_at=timezone.now() - timedelta(days=1))
    found = plan(support, "/admin/orders/order/", 'SELECT "orders_order"."created_at" AS')
    assert "order_created" in found


def test_callbacks_are_led_to_by_their_days_and_found_by_an_index(support: Client) -> None:
    words = text(support.get("/admin/orders/callback/"))
    today = f"{timezone.localdate()}"
    path = f"/admin/orders/callback/?created_at_from_0={today}&created_at_to_0={today}"
    assert path.replace("/admin/orders/callback/", "").replace("&", "&amp;") in words
    assert "Last 7 days" not in words
    assert "callback_created" in plan(support, path, 'SELECT "orders_callback"."id", ')
    oldest = plan(support, path, 'SELECT "orders_callback"."created_at" AS')
    assert "orders_callback_pkey" in oldest or "TEMP B-TREE" not in oldest


def test_who_is_limited_to_merchants_is_told_no_oldest_row(
    merchant: Merchant, place: Place, support: Client
) -> None:
    place()
    user = support.get("/admin/").wsgi_request.user
    MerchantScope.objects.create(user=user).merchants.set([merchant])  # type: ignore[misc]
    found = support.get(
        "/admin/orders/order/", {"created_at_from_0": "2020-01-05", "created_at_to_0": "2020-01-05"}
    )
    assert len(found.context["cl"].day_links.days) == 31
