import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from providers.crossingpay.wire import (
    ERROR_STATUS,
    MONITOR_CREATED,
    DepositCreated,
    ErrorAnswer,
    OrderFound,
    RequestRefused,
    deposit_created,
    error_body,
    is_monitor_created,
    order_found,
    read_deposit_created,
    read_error,
    read_order_found,
)

# Success texts as printed in the seed; the address and number are its samples.
SEED_MONITOR = '{ "message": "监听订单创建成功"}'
SEED_DEPOSIT = (
    '{ "message": "充值订单生成成功", "address": "TXXXXXYYZZ", "amount": 100.29,"Ordersn":"xxxxxxxxx"}'
)
# The example of the specification's section 7.3.
FOUND = (
    b'{"message":"ok","kind":"monitor","order_id":"M-1001","Ordersn":"202505140000001015",'
    b'"address":"TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE","amount":100.29,"status":1,'
    b'"txid":"2610c200efc8a90601758715405fa6be4597469e854591975d113b720a762ec2","log_index":0,'
    b'"block_time":1746253800,"start_utc":"2025-05-03T06:00:00Z","end_utc":"2025-05-03T07:00:00Z","late":false}'
)
PAID = OrderFound(
    kind="monitor",
    order_id="M-1001",
    ordersn="202505140000001015",
    address="TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE",
    amount_micro=100_290_000,
    status=1,
    start_at=datetime(2025, 5, 3, 6, tzinfo=UTC),
    end_at=datetime(2025, 5, 3, 7, tzinfo=UTC),
    txid="2610c200efc8a90601758715405fa6be4597469e854591975d113b720a762ec2",
    log_index=0,
    block_time=datetime(2025, 5, 3, 6, 30, tzinfo=UTC),
)


def test_success_texts_are_the_seeds_to_the_byte() -> None:
    created = DepositCreated(address="TXXXXXYYZZ", amount_micro=100_290_000, ordersn="xxxxxxxxx")
    assert SEED_MONITOR.encode() == MONITOR_CREATED
    assert deposit_created(created) == SEED_DEPOSIT.encode()
    assert read_deposit_created(SEED_DEPOSIT.encode()) == created


def test_only_the_documented_message_means_watching() -> None:
    assert is_monitor_created('{"message":"监听订单创建成功"}'.encode())
    assert not is_monitor_created(b'{"message":"no such key"}')
    assert not is_monitor_created(b"{}")
    with pytest.raises(ValueError, match="not a JSON object"):
        is_monitor_created(b"[]")


def test_query_answer_both_ways() -> None:
    assert order_found(PAID) == FOUND
    assert read_order_found(FOUND) == PAID


def test_unpaid_query_answer_both_ways() -> None:
    waiting = replace(PAID, status=2, txid=None, log_index=None, block_time=None)
    raw = order_found(waiting)
    assert b'"status":2,"txid":null,"log_index":null,"block_time":null,' in raw
    assert read_order_found(raw) == waiting


@pytest.mark.parametrize(
    "change",
    [
        *(
            {name: None}
            for name in ("kind", "order_id", "Ordersn", "address", "amount", "status", "start_utc")
        ),
        {"status": "1"},
        {"status": True},
        {"txid": "abc"},
        {"txid": 5},
        {"block_time": "1746253800"},
        {"block_time": 10**30},
        {"start_utc": "2025-05-03 06:00:00"},
        {"amount": []},
        {"Ordersn": "x" * 256},
        {"Ordersn": "a\x00b"},
    ],
)
def test_wrong_types_in_a_query_answer(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_order_found(json.dumps(json.loads(FOUND) | {"amount": "100.29"} | change).encode())


def test_errors_both_ways() -> None:
    body = error_body("window_overlap", "窗口重叠", order_id="M-1000")
    assert body == '{"message":"窗口重叠","code":"window_overlap","order_id":"M-1000"}'.encode()
    assert read_error(body) == ErrorAnswer("窗口重叠", "window_overlap")
    assert read_error(b'{"message":"no"}') == ErrorAnswer("no", "")


def test_the_texts_of_an_error_can_be_stored() -> None:
    told = read_error(json.dumps({"message": "a\x00b\n" + "x" * 9_000, "code": "\x00"}).encode())
    assert told == ErrorAnswer("a b " + "x" * 251, "")


@pytest.mark.parametrize("raw", [b"", b"<html>", b"[]", b"{}", b'{"message":5}', b'{"code":"invalid_param"}'])
def test_what_is_no_error_answer(raw: bytes) -> None:
    assert read_error(raw) is None


def test_a_refusal_is_its_answer() -> None:
    refusal = RequestRefused("order_conflict", "different content")
    assert (refusal.status, refusal.body) == (409, error_body("order_conflict", "different content"))


def test_every_status_of_the_error_table() -> None:
    assert {code for code, status in ERROR_STATUS.items() if status in (401, 404, 409)} == {
        "invalid_apikey",
        "address_not_found",
        "order_not_found",
        "unknown_path",
        "order_conflict",
        "window_overlap",
    }
