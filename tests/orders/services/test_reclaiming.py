from collections.abc import Iterator
from datetime import timedelta

import pytest

from orders import tasks
from orders.models import Order
from orders.services import outcomes, reclaiming
from orders.services.reclaiming import NotReclaimable
from providers.base import Progress, State
from providers.models import Health, ProviderAccount
from tests.orders.conftest import NOW, TXID, MakeAccount, Place, Send
from tests.upstream import Upstream, serve

SERIAL = "1bcb40c612aababdcb166ac2cd7e3525"


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with serve() as server:
        yield server


@pytest.fixture
def order(place: Place, send: Send, make_account: MakeAccount, upstream: Upstream) -> Order:
    """Delegated by the scripted upstream."""
    order = place()
    account = make_account("itrx")
    ProviderAccount.objects.filter(pk=account.pk).update(base_url=upstream.url)
    succeeded = Progress(state=State.SUCCEEDED, upstream_id=SERIAL, txid=TXID)
    outcomes.apply(send(order, account).pk, succeeded, now=NOW)
    return order


def told(order: Order) -> list[tuple[str, str]]:
    return [(event.code, event.text) for event in order.events.filter(code__startswith="reclaim")]


def test_the_upstream_is_asked_by_its_own_serial(order: Order, upstream: Upstream) -> None:
    upstream.answer(b'{"errno":0,"message":"request accept"}')
    tasks.reclaim(order.pk)
    assert [(each.path, each.body) for each in upstream.received] == [
        ("/api/v1/frontend/order/reclaim", b'{"serial":"1bcb40c612aababdcb166ac2cd7e3525"}')
    ]
    assert told(order) == [("reclaimed", "itrx account ends the delegation: request accept")]


def test_once_granted_it_is_not_asked_again(order: Order, upstream: Upstream) -> None:
    upstream.answer(b'{"errno":0,"message":"request accept"}')
    tasks.reclaim(order.pk)
    tasks.reclaim(order.pk)
    reclaiming.request(order, now=NOW)
    assert len(upstream.received) == 1
    assert [code for code, _ in told(order)] == ["reclaimed"]


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, b'{"errno":1,"message":"too late"}'),
        (200, b'{"errno":404,"message":"Order not found"}'),
        (500, b"<html>"),
    ],
)
def test_a_no_is_on_the_timeline_and_the_merchant_may_ask_again(
    order: Order, upstream: Upstream, status: int, answer: bytes
) -> None:
    upstream.answer(answer, status)
    reclaiming.request(order, now=NOW)
    tasks.reclaim(order.pk)
    reclaiming.request(order, now=NOW + timedelta(seconds=1))
    assert [code for code, _ in told(order)] == ["reclaim_requested", "reclaim_failed", "reclaim_requested"]


def test_a_lost_task_is_asked_for_again_after_a_minute(order: Order) -> None:
    for seconds in (0, 1, 59, 60):
        reclaiming.request(order, now=NOW + timedelta(seconds=seconds))
    assert [code for code, _ in told(order)] == ["reclaim_requested"] * 2


def test_a_dead_key_calls_for_a_person(order: Order, upstream: Upstream) -> None:
    upstream.answer(b'{"detail":"API not found"}', 400)
    tasks.reclaim(order.pk)
    assert [code for code, _ in told(order)] == ["reclaim_failed"]
    assert ProviderAccount.objects.get().health == Health.MISCONFIGURED


def test_only_a_delegation_can_be_ended(place: Place) -> None:
    with pytest.raises(NotReclaimable, match="nothing is delegated"):
        reclaiming.request(place(), now=NOW)


def test_only_where_the_upstream_can(place: Place, send: Send, make_account: MakeAccount) -> None:
    order = place()
    succeeded = Progress(state=State.SUCCEEDED, upstream_id="7", txid=TXID)
    outcomes.apply(send(order, make_account("tronzap")).pk, succeeded, now=NOW)
    with pytest.raises(NotReclaimable, match="cannot be ended early"):
        reclaiming.request(order, now=NOW)
