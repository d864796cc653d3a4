"""Every address of the URLconf, by every role, GET and POST: as the table says, and no address is left out."""

import re
from pathlib import Path

import pytest
from allauth.usersessions.models import UserSession
from django.conf import LazySettings
from django.contrib.auth.models import User

from orders.models import Merchant
from orders.services import accounts, merchants
from providers.models import ProviderAccount
from tests.backoffice import permissions_of
from tests.orders.admin.rows import one_of_each
from tests.orders.conftest import NOW


@pytest.mark.django_db
def test_everybody_may_what_the_table_says(tmp_path: Path, settings: LazySettings) -> None:
    settings.API_FAILURES_PER_MINUTE = 1_000_000
    mine = merchants.create_merchant(name="Mine", time_zone="Asia/Shanghai", now=NOW)
    visitors = permissions_of.clients(mine)
    ids = one_of_each(_merchant(), _account(), User.objects.create_user("asker", is_staff=True))
    ids["usersession"] = UserSession.objects.create(
        user_id=ids["user"], ip="192.0.2.9", session_key="x" * 32, user_agent=""
    ).pk
    found = list(permissions_of.lines(visitors, ids))
    if found != permissions_of.written():
        measured = tmp_path / "permissions.txt"
        measured.write_text(permissions_of.text(found))
        changed = sorted(set(found) ^ set(permissions_of.written()), key=lambda row: (row.split()[:2], row))
        pytest.fail(
            "Differs from the table:\n" + "\n".join(changed) + "\n"
            f"Look at each line. If all are meant: cp {measured} {permissions_of.TABLE}"
        )


def test_no_page_fails() -> None:
    assert [row for row in permissions_of.written() if re.search(r" 5\d\d\b", row)] == []


def _merchant() -> Merchant:
    return merchants.create_merchant(name="Sample merchant", time_zone="Asia/Shanghai", now=NOW)


def _account() -> ProviderAccount:
    return accounts.add_account(
        kind="itrx",
        label="itrx account",
        base_url="http://127.0.0.1:65535",
        key="key",
        secret="secret",
        now=NOW,
    )
