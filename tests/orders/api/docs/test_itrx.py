"""Real answers of the iTRX dialect against its document."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from orders.api.docs.itrx import CALLBACK, LEFT_OUT
from orders.models import Dialect, Merchant, Order
from orders.services import outcomes, reclaiming, rotation
from providers.base import KeyPair, Progress, State
from providers.itrx import wire
from tests.contract import Contract
from tests.orders.conftest import ADDRESS, NOW, TXID, Send

STAMP = str(int(NOW.timestamp()))
SAMPLED = [wire.ORDER, wire.COLLECT, wire.RECLAIM]


@dataclass(frozen=True)
class Caller:
    pair: KeyPair
    contract: Contract

    def get(self, path: str, query: dict[str, Any] | None = None, *, key: str | None = None) -> Any:
        headers = {wire.KEY_HEADER: self.pair.key if key is None else key}
        return self.contract.check(Client().get(path, query or {}, headers=headers))

    def post(self, path: str, fields: object, *, documented: str = "", **headers: str) -> Any:
        raw = fields if isinstance(fields, bytes) else wire.canonical(fields).encode()  # type: ignore[arg-type]
        given = {
            wire.KEY_HEADER: self.pair.key,
            wire.TIMESTAMP_HEADER: STAMP,
            wire.SIGNATURE_HEADER: wire.sign(self.pair.secret, STAMP, raw),
        }
        kind = headers.pop("kind", "application/json")
        response = Client().post(path, raw, content_type=kind, headers=given | headers)
        return self.contract.check(response, path=documented)


@pytest.fixture
def caller(merchant: Merchant, contracts: dict[str, Contract]) -> Caller:
    issued = rotation.issue(merchant, Dialect.ITRX, now=NOW)
    return Caller(KeyPair(issued.key, issued.secret), contracts["itrx"])


def test_prices(caller: Caller) -> None:
    assert "balance" in caller.get(wire.INDEX_DATA)
    assert "balance" not in caller.get(wire.INDEX_DATA, key="nobody")
    assert (
        caller.get(wire.ORDER_PRICE, {"period": "1H", "energy_amount": "65000"})["total_price"] == 6_500_000
    )
    assert "period" in caller.get(wire.ORDER_PRICE, {"period": "1X", "energy_amount": "1"})
    assert caller.get(wire.ORDER_PRICE, key="nobody") == {"detail": wire.UNKNOWN_KEY}


def test_the_documented_requests_are_accepted(caller: Caller) -> None:
    sample = caller.contract.sample
    assert caller.post(wire.ORDER, sample(wire.ORDER))["errno"] == 0
    assert caller.post(wire.COLLECT, sample(wire.COLLECT))["scene"] in (1, 2, 3)
    assert caller.post(wire.RECLAIM, sample(wire.RECLAIM))["errno"] == 404  # it names no order of ours


def test_an_order_from_begin_to_end(caller: Caller, send: Send) -> None:
    serial = caller.post(wire.ORDER, caller.contract.sample(wire.ORDER))["serial"]
    assert caller.get(wire.ORDER_QUERY, {"serial": serial})["status"] == 20
    assert caller.post(wire.RECLAIM, {"serial": serial})["errno"] == 1
    order = Order.objects.get(serial=serial)
    attempt = send(order)
    assert caller.get(wire.ORDER_QUERY, {"serial": serial})["status"] == 30
    outcomes.apply(attempt.pk, Progress(state=State.SUCCEEDED, upstream_id="1" * 32, txid=TXID), now=NOW)
    assert caller.get(wire.ORDER_QUERY, {"serial": serial})["details"]
    assert caller.post(wire.RECLAIM, {"serial": serial}) == {"errno": 0, "message": "request accept"}
    order.events.create(code=reclaiming.RECLAIMED, created_at=NOW)
    assert caller.get(wire.ORDER_QUERY, {"serial": serial})["details"][0]["status"] == 30


def test_a_failed_order(caller: Caller, send: Send) -> None:
    serial = caller.post(wire.ORDER, caller.contract.sample(wire.ORDER))["serial"]
    attempt = send(Order.objects.get(serial=serial))
    outcomes.apply(attempt.pk, Progress(state=State.FAILED, upstream_status="41"), now=NOW)
    assert caller.get(wire.ORDER_QUERY, {"serial": serial})["refund_amount"] == 6_500_000


def test_queries_that_find_nothing(caller: Caller) -> None:
    assert caller.get(wire.ORDER_QUERY, {"out_trade_no": "none"})["errno"] == 404
    assert "serial" in caller.get(wire.ORDER_QUERY)


def test_the_summary(caller: Caller) -> None:
    assert caller.get(wire.SUMMARY)["total_count"] == 0
    assert caller.get(wire.SUMMARY, key="nobody") == {"detail": wire.UNKNOWN_KEY}


@pytest.mark.parametrize("path", SAMPLED)
def test_refusals_of_what_is_signed(caller: Caller, path: str) -> None:
    sample = caller.contract.sample(path)
    refused = [
        caller.post(path, sample, **{wire.KEY_HEADER: "nobody"}),
        caller.post(path, sample, **{wire.TIMESTAMP_HEADER: "1"}),
        caller.post(path, sample, **{wire.SIGNATURE_HEADER: "0" * 64}),
        caller.post(path, b"[]"),
        caller.post(path, b"x" * 70_000),
        caller.post(path, sample, kind="text/plain"),
    ]
    assert all(set(each) == {"detail"} for each in refused)
    assert "detail" not in caller.post(path, {})
    assert not Order.objects.exists()


def test_refusals_of_orders(caller: Caller, merchant: Merchant) -> None:
    order = {"energy_amount": 9_999, "period": "x", "receive_address": "T", "callback_url": 1}
    assert set(caller.post(wire.ORDER, order)) == set(order)
    rich = {"energy_amount": 100_000_000, "period": "30D", "receive_address": ADDRESS}
    assert "Insufficient funds" in caller.post(wire.ORDER, rich)["detail"]


@pytest.mark.parametrize("path", LEFT_OUT)
def test_what_is_not_offered(caller: Caller, path: str) -> None:
    real = path.replace("{policy}", "1")
    assert caller.post(real, {}, documented=path)["errno"] == 1
    assert caller.post(real, {}, documented=path, **{wire.KEY_HEADER: "nobody"}) == {
        "detail": wire.UNKNOWN_KEY
    }
    if "get" in LEFT_OUT[path]:
        assert caller.get(path)["errno"] == 1
        assert caller.get(path, key="nobody") == {"detail": wire.UNKNOWN_KEY}


def test_too_many_requests(caller: Caller, settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1
    answers: list[Callable[[], Any]] = [lambda: caller.get(wire.SUMMARY)] * 2
    assert "throttled" in [answer() for answer in answers][1]["detail"]


def test_the_callback(caller: Caller) -> None:
    schema = CALLBACK["post"]["requestBody"]["content"]["application/json"]["schema"]
    given: dict[str, Any] = {
        "serial": "7" * 32,
        "receive_address": ADDRESS,
        "amount_sun": 1,
        "duration_hours": 72,
    }
    for succeeded, energy in ((True, 65_000), (False, 0)):
        raw = wire.callback_body(succeeded=succeeded, energy=65_000, delegated_energy=energy, **given)
        caller.contract.valid(wire.read_object(raw), schema)
