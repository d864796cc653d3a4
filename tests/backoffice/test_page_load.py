"""The pages that `make bench` measures are there, and an answer that is no page is not measured."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from orders.models import Attempt, Order
from orders.services import accounts, merchants
from tests.bench import page_load
from tests.orders.admin.rows import one_of_each
from tests.orders.conftest import NOW


@pytest.mark.django_db
def test_every_measured_page_is_there() -> None:
    viewer = page_load.client()
    merchant = merchants.create_merchant(name="Sample merchant 1", time_zone="Asia/Shanghai", now=NOW)
    account = accounts.add_account(
        kind="itrx", label="a", base_url="http://127.0.0.1:65535", key="key", secret="secret", now=NOW
    )
    one_of_each(merchant, account, User.objects.create_user("asker", is_staff=True))
    Order.objects.update(external_id="sample-1")
    Attempt.objects.update(upstream_id="upstream-1")
    for path in page_load.paths().values():
        page_load.check(viewer, path)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/admin/", "/admin/no-such-page/", "/"])
def test_what_is_no_page_is_not_measured(path: str) -> None:
    with pytest.raises(RuntimeError, match="is no page"):
        page_load.check(Client(), path)
