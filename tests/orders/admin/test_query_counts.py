"""Every list asks the database as often for twenty rows as for one."""

from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders.models import Merchant
from orders.services import accounts, merchants
from tests.orders.admin.rows import one_of_each
from tests.orders.conftest import NOW
from tests.url_table import urls

MANY = 20
PAGING = "SELECT COUNT(*) FROM (SELECT"
# Lists that are no model's.
OTHERS = (
    *("/admin/orders/callback/by-endpoint/", "/admin/orders/payment/sums/"),
    *("/admin/orders/ledgeraccount/balances/", "/admin/orders/ledgeraccount/trial-balance/"),
    *("/admin/orders/merchant/statements/", "/admin/orders/reconciliation/margin/?last=2026-03-02"),
    *("/admin/orders/reconciliation/day-end/?day=2026-03-01", "/admin/orders/order/search/?q=5"),
)


def lists() -> list[str]:
    return [*(url.template for url in urls() if url.name.endswith("_changelist")), *OTHERS]


def make(number: int) -> None:
    """Rows of a merchant, an account and a person of their own."""
    merchant = Merchant.objects.filter(name=f"Sample {number}").first() or merchants.create_merchant(
        name=f"Sample {number}", time_zone="Asia/Shanghai", now=NOW
    )
    account = accounts.add_account(
        kind="itrx",
        label=f"itrx {number}",
        base_url="http://127.0.0.1:65535",
        key=f"k{number}",
        secret="s",
        now=NOW,
    )
    asker = User.objects.create_user(f"asker {number}", is_staff=True)
    one_of_each(merchant, account, asker)
    UserSession.objects.create(user=asker, ip="192.0.2.9", session_key=f"{number:032}", user_agent="")


def asked(client: Client, path: str) -> int:
    """Queries; without the one that counts for the pager once there is a second page."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = client.get(path, follow=True)
    assert answer.status_code == 200, path
    paging = any(each["sql"].startswith(PAGING) for each in queries.captured_queries)
    return len(queries) - paging


def counts(client: Client) -> dict[str, int]:
    for path in lists():
        client.get(path)  # what is asked once and kept
    return {path: asked(client, path) for path in lists()}


@pytest.mark.django_db
def test_no_list_asks_more_for_more_rows(administrator: Client) -> None:
    make(0)
    one = counts(administrator)
    for number in range(1, MANY):
        make(number)
    many = counts(administrator)
    more: dict[str, Any] = {path: (one[path], many[path]) for path in one if many[path] > one[path]}
    assert not more
