import json

import pytest
from django_q.models import OrmQ

from orders.models import Order
from orders.services import merchants, outcomes
from providers.base import Progress, State
from tests.orders.api.itrx.conftest import ORDER, Caller, issue, told
from tests.orders.conftest import NOW, TXID, MakeAccount, Send


def delegated(caller: Caller, send: Send, make_account: MakeAccount, kind: str = "itrx") -> Order:
    order = Order.objects.get(serial=told(caller.post("/order", ORDER))["serial"])
    attempt = send(order, make_account(kind))
    outcomes.apply(attempt.pk, Progress(state=State.SUCCEEDED, upstream_id="1" * 32, txid=TXID), now=NOW)
    return order


def tasks() -> list[tuple[str, tuple[int, ...]]]:
    return [(row.task["func"], row.task["args"]) for row in OrmQ.objects.order_by("id")]


def test_it_is_accepted_and_left_to_the_worker(caller: Caller, send: Send, make_account: MakeAccount) -> None:
    order = delegated(caller, send, make_account)
    answer = caller.post("/order/reclaim", {"serial": order.serial})
    assert (answer.status_code, answer.content) == (200, b'{"errno":0,"message":"request accept"}')
    assert order.events.filter(code="reclaim_requested").count() == 1
    assert tasks()[-1] == ("orders.tasks.reclaim", (order.pk,))


def test_asked_again_it_is_accepted_and_done_once(
    caller: Caller, send: Send, make_account: MakeAccount
) -> None:
    order = delegated(caller, send, make_account)
    answers = [caller.post("/order/reclaim", {"serial": order.serial}).content for _ in range(3)]
    assert len(set(answers)) == 1
    assert [func for func, _ in tasks()].count("orders.tasks.reclaim") == 1


def test_an_upstream_that_knows_no_early_end(caller: Caller, send: Send, make_account: MakeAccount) -> None:
    order = delegated(caller, send, make_account, kind="tronzap")
    answer = told(caller.post("/order/reclaim", {"serial": order.serial}))
    assert answer == {"errno": 1, "message": "this delegation cannot be ended early"}


def test_an_order_without_a_delegation(caller: Caller) -> None:
    serial = told(caller.post("/order", ORDER))["serial"]
    answer = told(caller.post("/order/reclaim", {"serial": serial}))
    assert answer == {"errno": 1, "message": "nothing is delegated"}
    assert [func for func, _ in tasks()] == ["orders.tasks.advance"]


@pytest.mark.parametrize("serial", ["1" * 32, "x", "\x00", "'"])
def test_an_order_that_there_is_not(caller: Caller, serial: str) -> None:
    answer = caller.post("/order/reclaim", {"serial": serial})
    assert (answer.status_code, answer.content) == (200, b'{"errno":404,"message":"Order not found"}')


def test_another_merchants_order(caller: Caller, send: Send, make_account: MakeAccount) -> None:
    order = delegated(caller, send, make_account)
    other = issue(merchants.create_merchant(name="Other merchant", time_zone="UTC", now=NOW))[1]
    assert told(other.post("/order/reclaim", {"serial": order.serial}))["errno"] == 404
    assert not order.events.filter(code="reclaim_requested").exists()


@pytest.mark.parametrize(
    ("serial", "text"),
    [
        *((None, "This field is required."), ("", "This field is required."), (1, "Not a valid string.")),
        *((True, "Not a valid string."), (1.5, "Not a valid string."), ([], "Not a valid string.")),
    ],
)
def test_what_is_wrong(caller: Caller, serial: object, text: str) -> None:
    answer = caller.post("/order/reclaim", {"serial": serial})
    assert (answer.status_code, json.loads(answer.content)) == (400, {"serial": [text]})
