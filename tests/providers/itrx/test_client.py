"""What goes over a real socket, and what comes back as meaning."""

import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from providers.base import (
    Balance,
    Kind,
    Progress,
    PurchaseRequest,
    Quote,
    ResourceRequest,
    State,
    WatchRequest,
)
from providers.errors import ProviderRejected, ProviderUnavailable
from providers.itrx.client import ItrxClient

NOW = datetime.fromtimestamp(1_700_000_000, UTC)
SENDER = "TExWKszFWYTKZH8LYiovAPKzS3L9MLZ4kw"
RECEIVER = "TNfdtE7p8pEfTTbfRb88gikf2tt5ENc86b"
SERIAL = "7297a8a2a9e39b86fc5bad0d2e9edda2"
REQUEST_ID = "0123456789abcdef0123456789abcdef"
COLLECT = ResourceRequest(request_id=REQUEST_ID, kind=Kind.COLLECT, address=SENDER)
ENERGY = ResourceRequest(request_id=REQUEST_ID, kind=Kind.ENERGY, address=SENDER, energy=65000)
ACCEPTED = {"errno": 0, "serial": SERIAL, "scene": 1, "amount": 4_000_000, "balance": 813_900_029_257}
FOUND = {
    "errno": 0,
    "receive_address": SENDER,
    "order_no": SERIAL,
    "energy_amount": 32000,
    "pay_amount": 32170.005048646104,
    "amount": 3_800_000,
    "details": [
        {"delegate_hash": None, "status": 20},
        {"delegate_hash": "ab" * 32, "delegate_time": "2023-10-09T10:21:07.840478Z", "status": 30},
        {"delegate_hash": "cd" * 32, "status": 20},
    ],
    "create_time": "2023-06-15T21:42:13.200565+08:00",
    "api_name": "MY API",
    "period": 0,
    "status": 40,
    "refund_amount": 0,
}
PRICE = {"period": "1H", "energy_amount": 65000, "price": 100, "total_price": 6_500_000, "addition": 0}


# --- what is sent ---------------------------------------------------------------------------------------


def test_collect_sends_the_signed_canonical_bytes(
    client: ItrxClient, upstream: Any, vectors: dict[str, Any]
) -> None:
    """The seed's own example, so the signature is that of vector V1."""
    upstream.answers(200, ACCEPTED)
    request = dataclasses.replace(
        COLLECT, request_id="123456", scene=2, callback_url="http://{mydomain}/callback"
    )
    progress = client.purchase(request)
    [sent] = upstream.received
    assert (sent.method, sent.path) == ("POST", "/api/v1/frontend/order/collect-manual")
    assert sent.body == vectors["V1"].signed
    assert sent.headers["api-key"] == "B433BFF1CDE7450AA38A56BEAC690DD4"
    assert sent.headers["timestamp"] == "1700000000"
    assert sent.headers["signature"] == vectors["V1"].signature
    assert sent.headers["content-type"] == "application/json"
    assert progress == Progress(
        state=State.PENDING,
        upstream_id=SERIAL,
        cost_sun=4_000_000,
        balance_sun=813_900_029_257,
        scene=1,
    )


def test_collect_names_the_destination(client: ItrxClient, upstream: Any) -> None:
    upstream.answers(200, ACCEPTED)
    client.purchase(dataclasses.replace(COLLECT, to_address=RECEIVER))
    assert upstream.received[0].body == (
        b'{"out_trade_no":"0123456789abcdef0123456789abcdef","receive_address":"%b","scene":0,"to_address":"%b"}'
        % (SENDER.encode(), RECEIVER.encode())
    )


