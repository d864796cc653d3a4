import json
from datetime import UTC, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest

from providers.crossingpay.wire import (
    DepositRequest,
    MonitorRequest,
    QueryRequest,
    RequestRefused,
    apikey_of,
    deposit_body,
    monitor_body,
    query_body,
    read_deposit,
    read_fields,
    read_monitor,
    read_query,
)

ADDRESS = "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE"
SHANGHAI = ZoneInfo("Asia/Shanghai")
JSON = "application/json"
# The example of the specification's section 2.
MONITOR = (
    b'{"apikey":"yourapikeyKey123","order_id":"M-1001","address":"TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE",'
    b'"amount":100.29,"callback":"https://m.example/cb","start_time":"2025-05-03 14:00:00",'
    b'"end_time":"2025-05-03 15:00:00"}'
)
DEPOSIT = (
    b'{"apikey":"yourapikeyKey123","order_id":"M-1001","amount":100.29,'
    b'"address":"TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE","callback":"https://m.example/cb"}'
)
FIELDS = json.loads(MONITOR) | {"amount": "100.29"}


def _refused(fields: dict[str, object]) -> tuple[str, object]:
    with pytest.raises(RequestRefused) as refusal:
        read_monitor(fields)
    assert refusal.value.status == 400
    return refusal.value.code, json.loads(refusal.value.body)["field"]


def test_bodies_written() -> None:
    key, callback = "yourapikeyKey123", "https://m.example/cb"
    window = ("2025-05-03 14:00:00", "2025-05-03 15:00:00")
    assert monitor_body(key, "M-1001", ADDRESS, 100_290_000, callback, *window) == MONITOR
    assert deposit_body(key, "M-1001", ADDRESS, 100_290_000, callback) == DEPOSIT
    assert query_body(key, order_id="M-1001") == b'{"apikey":"yourapikeyKey123","order_id":"M-1001"}'
    assert query_body(key, ordersn="S-1") == b'{"apikey":"yourapikeyKey123","Ordersn":"S-1"}'


def test_monitor_read() -> None:
    fields = read_fields(MONITOR, "application/json; charset=utf-8")
    request = read_monitor(fields)
    assert apikey_of(fields) == "yourapikeyKey123"
    assert request == MonitorRequest(
        order_id="M-1001",
        address=ADDRESS,
        amount_micro=100_290_000,
        callback="https://m.example/cb",
        start_time="2025-05-03 14:00:00",
        end_time="2025-05-03 15:00:00",
    )
    assert request.window(SHANGHAI) == (
        datetime(2025, 5, 3, 6, tzinfo=UTC),
        datetime(2025, 5, 3, 7, tzinfo=UTC),
    )


def test_deposit_read() -> None:
    assert read_deposit(read_fields(DEPOSIT, "")) == DepositRequest(
        order_id="M-1001", address=ADDRESS, amount_micro=100_290_000, callback="https://m.example/cb"
    )


def test_forms_are_read_like_json() -> None:
    raw = urlencode(json.loads(MONITOR) | {"amount": "100.29", "order_id": "订单 1"}).encode()
    request = read_monitor(read_fields(raw, "application/x-www-form-urlencoded"))
    assert (request.order_id, request.amount_micro) == ("订单 1", 100_290_000)


def test_query_read() -> None:
    assert read_query({"order_id": "M-1001"}) == QueryRequest(order_id="M-1001")
    assert read_query({"Ordersn": "S-1"}) == QueryRequest(ordersn="S-1")
    with pytest.raises(RequestRefused, match="order_id"):
        read_query({})


@pytest.mark.parametrize(
    ("raw", "content_type", "code", "status"),
    [
        (b"", JSON, "invalid_json", 400),
        (b"nonsense", JSON, "invalid_json", 400),
        (b"[]", JSON, "invalid_json", 400),
        (b'{"a":NaN}', JSON, "invalid_json", 400),
        (b'{"a":1,"a":2}', JSON, "invalid_json", 400),
        (b"[" * 9000, JSON, "invalid_json", 400),
        (b"a=1&a=2", "application/x-www-form-urlencoded", "invalid_json", 400),
        (b"a=%ff", "application/x-www-form-urlencoded", "invalid_json", 400),
        (b"\xff=1", "application/x-www-form-urlencoded", "invalid_json", 400),
        (b"&".join(b"%d=1" % n for n in range(60)), "application/x-www-form-urlencoded", "invalid_json", 400),
        (b" " * 65_537, JSON, "too_large", 413),
        (b"{}", "text/xml", "unsupported_media_type", 415),
    ],
)
def test_unreadable_bodies(raw: bytes, content_type: str, code: str, status: int) -> None:
    with pytest.raises(RequestRefused) as refusal:
        read_fields(raw, content_type)
    assert (refusal.value.code, refusal.value.status) == (code, status)
    assert json.loads(refusal.value.body)["code"] == code


@pytest.mark.parametrize("fields", [{}, {"apikey": None}, {"apikey": 5}])
def test_a_missing_apikey_is_an_unknown_one(fields: dict[str, object]) -> None:
    assert apikey_of(fields) == ""


@pytest.mark.parametrize("field", ["order_id", "address", "amount", "callback", "start_time", "end_time"])
@pytest.mark.parametrize("value", [None, "", 10**30, [], {}, True, "x" * 5000, "a\x00b", "\n"])
def test_wrong_fields_are_named(field: str, value: object) -> None:
    assert _refused(FIELDS | {field: value}) == ("invalid_param", field)


@pytest.mark.parametrize("field", ["order_id", "address", "amount", "callback", "start_time", "end_time"])
def test_missing_fields_are_named(field: str) -> None:
    missing = {name: value for name, value in FIELDS.items() if name != field}
    assert _refused(missing) == ("invalid_param", field)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("order_id", "x" * 65),
        ("address", ADDRESS[:-1] + "F"),
        ("address", ADDRESS.lower()),
        ("address", "TXYZ1234567890ABCDEFG"),
        ("address", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"),  # the USDT contract
        ("amount", "100.2900001"),
        ("callback", "ftp://m.example/cb"),
        ("callback", "//m.example/cb"),
        ("callback", "https:///cb"),
        ("callback", "https://[::1/cb"),
        ("callback", "https://m.example:99999/"),
        ("callback", "https://m.example/a b"),
        ("callback", "javascript:alert(1)"),
        ("start_time", "yesterday"),
        ("start_time", "2025-05-03 14:00"),
        ("end_time", "1746253800"),
        ("end_time", "2025-05-03 14:00:00+08:00"),
    ],
)
def test_wrong_values_are_named(field: str, value: str) -> None:
    assert _refused(FIELDS | {field: value}) == ("invalid_param", field)


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        ("2025-05-03 15:00:00", "2025-05-03 15:00:00", "end_time"),
        ("2025-05-03 15:00:00", "2025-05-03 14:00:00", "end_time"),
        ("2025-02-29 15:00:00", "2025-05-03 14:00:00", "start_time"),
        ("2025-05-03 15:00:00", "9999-12-31T23:59:59-08:00", "end_time"),
    ],
)
def test_windows_that_are_none(start: str, end: str, field: str) -> None:
    request = read_monitor(FIELDS | {"start_time": start, "end_time": end})
    with pytest.raises(RequestRefused) as refusal:
        request.window(SHANGHAI)
    assert json.loads(refusal.value.body)["field"] == field
