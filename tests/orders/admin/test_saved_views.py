"""Views kept under a name, and finance's own: failed callbacks older than a day, by endpoint."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from orders.models import Callback, Merchant, SavedView
from tests.orders.admin.conftest import NONSENSE, text

ORDERS = "/admin/orders/order/"
SAVE = "/admin/orders/savedview/save/"
BY_ENDPOINT = "/admin/orders/callback/by-endpoint/"


def save(client: Client, **values: str) -> str:
    response = client.post(
        SAVE, {"name": "Failed", "path": ORDERS, "query": "status__exact=failed&p=3"} | values
    )
    assert response.status_code == 302
    return str(response["Location"])


def test_a_view_is_saved_shown_and_deleted(finance: Client, support: Client) -> None:
    assert save(finance) == f"{ORDERS}?status__exact=failed"
    view = SavedView.objects.get(owner__username="finance")
    words = text(finance.get(ORDERS))
    assert "Failed" in words
    assert f"savedview/{view.pk}/delete/" in words
    assert f"savedview/{view.pk}/delete/" not in text(support.get(ORDERS))
    drop = f"/admin/orders/savedview/{view.pk}/delete/"
    assert support.post(drop).status_code == 403
    assert finance.post(drop).status_code == 302
    assert not SavedView.objects.filter(owner__isnull=False).exists()


def test_a_shared_view_is_everybodys(finance: Client, support: Client) -> None:
    save(finance, name="Ours", is_shared="on")
    assert "Ours" in text(support.get(ORDERS))
    assert "Ours" not in text(support.get("/admin/orders/payment/"))


def test_the_same_name_replaces(finance: Client) -> None:
    save(finance)
    save(finance, name="failed", query="status__exact=new")
    assert SavedView.objects.get(owner__username="finance").query == "status__exact=new"


def test_only_lists_of_the_back_office_are_kept(finance: Client) -> None:
    for path in ("https://evil.example/", "//evil.example/", "/healthz", "/admin/nothing/", "javascript:x"):
        assert save(finance, path=path) == "/admin/"
    assert save(finance, name=" ") == ORDERS
    assert not SavedView.objects.filter(owner__isnull=False).exists()
    assert finance.get(SAVE).status_code == 405
    assert finance.get("/admin/orders/savedview/").status_code == 404


@pytest.mark.parametrize("value", NONSENSE)
def test_nonsense_is_no_error(finance: Client, value: str) -> None:
    save(finance, name=value, query=value)
    save(finance, path=value)
    assert finance.get(ORDERS).status_code == 200
    assert finance.get(BY_ENDPOINT, {"older": value, "status__in": value}, follow=True).status_code == 200


def test_failed_callbacks_older_than_a_day_by_endpoint(finance: Client, merchant: Merchant) -> None:
    now = timezone.now()
    made = [
        ("one.test", "exhausted", now - timedelta(days=2)),
        ("one.test", "exhausted", now - timedelta(days=3)),
        ("two.test", "exhausted", now - timedelta(days=3)),
        ("two.test", "exhausted", now - timedelta(hours=1)),
        ("two.test", "delivered", now - timedelta(days=3)),
    ]
    for host, status, at in made:
        Callback.objects.create(
            merchant=merchant,
            is_test=True,
            event="test",
            url=f"https://{host}/in",
            host=host,
            format="native",
            payload={},
            status=status,
            delivered_at=at if status == "delivered" else None,
            created_at=at,
        )
    view = SavedView.objects.get(owner=None)
    assert view.name in text(finance.get("/admin/orders/callback/"))
    context = finance.get(view.url).context
    assert [(row["host"], row["count"]) for row, _ in context["rows"]] == [("one.test", 2), ("two.test", 1)]
    [_, (_, url)] = context["rows"]
    assert [row.host for row in finance.get(url).context["cl"].result_list] == ["two.test"]