def test_energy_sends_amount_and_period(client: ItrxClient, upstream: Any) -> None:
    upstream.answers(200, {"errno": 0, "serial": SERIAL, "amount": 3_120_000, "balance": 0})
    progress = client.purchase(dataclasses.replace(ENERGY, duration_hours=72))
    [sent] = upstream.received
    assert (sent.method, sent.path) == ("POST", "/api/v1/frontend/order")
    assert sent.body == (
        b'{"energy_amount":65000,"out_trade_no":"0123456789abcdef0123456789abcdef","period":"3D",'
        b'"receive_address":"TExWKszFWYTKZH8LYiovAPKzS3L9MLZ4kw"}'
    )
    assert progress == Progress(state=State.PENDING, upstream_id=SERIAL, cost_sun=3_120_000, balance_sun=0)


def test_energy_with_every_option(client: ItrxClient, upstream: Any) -> None:
    upstream.answers(200, ACCEPTED)
    client.purchase(
        dataclasses.replace(ENERGY, activate=True, exclusive=True, callback_url="https://m.example/cb")
    )
    assert json.loads(upstream.received[0].body) == {
        "active": 1,
        "exclusive": 1,
        "callback_url": "https://m.example/cb",
        "energy_amount": 65000,
        "period": "1H",
        "receive_address": SENDER,
        "out_trade_no": REQUEST_ID,
    }


@pytest.mark.parametrize("path", ["", "/", "/api/v1/frontend", "/api/v1/frontend/"])
def test_base_url_with_and_without_the_prefix(
    path: str, connect: Callable[..., ItrxClient], upstream: Any
) -> None:
    upstream.answers(200, FOUND)
    connect(path).look_up(REQUEST_ID)
    assert upstream.received[0].path == f"/api/v1/frontend/order/query?out_trade_no={REQUEST_ID}"


def test_reads_are_not_signed(client: ItrxClient, upstream: Any) -> None:
    upstream.answers(200, FOUND)
    client.look_up(REQUEST_ID, upstream_id=SERIAL)
    [sent] = upstream.received
    assert (sent.method, sent.path) == ("GET", f"/api/v1/frontend/order/query?serial={SERIAL}")
    assert sent.headers["api-key"] == "B433BFF1CDE7450AA38A56BEAC690DD4"
    assert not {"signature", "timestamp"} & sent.headers.keys()
    assert sent.body == b""


def test_a_query_value_is_escaped(client: ItrxClient, upstream: Any) -> None:
    upstream.answers(200, {"errno": 404, "message": "Order not found"})
    assert client.look_up("a&serial=b") is None
    assert upstream.received[0].path == "/api/v1/frontend/order/query?out_trade_no=a%26serial%3Db"


def test_nothing_is_sent_for_what_is_not_offered(client: ItrxClient, upstream: Any) -> None:
    watch = WatchRequest(
        request_id=REQUEST_ID,
        kind=Kind.MONITOR,
        address=SENDER,
        amount_micro=1,
        start_at=NOW,
        end_at=NOW,
        callback_url="",
    )
    refused: list[PurchaseRequest] = [watch]
    refused += [dataclasses.replace(ENERGY, kind=kind) for kind in (Kind.BANDWIDTH, Kind.ACTIVATION)]
    for request in refused:
        with pytest.raises(ProviderRejected, match="does not offer"):
            client.purchase(request)
    with pytest.raises(ProviderRejected, match="2 hours"):
        client.purchase(dataclasses.replace(ENERGY, duration_hours=2))
    assert upstream.received == []


# --- what good answers mean -----------------------------------------------------------------------------


def test_a_found_order(client: ItrxClient, upstream: Any) -> None:
    upstream.answers(200, FOUND)
    assert client.look_up(REQUEST_ID) == Progress(
        state=State.SUCCEEDED,
        upstream_id=SERIAL,
        upstream_status="40",
        address=SENDER,
        energy=32000,
        cost_sun=3_800_000,
        refund_sun=0,
        txid="ab" * 32,
    )


