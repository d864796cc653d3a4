from datetime import datetime, timedelta

import pytest
from django_q.models import Failure, Success, Task
from pytest_django.fixtures import Settings

from orders.models import CallbackLog, ScannedBlock, SpentToken
from orders.services import leadership, retention
from providers.models import ProviderAccount, ProviderCall
from tests.orders.conftest import MakeAccount

DAYS = 90


@pytest.fixture
def account(make_account: MakeAccount, settings: Settings) -> ProviderAccount:
    settings.BODY_RETENTION_DAYS = DAYS
    return make_account()


def log(at: datetime) -> CallbackLog:
    return CallbackLog.objects.create(
        direction="in",
        url="/",
        request_body="asked",
        signed_text="&asked&",
        response_body="told",
        verdict="accepted",
        created_at=at,
    )


def call(account: ProviderAccount, at: datetime) -> ProviderCall:
    return ProviderCall.objects.create(
        account=account,
        purpose="price",
        method="GET",
        url="http://127.0.0.1:65535/",
        request_body="asked",
        response_body="told",
        sent=True,
        duration_ms=1,
        created_at=at,
    )


def test_rows_stay_and_old_bodies_go(account: ProviderAccount, now: datetime) -> None:
    edge = now - timedelta(days=DAYS)
    kept: list[CallbackLog | ProviderCall] = [log(edge), call(account, edge)]
    pruned: list[CallbackLog | ProviderCall] = [
        log(edge - timedelta(seconds=1)),
        call(account, edge - timedelta(seconds=1)),
    ]
    for _ in range(2):
        retention.prune(now=now)
        for row in kept:
            row.refresh_from_db()
            assert (row.request_body, row.response_body) == ("asked", "told")
        for row in pruned:
            row.refresh_from_db()
            assert (row.request_body, row.response_body) == ("(pruned)", "(pruned)")
    assert list(CallbackLog.objects.order_by("pk").values_list("signed_text", flat=True)) == ["&asked&", ""]


def test_spent_tokens_go_with_them(account: ProviderAccount, now: datetime) -> None:
    SpentToken.objects.create(token="old", spent_at=now - timedelta(days=DAYS, seconds=1))
    SpentToken.objects.create(token="new", spent_at=now - timedelta(days=DAYS))
    retention.prune(now=now)
    assert [row.token for row in SpentToken.objects.all()] == ["new"]


def task(number: int, stopped: datetime, *, success: bool) -> None:
    Task.objects.create(
        id=f"{number}", name=f"{number}", func="f", started=stopped, stopped=stopped, success=success
    )


def test_the_history_of_the_queue_is_short_but_failures_are_kept(
    account: ProviderAccount, now: datetime
) -> None:
    yesterday = now - timedelta(days=1)
    task(1, yesterday - timedelta(seconds=1), success=True)
    task(2, yesterday, success=True)
    task(3, yesterday - timedelta(days=30), success=False)
    retention.prune(now=now)
    assert [row.id for row in Success.objects.all()] == ["2"]
    assert [row.id for row in Failure.objects.all()] == ["3"]


@pytest.mark.django_db
def test_the_ledger_of_blocks_is_kept_as_long_as_bodies(now: datetime, settings: Settings) -> None:
    settings.BODY_RETENTION_DAYS = DAYS
    cursor = leadership.cursor()
    for number, days in ((1, DAYS + 1), (2, DAYS - 1)):
        ScannedBlock.objects.create(
            cursor=cursor,
            number=number,
            block_at=now,
            transactions=0,
            usdt_transfers=0,
            scanned_at=now - timedelta(days=days),
        )
    retention.prune(now=now)
    assert ScannedBlock.objects.get().number == 2
