"""Lists page by page: every row once, in both directions, whatever orders and filters them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders.admin import paging
from orders.admin.base import BackOfficeAdmin
from orders.models import CallbackHost, Order
from tests.orders.admin.conftest import NONSENSE, text
from tests.orders.conftest import NOW, Place

LIST = "/admin/orders/order/"
DAY = {"created_at_from_0": f"{NOW:%Y-%m-%d}", "created_at_to_0": f"{NOW:%Y-%m-%d}"}


@pytest.fixture(autouse=True)
def two_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BackOfficeAdmin, "list_per_page", 2)


def shown(client: Client, query: str) -> Any:
    return client.get(f"{LIST}{query}").context["cl"]


def walk(client: Client, query: str, link: str) -> list[list[int]]:
    """Ids page by page, until there is no such link."""
    pages = []
    while True:
        cl = shown(client, query)
        pages.append([order.pk for order in cl.result_list])
        query = getattr(cl, link)
        if not query or len(pages) > 9:
            return pages


@pytest.fixture
def orders(place: Place) -> list[int]:
    """Five, newest first; their times go the other way, two at the same."""
    made = [place().pk for _ in range(5)]
    for number, pk in enumerate(made):
        Order.objects.filter(pk=pk).update(created_at=NOW - timedelta(minutes=number // 2))
    return made[::-1]


def test_pages_follow_each_other_in_both_directions(support: Client, orders: list[int]) -> None:
    pages = [orders[:2], orders[2:4], orders[4:]]
    assert walk(support, "", "older_url") == pages
    assert walk(support, f"?before={orders[3]}", "newer_url") == pages[::-1]
    assert "Older" in text(support.get(LIST))


def test_a_time_filter_puts_that_time_first(support: Client, orders: list[int]) -> None:
    expected = sorted(orders, key=lambda pk: (Order.objects.get(pk=pk).created_at, pk), reverse=True)
    query = "?" + "&".join(f"{name}={value}" for name, value in DAY.items())
    pages = walk(support, query, "older_url")
    assert [pk for page in pages for pk in page] == expected
    assert [
        pk for page in walk(support, f"{query}&before={expected[3]}", "newer_url")[::-1] for pk in page
    ] == expected


def test_a_row_that_comes_in_between_moves_no_page(support: Client, orders: list[int], place: Place) -> None:
    first = shown(support, "")
    place()
    assert [order.pk for order in shown(support, first.older_url).result_list] == orders[2:4]


def test_another_filter_starts_at_the_first_page(support: Client, orders: list[int]) -> None:
    cl = shown(support, f"?before={orders[1]}&kind__exact=energy")
    assert cl.get_query_string() == "?kind__exact=energy"


@pytest.mark.parametrize("name", ["before", "after"])
@pytest.mark.parametrize("value", [*NONSENSE, "0", "9" * 18])
def test_a_cursor_that_is_none_shows_the_first_page(
    support: Client, orders: list[int], name: str, value: str
) -> None:
    response = support.get(LIST, {name: value}, follow=True)
    assert [order.pk for order in response.context["cl"].result_list] == orders[:2]


def test_a_list_by_name_has_pages_too(support: Client, db: None) -> None:
    hosts = [CallbackHost.objects.create(host=f"{name}.test") for name in "cab"]
    cl = support.get("/admin/orders/callbackhost/").context["cl"]
    assert [host.host for host in cl.result_list] == ["a.test", "b.test"]
    cl = support.get(f"/admin/orders/callbackhost/{cl.older_url}").context["cl"]
    assert [host.host for host in cl.result_list] == [hosts[0].host]
    assert cl.newer_url


def test_counts_stop_somewhere(support: Client, orders: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(support, "").count_text == "5"
    monkeypatch.setattr(paging, "MOST_COUNTED", 3)
    with CaptureQueriesContext(connection) as queries:
        assert shown(support, "?kind__exact=energy").count_text == "3 or more"
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"]]
    assert [sql for sql in counts if "LIMIT" not in sql] == []
    assert shown(support, "").count_text == "3 or more"  # no estimate yet of so small a table
    monkeypatch.setattr(paging, "_rows_of", lambda model: 5_000_000)
    assert shown(support, "").count_text == "about 5,000,000"


def test_the_queues_lists_end_where_deep_paging_would_begin(administrator: Client) -> None:
    failures = "/admin/django_q/failure/"
    assert "The list ends here" in text(administrator.get(failures, {"p": paging.MOST_PAGES}))
    assert administrator.get(failures, {"p": paging.MOST_PAGES + 1})["Location"].endswith("?e=1")