@pytest.mark.parametrize(
    ("status", "refund_sun", "state"),
    [(20, 0, State.PENDING), (31, 0, State.PARTIAL), (41, 3_800_000, State.FAILED), (77, 0, State.PENDING)],
)
def test_states_of_a_found_order(
    status: int, refund_sun: int, state: State, client: ItrxClient, upstream: Any
) -> None:
    upstream.answers(200, FOUND | {"status": status, "refund_amount": refund_sun, "details": []})
    found = client.look_up(REQUEST_ID)
    assert found
    assert (found.state, found.refund_sun, found.txid) == (state, refund_sun, "")


def test_not_found_is_none(client: ItrxClient, upstream: Any) -> None:
    upstream.answers(200, {"errno": 404, "message": "Заказ не найден"})
    assert client.look_up(REQUEST_ID) is None


@pytest.mark.parametrize(
    ("request_", "query", "extra_sun"),
    [
        (ENERGY, "energy_amount=65000&period=1H", 0),
        (dataclasses.replace(ENERGY, duration_hours=720), "energy_amount=65000&period=30D", 0),
        (dataclasses.replace(ENERGY, activate=True), "energy_amount=65000&period=1H", 1_500_000),
        (COLLECT, "energy_amount=65000&period=1H", 0),
        (dataclasses.replace(COLLECT, duration_hours=72), "energy_amount=65000&period=1H", 0),
        (dataclasses.replace(COLLECT, to_address=RECEIVER), "energy_amount=131000&period=1H", 0),
        (dataclasses.replace(COLLECT, to_address=RECEIVER, energy=65000), "energy_amount=65000&period=1H", 0),
        (
            dataclasses.replace(COLLECT, activate=True, bandwidth=345),
            "energy_amount=65000&period=1H",
            1_845_000,
        ),
    ],
)
def test_quote(
    request_: ResourceRequest, query: str, extra_sun: int, client: ItrxClient, upstream: Any
) -> None:
    upstream.answers(200, PRICE)
    assert client.quote(request_) == Quote(total_sun=6_500_000 + extra_sun, energy=65000)
    assert upstream.received[0].path == f"/api/v1/frontend/order/price?{query}"


def test_quote_does_not_add_the_addition_again(client: ItrxClient, upstream: Any) -> None:
    upstream.answers(
        200, {"period": "3D", "energy_amount": 32000, "total_price": 10_192_000, "addition": 600_000}
    )
    assert client.quote(ENERGY).total_sun == 10_192_000


def test_balance_from_the_summary(client: ItrxClient, upstream: Any) -> None:
    upstream.answers(200, {"name": "MY API", "total_count": 46, "balance": 5_000_000})
    assert client.balance() == Balance(balance_sun=5_000_000)
    assert upstream.received[0].path == "/api/v1/frontend/userapi/summary"


def test_balance_from_index_data_where_the_summary_has_none(client: ItrxClient, upstream: Any) -> None:
    upstream.answers(200, {"name": "MY API", "total_count": 46})
    upstream.answers(200, {"small_addition": 0.6, "tiered_pricing": [], "balance": 813_892_429_257})
    assert client.balance() == Balance(balance_sun=813_892_429_257)
    assert [sent.path for sent in upstream.received] == [
        "/api/v1/frontend/userapi/summary",
        "/api/v1/frontend/index-data",
    ]


def test_no_balance_anywhere(client: ItrxClient, upstream: Any) -> None:
    upstream.answers(200, {"name": "MY API"})
    upstream.answers(200, {"small_addition": 0.6})
    with pytest.raises(ProviderUnavailable):
        client.balance()


def test_reclaim(client: ItrxClient, upstream: Any, vectors: dict[str, Any]) -> None:
    upstream.answers(200, {"errno": 0, "message": "request accept"})
    assert client.reclaim("1bcb40c612aababdcb166ac2cd7e3525") == "request accept"
    [sent] = upstream.received
    assert (sent.method, sent.path) == ("POST", "/api/v1/frontend/order/reclaim")
    assert sent.body == vectors["V4"].signed
    assert "signature" in sent.headers
