"""The exact bytes sent and the meaning returned, over real HTTP on the loopback."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from providers.base import (
    Balance,
    Credentials,
    InboundPayment,
    Kind,
    Progress,
    Quote,
    ResourceRequest,
    State,
    WatchRequest,
)
from providers.crossingpay.client import CrossingPayClient
from providers.crossingpay.wire import Status, error_body, v2a_body, v2b_body
from providers.errors import (
    CallbackRefused,
    OutcomeUnknown,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderUnavailable,
)
from providers.http import Exchange, Transport
from tests.providers.crossingpay.upstream import Reply, Upstream

REQUEST_ID = "0123456789abcdef0123456789abcdef"
ADDRESS = "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE"
TXID = "2610c200efc8a90601758715405fa6be4597469e854591975d113b720a762ec2"
PAID_AT = datetime(2025, 5, 3, 6, 30, tzinfo=UTC)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
MONITOR = WatchRequest(
    request_id=REQUEST_ID,
    kind=Kind.MONITOR,
    address=ADDRESS,
    amount_micro=100_290_000,
    start_at=datetime(2025, 5, 3, 6, tzinfo=UTC),
    end_at=datetime(2025, 5, 3, 7, tzinfo=UTC),
    callback_url="https://m.example/cb",
)
DEPOSIT = replace(MONITOR, kind=Kind.DEPOSIT)
MONITOR_SENT = (
    b'{"apikey":"yourapikeyKey123","order_id":"0123456789abcdef0123456789abcdef",'
    b'"address":"TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE","amount":100.29,"callback":"https://m.example/cb",'
    b'"start_time":"2025-05-03 14:00:00","end_time":"2025-05-03 15:00:00"}'
)
DEPOSIT_SENT = (
    b'{"apikey":"yourapikeyKey123","order_id":"0123456789abcdef0123456789abcdef","amount":100.29,'
    b'"address":"TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE","callback":"https://m.example/cb"}'
)
QUERY_SENT = b'{"apikey":"yourapikeyKey123","order_id":"0123456789abcdef0123456789abcdef"}'
MONITOR_OK = '{ "message": "监听订单创建成功"}'.encode()
DEPOSIT_OK = (
    '{ "message": "充值订单生成成功", "address": "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE", '
    '"amount": 100.29,"Ordersn":"S-1"}'
).encode()
FOUND = {
    "message": "ok",
    "kind": "monitor",
    "order_id": REQUEST_ID,
    "Ordersn": "S-1",
    "address": ADDRESS,
    "amount": "100.29",
    "status": 1,
    "txid": TXID,
    "log_index": 0,
    "block_time": 1746253800,
    "start_utc": "2025-05-03T06:00:00Z",
    "end_utc": "2025-05-03T07:00:00Z",
    "late": False,
}


def _json(body: object) -> bytes:
    return json.dumps(body).encode()


def _assert_sent(upstream: Upstream, path: str, body: bytes) -> None:
    (received,) = upstream.received
    assert (received.method, received.path, received.body) == ("POST", path, body)
    assert received.headers["content-type"] == "application/json"
    assert not {"authorization", "cookie"} & received.headers.keys()


UNCLEAR = [
    pytest.param(Reply(500, b"<html>Internal Server Error</html>"), id="500 with HTML"),
    pytest.param(Reply(503, error_body("unavailable", "later")), id="503"),
    pytest.param(Reply(200, b""), id="empty"),
    pytest.param(Reply(200, b"<html>OK</html>"), id="200 with HTML"),
    pytest.param(Reply(200, b"[]"), id="no object"),
    pytest.param(Reply(200, b'{"message":"apikey wrong"}'), id="200 with another message"),
    pytest.param(Reply(200, b'{"message":5,"address":5,"amount":"x","Ordersn":[]}'), id="wrong types"),
    pytest.param(Reply(201, MONITOR_OK), id="201"),
    pytest.param(Reply(302, b"", {"Location": "/elsewhere"}), id="redirect"),
    pytest.param(Reply(307, b'{"message":"moved"}', {"Location": "/elsewhere"}), id="redirect with message"),
    pytest.param(Reply(404, b"<html>Not Found</html>"), id="404 with HTML"),
    pytest.param(Reply(400, b'{"error":"x"}'), id="400 without message"),
    pytest.param(Reply(cut=True), id="cut after the request was read"),
]


def test_monitor_is_placed(client: CrossingPayClient, upstream: Upstream, exchanges: list[Exchange]) -> None:
    upstream.reply = Reply(200, MONITOR_OK)
    assert client.purchase(MONITOR) == Progress(state=State.PENDING)
    _assert_sent(upstream, "/api/orders/monitor", MONITOR_SENT)
    (exchange,) = exchanges
    assert (exchange.purpose, exchange.request_id, exchange.status) == ("monitor", REQUEST_ID, 200)


def test_deposit_is_placed(client: CrossingPayClient, upstream: Upstream, exchanges: list[Exchange]) -> None:
    upstream.reply = Reply(200, DEPOSIT_OK)
    assert client.purchase(DEPOSIT) == Progress(
        state=State.PENDING, upstream_id="S-1", address=ADDRESS, amount_micro=100_290_000
    )
    _assert_sent(upstream, "/api/orders/deposit", DEPOSIT_SENT)
    (exchange,) = exchanges
    assert (exchange.purpose, exchange.request_id, exchange.status) == ("deposit", REQUEST_ID, 200)


def test_a_moved_deposit_amount_is_told(client: CrossingPayClient, upstream: Upstream) -> None:
    upstream.reply = Reply(200, DEPOSIT_OK.replace(b"100.29", b"100.290001"))
    assert client.purchase(DEPOSIT).amount_micro == 100_290_001


def test_the_windows_zone_is_the_upstreams(
    credentials: Credentials, transport: Transport, upstream: Upstream
) -> None:
    upstream.reply = Reply(200, MONITOR_OK)
    CrossingPayClient(credentials, transport, zone=ZoneInfo("America/New_York")).purchase(MONITOR)
    sent = json.loads(upstream.received[0].body)
    assert (sent["start_time"], sent["end_time"]) == ("2025-05-03 02:00:00", "2025-05-03 03:00:00")


def test_a_window_without_unique_local_text_is_not_sent(
    credentials: Credentials, transport: Transport, upstream: Upstream
) -> None:
    client = CrossingPayClient(credentials, transport, zone=ZoneInfo("America/New_York"))
    with pytest.raises(ProviderRejected, match="window"):
        client.purchase(replace(MONITOR, end_at=datetime(2025, 11, 2, 6, 30, tzinfo=UTC)))
    assert upstream.received == []


def test_a_base_url_may_have_a_path_and_a_slash(
    credentials: Credentials, transport: Transport, upstream: Upstream
) -> None:
    upstream.reply = Reply(200, MONITOR_OK)
    placed = replace(credentials, base_url=f"{upstream.base_url}/gateway/")
    CrossingPayClient(placed, transport).purchase(MONITOR)
    assert upstream.received[0].path == "/gateway/api/orders/monitor"


@pytest.mark.parametrize("request_sent", [MONITOR, DEPOSIT], ids=["monitor", "deposit"])
@pytest.mark.parametrize("reply", UNCLEAR)
def test_unclear_placements(
    client: CrossingPayClient, upstream: Upstream, request_sent: WatchRequest, reply: Reply
) -> None:
    upstream.reply = reply
    with pytest.raises(OutcomeUnknown):
        client.purchase(request_sent)
    assert len(upstream.received) == 1


@pytest.mark.parametrize("request_sent", [MONITOR, DEPOSIT], ids=["monitor", "deposit"])
@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, error_body("invalid_param", "no", field="amount"), "invalid_param"),
        (401, b'{"message":"no"}', ""),
        (404, error_body("address_not_found", "no"), "address_not_found"),
        (409, error_body("order_conflict", "no"), "order_conflict"),
        (409, error_body("window_overlap", "no", order_id="other"), "window_overlap"),
        (429, error_body("rate_limited", "no"), "rate_limited"),
        (422, b'{"message":"no","code":17}', ""),
    ],
)
def test_refused_placements(
    client: CrossingPayClient,
    upstream: Upstream,
    request_sent: WatchRequest,
    status: int,
    body: bytes,
    code: str,
) -> None:
    upstream.reply = Reply(status, body)
    with pytest.raises(ProviderRejected) as refusal:
        client.purchase(request_sent)
    assert (str(refusal.value), refusal.value.code) == ("CrossingPay says: no", code)
    assert refusal.value.no_funds is False


@pytest.mark.parametrize("request_sent", [MONITOR, DEPOSIT], ids=["monitor", "deposit"])
def test_a_bad_key_stops_the_account(
    client: CrossingPayClient, upstream: Upstream, request_sent: WatchRequest
) -> None:
    upstream.reply = Reply(401, error_body("invalid_apikey", "unknown apikey yourapikeyKey123"))
    with pytest.raises(ProviderMisconfigured) as stop:
        client.purchase(request_sent)
    assert (str(stop.value), stop.value.code) == ("CrossingPay says: unknown apikey ***", "invalid_apikey")


def test_resources_are_not_sold_here(client: CrossingPayClient, upstream: Upstream) -> None:
    with pytest.raises(ProviderRejected):
        client.purchase(ResourceRequest(request_id=REQUEST_ID, kind=Kind.ENERGY, address=ADDRESS))
    assert upstream.received == []


def test_a_repeated_placement_is_the_identical_request(client: CrossingPayClient, upstream: Upstream) -> None:
    upstream.reply = Reply(cut=True)
    with pytest.raises(OutcomeUnknown):
        client.purchase(MONITOR)
    upstream.reply = Reply(200, MONITOR_OK)
    client.purchase(MONITOR)
    assert client.repeats_safely
    assert [received.body for received in upstream.received] == [MONITOR_SENT, MONITOR_SENT]


def test_nothing_listens(transport: Transport, credentials: Credentials, closed_port: int) -> None:
    nowhere = replace(credentials, base_url=f"http://127.0.0.1:{closed_port}")
    with pytest.raises(ProviderUnavailable):
        CrossingPayClient(nowhere, transport).purchase(MONITOR)


def test_look_up_of_a_paid_order(querying_client: CrossingPayClient, upstream: Upstream) -> None:
    upstream.reply = Reply(200, _json(FOUND))
    assert querying_client.look_up(REQUEST_ID) == InboundPayment(
        address=ADDRESS,
        amount_micro=100_290_000,
        txid=TXID,
        paid_at=PAID_AT,
        succeeded=True,
        request_id=REQUEST_ID,
        upstream_order="S-1",
    )
    _assert_sent(upstream, "/api/orders/query", QUERY_SENT)


@pytest.mark.parametrize(("status", "state"), [(0, State.FAILED), (2, State.PENDING), (7, State.PENDING)])
def test_look_up_of_an_unpaid_order(
    querying_client: CrossingPayClient, upstream: Upstream, status: int, state: State
) -> None:
    unpaid = FOUND | {"status": status, "txid": None, "log_index": None, "block_time": None}
    upstream.reply = Reply(200, _json(unpaid))
    assert querying_client.look_up(REQUEST_ID) == Progress(
        state=state,
        upstream_id="S-1",
        upstream_status=str(status),
        address=ADDRESS,
        amount_micro=100_290_000,
    )


def test_look_up_finds_nothing(querying_client: CrossingPayClient, upstream: Upstream) -> None:
    upstream.reply = Reply(404, error_body("order_not_found", "no such order"))
    assert querying_client.look_up(REQUEST_ID) is None


@pytest.mark.parametrize(
    "reply",
    [
        *UNCLEAR,
        pytest.param(Reply(404, b'{"message":"no"}'), id="404 without code"),
        pytest.param(Reply(400, error_body("order_not_found", "no")), id="code under another status"),
        pytest.param(Reply(400, error_body("invalid_param", "no")), id="a no that is not about the order"),
        pytest.param(Reply(429, error_body("rate_limited", "no")), id="429"),
        pytest.param(Reply(200, _json(FOUND | {"order_id": "another"})), id="another order"),
        pytest.param(Reply(200, _json(FOUND | {"txid": None})), id="paid without txid"),
        pytest.param(Reply(200, _json(FOUND | {"block_time": None})), id="paid without time"),
        pytest.param(Reply(200, _json(FOUND | {"status": "1"})), id="status as text"),
    ],
)
def test_unusable_look_ups(querying_client: CrossingPayClient, upstream: Upstream, reply: Reply) -> None:
    upstream.reply = reply
    with pytest.raises(ProviderUnavailable):
        querying_client.look_up(REQUEST_ID)


def test_look_up_with_a_bad_key(querying_client: CrossingPayClient, upstream: Upstream) -> None:
    upstream.reply = Reply(401, error_body("invalid_apikey", "no"))
    with pytest.raises(ProviderMisconfigured):
        querying_client.look_up(REQUEST_ID)


def test_the_original_has_no_query(client: CrossingPayClient, upstream: Upstream) -> None:
    assert not client.can_look_up
    with pytest.raises(ProviderUnavailable, match="has no query"):
        client.look_up(REQUEST_ID)
    assert upstream.received == []


def test_what_costs_nothing_asks_nobody(client: CrossingPayClient, upstream: Upstream) -> None:
    assert client.kinds == {Kind.MONITOR, Kind.DEPOSIT}
    assert client.balance() == Balance(balance_sun=None, is_proven=False)
    request = ResourceRequest(request_id=REQUEST_ID, kind=Kind.MONITOR, address=ADDRESS)
    assert client.quote(request) == Quote(total_sun=0)
    assert client.acknowledgement() == (200, '{"message":"ok"}')
    assert upstream.received == []


@pytest.mark.parametrize(("key", "previous"), [("yourapikeyKey123", False), ("the-replaced-key", True)])
def test_a_v2a_callback_names_no_order(client: CrossingPayClient, key: str, previous: bool) -> None:
    raw = v2a_body(ADDRESS, 100_290_000, TXID, "1746253800", key, extended={"order_id": REQUEST_ID})
    callback = client.parse_callback({}, raw, now=NOW)
    assert callback.payment == InboundPayment(
        address=ADDRESS, amount_micro=100_290_000, txid=TXID, paid_at=PAID_AT
    )
    assert (callback.request_id, callback.progress, callback.used_previous) == ("", None, previous)


@pytest.mark.parametrize(
    ("status", "succeeded"), [(Status.SUCCESS, True), (Status.FAILED, False), (Status.WAITING, False)]
)
def test_a_v2b_callback_names_its_order(client: CrossingPayClient, status: Status, succeeded: bool) -> None:
    raw = v2b_body(
        ADDRESS,
        100_290_000,
        TXID,
        "1746253800",
        "yourapikeyKey123",
        order_id=REQUEST_ID,
        ordersn="S-1",
        status=status,
    )
    callback = client.parse_callback({}, raw, now=NOW)
    assert callback.request_id == REQUEST_ID
    assert callback.payment == InboundPayment(
        address=ADDRESS,
        amount_micro=100_290_000,
        txid=TXID,
        paid_at=PAID_AT,
        succeeded=succeeded,
        request_id=REQUEST_ID,
        upstream_order="S-1",
    )


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (v2a_body(ADDRESS, 1, TXID, "1746253800", "a forger's key"), "bad_signature"),
        (v2a_body(ADDRESS, 1, TXID, "yesterday", "yourapikeyKey123"), "malformed"),
        (b"<html>", "malformed"),
    ],
)
def test_refused_callbacks(client: CrossingPayClient, raw: bytes, reason: str) -> None:
    with pytest.raises(CallbackRefused) as refusal:
        client.parse_callback({}, raw, now=NOW)
    assert refusal.value.reason == reason


def test_an_expired_previous_key_verifies_nothing(credentials: Credentials, transport: Transport) -> None:
    client = CrossingPayClient(replace(credentials, previous=None), transport)
    raw = v2a_body(ADDRESS, 1, TXID, "1746253800", "the-replaced-key")
    with pytest.raises(CallbackRefused, match="no key"):
        client.parse_callback({}, raw, now=NOW)
