"""Upstreams' callbacks through the real URL, signed as the upstreams sign them."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.http import HttpResponse
from django.test import Client
from django_q.models import OrmQ
from pytest_django.fixtures import Settings

from orders.api.provider_callbacks import MAX_BODY_BYTES
from orders.models import Attempt, CallbackLog, Order, Payment
from orders.services import accounts, invariants
from orders.services.requests import callback_url
from orders.states import OrderStatus
from providers.base import Kind
from providers.crossingpay import wire as crossingpay
from providers.itrx import wire as itrx
from tests.orders.conftest import ADDRESS, NOW, OTHER_ADDRESS, TXID, MakeAccount, Place, Send

KEY, SECRET = "key", "secret"  # of every account that make_account makes


@pytest.fixture(autouse=True)
def stopped_clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def attempt(place: Place, send: Send) -> Attempt:
    """An energy order on its way to an iTRX account."""
    return send(place())


@pytest.fixture
def deposit(place: Place, send: Send) -> Attempt:
    """A deposit order on its way to a CrossingPay account."""
    return send(place(kind=Kind.DEPOSIT))


def path(attempt: Attempt) -> str:
    return urlsplit(callback_url(attempt)).path


def post(url: str, body: bytes, headers: dict[str, str] | None = None, **kwargs: Any) -> HttpResponse:
    client = Client(enforce_csrf_checks=True)
    kwargs = {"content_type": "application/json"} | kwargs
    return client.generic("POST", url, body, headers=headers or {}, **kwargs)  # type: ignore[return-value]


def itrx_body(attempt: Attempt, **fields: object) -> bytes:
    told: dict[str, Any] = {
        "serial": "5" * 32,
        "succeeded": True,
        "receive_address": ADDRESS,
        "energy": 65_000,
        "delegated_energy": 65_000,
        "amount_sun": 6_000_000,
        "duration_hours": 1,
        "out_trade_no": attempt.request_id,
        "txid": TXID,
    }
    return itrx.callback_body(**told | fields)


def tell(
    attempt: Attempt, body: bytes, *, secret: str = SECRET, at: datetime = NOW, **kwargs: Any
) -> HttpResponse:
    return post(path(attempt), body, itrx.signed_headers(KEY, secret, body, at), **kwargs)


def v2a(
    amount_micro: int = 100_290_000, *, txid: str = TXID, key: str = SECRET, timestamp: str = ""
) -> bytes:
    timestamp = timestamp or crossingpay.unix_text(NOW)
    return crossingpay.v2a_body(ADDRESS, amount_micro, txid, timestamp, key)


def status(attempt: Attempt) -> str:
    return Order.objects.get(pk=attempt.order_id).status


def verdicts() -> list[str]:
    return list(CallbackLog.objects.order_by("id").values_list("verdict", flat=True))


def state_of_everything(attempt: Attempt) -> tuple[object, ...]:
    order = Order.objects.values().get(pk=attempt.order_id)
    events = list(attempt.order.events.values_list("code", "text"))
    return order, Attempt.objects.values().get(pk=attempt.pk), events, Payment.objects.count()


def test_good_news_is_applied_and_logged(attempt: Attempt) -> None:
    answer = tell(attempt, itrx_body(attempt))
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"{}", "application/json")
    assert status(attempt) == OrderStatus.SUCCEEDED
    assert Attempt.objects.get().txid == TXID
    log = CallbackLog.objects.get()
    assert (log.verdict, log.direction, log.order, log.account) == (
        "accepted",
        "in",
        attempt.order,
        attempt.account,
    )
    assert (log.merchant, log.created_at) == (attempt.order.merchant, NOW)
    assert json.loads(log.request_body)["txid"] == TXID
    assert invariants.broken(now=NOW) == []


def test_a_step_on_the_way_is_no_end(attempt: Attempt) -> None:
    body = itrx_body(attempt).replace(b'"status":40', b'"status":30')
    assert tell(attempt, body).status_code == 200
    assert status(attempt) == OrderStatus.ACCEPTED


def test_the_same_body_again_is_a_replay_that_changes_nothing(attempt: Attempt) -> None:
    body = itrx_body(attempt)
    tell(attempt, body)
    before = state_of_everything(attempt)
    answer = tell(attempt, body, at=NOW + timedelta(seconds=15))
    assert (answer.status_code, verdicts()) == (200, ["accepted", "replayed"])
    assert state_of_everything(attempt) == before


def test_other_news_of_an_ended_order_changes_nothing(attempt: Attempt) -> None:
    tell(attempt, itrx_body(attempt))
    before, tasks = state_of_everything(attempt), OrmQ.objects.count()
    for body in (itrx_body(attempt, succeeded=False), itrx_body(attempt, txid="c" * 64)):
        assert tell(attempt, body).status_code == 200
    assert state_of_everything(attempt) == before
    assert OrmQ.objects.count() == tasks


@pytest.mark.parametrize("secret", ["guess", "", SECRET.upper()])
def test_a_forged_one_is_logged_and_changes_nothing(secret: str, attempt: Attempt) -> None:
    before = state_of_everything(attempt)
    assert tell(attempt, itrx_body(attempt), secret=secret).status_code == 401
    assert verdicts() == ["bad_signature"]
    assert state_of_everything(attempt) == before


@pytest.mark.parametrize(
    "change",
    [
        {"SIGNATURE": ""},
        {"SIGNATURE": "x" * 10_000},
        {"SIGNATURE": "\xff\xfe"},
        {"TIMESTAMP": ""},
        {"TIMESTAMP": str(int(NOW.timestamp()) + 1)},
        {"TIMESTAMP": "NaN"},
    ],
)
def test_so_is_one_with_an_altered_head(change: dict[str, str], attempt: Attempt) -> None:
    body = itrx_body(attempt)
    headers = itrx.signed_headers(KEY, SECRET, body, NOW) | change
    assert post(path(attempt), body, headers).status_code == 401
    assert verdicts() == ["bad_signature"]
    assert status(attempt) == OrderStatus.SENDING


def test_so_is_one_with_an_altered_body_or_no_head(attempt: Attempt) -> None:
    body = itrx_body(attempt)
    headers = itrx.signed_headers(KEY, SECRET, body, NOW)
    assert post(path(attempt), body.replace(b"65000", b"65001"), headers).status_code == 401
    assert post(path(attempt), body).status_code == 401
    assert verdicts() == ["bad_signature"] * 2
    assert status(attempt) == OrderStatus.SENDING


@pytest.mark.parametrize(("seconds", "taken"), [(-300, True), (300, True), (-301, False), (301, False)])
def test_a_stale_one_changes_nothing(seconds: int, taken: bool, attempt: Attempt) -> None:
    answer = tell(attempt, itrx_body(attempt), at=NOW + timedelta(seconds=seconds))
    assert answer.status_code == (200 if taken else 401)
    assert verdicts() == ["accepted" if taken else "stale"]
    assert status(attempt) == (OrderStatus.SUCCEEDED if taken else OrderStatus.SENDING)


def test_a_failure_is_looked_up_and_not_believed(attempt: Attempt) -> None:
    tell(attempt, itrx_body(attempt).replace(b'"status":40', b'"status":30'))
    Order.objects.update(next_action_at=NOW + timedelta(hours=1))
    tasks = OrmQ.objects.count()
    assert tell(attempt, itrx_body(attempt, succeeded=False)).status_code == 200
    order = Order.objects.get()
    assert (order.status, order.next_action_at) == (OrderStatus.ACCEPTED, NOW)
    assert OrmQ.objects.count() == tasks + 1
    assert verdicts() == ["accepted", "accepted"]


def test_what_is_not_our_order_calls_a_person(attempt: Attempt) -> None:
    assert tell(attempt, itrx_body(attempt, receive_address=OTHER_ADDRESS)).status_code == 200
    assert status(attempt) == OrderStatus.ATTENTION
    assert attempt.order.events.filter(is_alarm=True).count() == 1


def test_one_that_names_another_request_than_its_path_is_refused(
    attempt: Attempt, place: Place, send: Send
) -> None:
    other = send(place(), attempt.account)
    before = state_of_everything(attempt), state_of_everything(other)
    for request_id in (other.request_id, "S-1"):
        answer = tell(attempt, itrx_body(attempt, out_trade_no=request_id))
        assert answer.status_code == 404
    assert verdicts() == ["unknown_order"] * 2
    assert (state_of_everything(attempt), state_of_everything(other)) == before


def test_one_that_names_none_is_known_by_its_path(attempt: Attempt) -> None:
    assert tell(attempt, itrx_body(attempt, out_trade_no=None)).status_code == 200
    assert status(attempt) == OrderStatus.SUCCEEDED


def test_paths_that_are_none_are_not_found_and_not_logged(
    attempt: Attempt, make_account: MakeAccount
) -> None:
    body = itrx_body(attempt)
    headers = itrx.signed_headers(KEY, SECRET, body, NOW)
    mine, token = attempt.account.callback_token, attempt.callback_token
    other = make_account(label="another").callback_token
    wrong = [
        (other, token),
        (mine, mine),
        (token, mine),
        (mine, token[:-1]),
        (mine.swapcase(), token),
        ("x", "x"),
    ]
    odd = ["\x00", "%", "é", "\udcff", "x" * 5_000, "' OR 1=1 --", "..", "%00", "\n"]
    wrong += [(each, token) for each in odd] + [(mine, each) for each in odd]
    for account_token, attempt_token in wrong:
        names = [quote(name, safe="", errors="surrogateescape") for name in (account_token, attempt_token)]
        assert post(f"/callbacks/{names[0]}/{names[1]}", body, headers).status_code == 404
    assert not CallbackLog.objects.exists()
    assert status(attempt) == OrderStatus.SENDING


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_only_posts_are_taken(method: str, attempt: Attempt) -> None:
    assert Client().generic(method, path(attempt)).status_code == 405
    assert not CallbackLog.objects.exists()


def test_a_body_is_bounded(attempt: Attempt) -> None:
    most = itrx_body(attempt).ljust(MAX_BODY_BYTES)
    assert tell(attempt, most + b" ").status_code == 413
    assert post(path(attempt), b"x" * 5_000_000).status_code == 413
    assert not CallbackLog.objects.exists()
    assert tell(attempt, most).status_code == 200
    assert status(attempt) == OrderStatus.SUCCEEDED


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"serial":"\x00"}',
        b'{"serial":"a","serial":"b"}',
        b'{"status":NaN}',
        b"[" * 5_000,
        b'{"status":"40"}',
        b"<html>",
        b"a=1&b=2",
    ],
)
def test_a_signed_body_that_cannot_be_read_is_logged_as_malformed(body: bytes, attempt: Attempt) -> None:
    assert tell(attempt, body).status_code == 400
    assert verdicts() == ["malformed"]
    assert status(attempt) == OrderStatus.SENDING


@pytest.mark.parametrize(
    "fields",
    [
        {"serial": "x" * 256},
        {"serial": "a\x00b"},
        {"txid": "x" * 300},
        {"amount_sun": 10**30},
        {"amount_sun": -1},
        {"energy": 10**30},
    ],
)
def test_values_no_column_holds_are_malformed(fields: dict[str, object], attempt: Attempt) -> None:
    assert tell(attempt, itrx_body(attempt, **fields)).status_code == 400
    assert verdicts() == ["malformed"]
    assert status(attempt) == OrderStatus.SENDING


@pytest.mark.parametrize("fields", [{"serial": "x" * 255}, {"txid": "x" * 255}, {"active_hash": "x" * 255}])
def test_long_words_of_a_signed_upstream_are_no_error(fields: dict[str, object], attempt: Attempt) -> None:
    """Printable and bounded, but longer than our columns."""
    assert tell(attempt, itrx_body(attempt, **fields)).status_code == 200
    assert status(attempt) == OrderStatus.SUCCEEDED


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", ""]
)
def test_the_content_type_does_not_matter(content_type: str, attempt: Attempt) -> None:
    assert tell(attempt, itrx_body(attempt), content_type=content_type).status_code == 200
    assert status(attempt) == OrderStatus.SUCCEEDED


def test_a_replaced_pair_verifies_during_its_grace(attempt: Attempt, place: Place, send: Send) -> None:
    late = send(place(), attempt.account)
    accounts.replace_keys(attempt.account, key="key-2", secret="secret-2", grace=timedelta(hours=1), now=NOW)
    with time_machine.travel(NOW + timedelta(minutes=59), tick=False) as clock:
        at = clock_time()
        assert tell(attempt, itrx_body(attempt), at=at).status_code == 200
        clock.shift(timedelta(minutes=1))
        at = clock_time()
        assert tell(late, itrx_body(late), at=at).status_code == 401
        assert tell(late, itrx_body(late, serial="6" * 32), secret="secret-2", at=at).status_code == 200
    assert verdicts() == ["accepted", "bad_signature", "accepted"]
    assert {status(attempt), status(late)} == {OrderStatus.SUCCEEDED}


def clock_time() -> datetime:
    return datetime.now(UTC)


def test_without_a_grace_the_replaced_pair_is_dead_at_once(attempt: Attempt) -> None:
    accounts.replace_keys(attempt.account, key="key-2", secret="secret-2", grace=timedelta(0), now=NOW)
    assert tell(attempt, itrx_body(attempt)).status_code == 401


def test_a_disabled_account_is_still_heard(attempt: Attempt) -> None:
    type(attempt.account).objects.update(enabled=False)
    assert tell(attempt, itrx_body(attempt)).status_code == 200
    assert status(attempt) == OrderStatus.SUCCEEDED


def test_keys_that_the_ring_does_not_open_are_our_fault(attempt: Attempt, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert tell(attempt, itrx_body(attempt)).status_code == 503
    assert verdicts() == ["keys_unreadable"]
    assert status(attempt) == OrderStatus.SENDING


def test_a_dialect_without_callbacks_takes_none(make_account: MakeAccount, place: Place, send: Send) -> None:
    attempt = send(place(), make_account("tronzap"))
    assert tell(attempt, itrx_body(attempt)).status_code == 400
    assert verdicts() == ["unsupported"]


def test_secrets_of_a_callback_are_masked(attempt: Attempt, deposit: Attempt) -> None:
    body = itrx_body(attempt)
    headers = itrx.signed_headers(KEY, SECRET, body, NOW) | {
        "Authorization": "Bearer sesame",
        "Cookie": "sessionid=sesame",
        "X-Odd": "\x00\xff",
    }
    post(path(attempt), body, headers)
    post(path(deposit), v2a())
    first, second = CallbackLog.objects.order_by("id").values()
    assert headers["SIGNATURE"] not in str(first)
    assert "sesame" not in str(first)
    assert "\x00" not in str(first)
    sign = json.loads(v2a())["sign"]
    assert sign not in str(second)
    assert TXID in second["request_body"]


# --- CrossingPay -----------------------------------------------------------------------------------------------


def test_a_v2a_payment_settles_its_order_once(deposit: Attempt) -> None:
    for verdict in ("accepted", "replayed"):
        answer = post(path(deposit), v2a())
        assert (answer.status_code, json.loads(answer.content)) == (200, {"message": "ok"})
        assert verdicts()[-1] == verdict
    assert status(deposit) == OrderStatus.SUCCEEDED
    payment = Payment.objects.get()
    assert (payment.txid, payment.amount_micro, payment.paid_at) == (TXID, 100_290_000, NOW)
    assert invariants.broken(now=NOW) == []


def test_the_signature_is_the_documented_one(deposit: Attempt) -> None:
    """Written out here, so that reader and writer cannot share a mistake."""
    text = f"address={ADDRESS}&amount=100.290000&timestamp=2026-03-01T20:00:00+08:00&txid={TXID}{SECRET}"
    told = {
        "address": ADDRESS,
        "amount": "100.29",
        "txid": TXID,
        "timestamp": "2026-03-01T20:00:00+08:00",
        "sign": hashlib.md5(text.encode()).hexdigest(),
    }
    assert post(path(deposit), json.dumps(told).encode()).status_code == 200
    assert Payment.objects.get().paid_at == NOW


def test_a_forged_v2a_payment_settles_nothing(deposit: Attempt) -> None:
    assert post(path(deposit), v2a(key="guess")).status_code == 401
    altered = v2a().replace(b"100.29", b"900.29")
    assert post(path(deposit), altered).status_code == 401
    assert verdicts() == ["bad_signature"] * 2
    assert not Payment.objects.exists()
    assert status(deposit) == OrderStatus.SENDING


def test_another_amount_settles_nothing_and_calls_a_person(deposit: Attempt) -> None:
    assert post(path(deposit), v2a(100_000_000)).status_code == 200
    assert status(deposit) == OrderStatus.ATTENTION
    assert Payment.objects.get().status == "unmatched"


def test_a_payment_of_another_order_at_this_path_settles_nothing(
    deposit: Attempt, place: Place, send: Send
) -> None:
    """Its signature holds, since v2a signs no order number; the transaction counts once."""
    other = send(place(kind=Kind.DEPOSIT, address=OTHER_ADDRESS), deposit.account)
    assert post(path(deposit), v2a()).status_code == 200
    before = state_of_everything(other)
    assert post(path(other), v2a()).status_code == 200
    assert state_of_everything(other) == before
    assert Payment.objects.count() == 1


def v2b(attempt: Attempt, reading: crossingpay.Reading, **fields: Any) -> bytes:
    told: dict[str, Any] = {"order_id": attempt.request_id, "ordersn": "20260301001", "reading": reading}
    return crossingpay.v2b_body(
        ADDRESS, 100_290_000, fields.pop("txid", TXID), crossingpay.unix_text(NOW), SECRET, **told | fields
    )


@pytest.mark.parametrize("reading", [crossingpay.Reading.B1, crossingpay.Reading.B2])
def test_v2b_in_both_readings(reading: crossingpay.Reading, deposit: Attempt) -> None:
    assert post(path(deposit), v2b(deposit, reading)).status_code == 200
    assert status(deposit) == OrderStatus.SUCCEEDED


def test_v2b_that_names_another_order_is_refused(deposit: Attempt) -> None:
    body = v2b(deposit, crossingpay.Reading.B1, order_id="0" * 32)
    assert post(path(deposit), body).status_code == 404
    assert verdicts() == ["unknown_order"]
    assert status(deposit) == OrderStatus.SENDING


@pytest.mark.parametrize("word", [crossingpay.Status.FAILED, crossingpay.Status.WAITING])
def test_v2b_without_success_settles_nothing(word: crossingpay.Status, deposit: Attempt) -> None:
    before = state_of_everything(deposit)
    assert post(path(deposit), v2b(deposit, crossingpay.Reading.B2, status=word, txid="")).status_code == 200
    assert state_of_everything(deposit) == before
