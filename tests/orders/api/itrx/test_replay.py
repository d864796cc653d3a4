"""The same credential, TIMESTAMP and SIGNATURE again: the first answer, byte for byte, and nothing new."""

from datetime import timedelta

import pytest
import time_machine

from orders.models import Merchant, Order, TariffRate
from orders.services import ledger, outcomes
from providers.base import Progress, State
from providers.itrx import wire
from tests.orders.api.itrx.conftest import COLLECT, ORDER, STAMP, Caller, issue, told
from tests.orders.conftest import ADDRESS, NOW, TXID, Send

EVERY = [
    ("/order", ORDER),
    ("/order/collect-manual", COLLECT),
    ("/order/collect-manual", COLLECT | {"scene": 2}),
]


@pytest.mark.parametrize(("path", "parameters"), EVERY)
def test_it_repeats_the_first_answer_whatever_happened_since(
    caller: Caller, merchant: Merchant, send: Send, path: str, parameters: dict[str, object]
) -> None:
    first = caller.post(path, parameters)
    told(caller.post("/order", ORDER | {"energy_amount": 70_000}))
    order = Order.objects.order_by("id")[0]
    outcomes.apply(send(order).pk, Progress(state=State.SUCCEEDED, upstream_id="1" * 32, txid=TXID), now=NOW)
    ledger.top_up(merchant, 5_000_000, note="", now=NOW)
    TariffRate.objects.all().delete()
    with time_machine.travel(NOW + timedelta(seconds=300), tick=False):
        again = caller.post(path, parameters)
    assert (again.status_code, again.content) == (200, first.content)
    assert Order.objects.count() == 2


def test_a_signature_in_capitals_is_the_same(caller: Caller) -> None:
    body = wire.canonical(ORDER).encode()
    signature = wire.sign(caller.pair.secret, STAMP, body)
    first = caller.post("/order", body=body, signature=signature)
    assert caller.post("/order", body=body, signature=signature.upper()).content == first.content
    assert Order.objects.count() == 1


def test_other_bytes_under_the_same_signature_are_the_same(caller: Caller) -> None:
    """A sender that signs sorted keys and sends them unsorted (spec 2.5)."""
    body = wire.canonical(ORDER).encode()
    signature = wire.sign(caller.pair.secret, STAMP, body)
    unsorted = b'{ "receive_address": "%s", "period": "1H", "energy_amount": 65000 }' % ADDRESS.encode()
    first = caller.post("/order", body=body, signature=signature)
    assert caller.post("/order", body=unsorted, signature=signature).content == first.content
    assert Order.objects.count() == 1


def test_at_another_path_it_buys_nothing_else(caller: Caller) -> None:
    """The path is not signed (spec 2.2): who overheard a request must not make another order of it."""
    both = ORDER | COLLECT
    first = caller.post("/order", both)
    assert caller.post("/order/collect-manual", both).content == first.content
    assert Order.objects.count() == 1


def test_another_second_is_another_order(caller: Caller) -> None:
    serials = {
        told(caller.post("/order", ORDER, timestamp=str(int(STAMP) + later)))["serial"] for later in range(3)
    }
    assert len(serials) == Order.objects.count() == 3


def test_another_key_is_another_order(caller: Caller, merchant: Merchant) -> None:
    other = issue(merchant)[1]
    assert told(caller.post("/order", ORDER))["serial"] != told(other.post("/order", ORDER))["serial"]


def test_a_refused_request_may_be_sent_again(caller: Caller, merchant: Merchant) -> None:
    dear = ORDER | {"energy_amount": 20_000_000}
    assert caller.post("/order", dear).status_code == 400
    ledger.top_up(merchant, 1_000_000_000, note="", now=NOW)
    assert told(caller.post("/order", dear))["balance"] == 0
