"""Callbacks as they go over the wire to a real server: exact bytes, headers, and what is made of the answer."""

import base64
import hashlib
import hmac
import json
import socket
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from orders.models import Callback, CallbackLog
from orders.services import rotation, signing
from orders.services.dispatching.claimed import Claimed
from orders.services.dispatching.sending import deliver_due
from orders.states import CallbackStatus
from providers.base import Kind
from providers.itrx import wire as itrx
from tests.orders.conftest import ADDRESS, NOW, TXID, credential_of, order_of
from tests.orders.services.conftest import PAID_AT, MakeCallback
from tests.upstream import Received, Upstream


def deliver(callback: Callback, seconds: float = 0) -> bool:
    """One try, whenever it is due."""
    now = NOW + timedelta(seconds=seconds)
    Callback.objects.filter(pk=callback.pk).update(next_attempt_at=now, claimable_at=now)
    return [each.is_delivered for each in deliver_due(clock=lambda: now)] == [True]


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def header(received: Received, name: str) -> str:
    found = [value for given, value in received.headers.items() if given.lower() == name.lower()]
    assert len(found) == 1, name
    return found[0]


def test_an_itrx_callback_over_the_wire(itrx_callback: MakeCallback, receiver: Upstream) -> None:
    callback = itrx_callback(f"{receiver.url}/cb?a=1")
    pair = rotation.open_pair(credential_of(callback))
    receiver.answer(b"ok")
    assert deliver(callback) is True
    received = receiver.received[0]
    assert (received.method, received.path) == ("POST", "/cb?a=1")
    assert (
        received.body == json.dumps(json.loads(received.body), sort_keys=True, separators=(",", ":")).encode()
    )
    assert json.loads(received.body) == {
        "active_hash": "",
        "amount": 6_500_000,
        "bandwidth_hash": "",
        "energy_amount": 65_000,
        "out_trade_no": "S-1",
        "pay_amount": 65_000,
        "period": "1H",
        "receive_address": ADDRESS,
        "serial": order_of(callback).serial,
        "source": "api",
        "status": 40,
        "txid": TXID,
        "type": "energy",
    }
    timestamp, signature = header(received, "TIMESTAMP"), header(received, "SIGNATURE")
    assert timestamp == str(int(NOW.timestamp()))
    message = timestamp.encode() + b"&" + received.body
    assert signature == hmac.new(pair.secret.encode(), message, hashlib.sha256).hexdigest()
    assert itrx.callback_signature_ok(pair.secret, timestamp, received.body, signature)
    assert header(received, "API-KEY") == pair.key
    assert header(received, "Content-Type") == "application/json"
    assert header(received, "Content-Length") == str(len(received.body))


def test_a_failed_order_is_told_as_41(itrx_callback: MakeCallback, receiver: Upstream) -> None:
    receiver.answer(b"")
    assert deliver(itrx_callback(receiver.url, succeeded=False, external_id="заказ"))
    told = json.loads(receiver.received[0].body)
    assert (told["status"], told["pay_amount"], told["txid"], told["out_trade_no"]) == (41, 0, "", "заказ")
    assert receiver.received[0].body.isascii()


@pytest.mark.parametrize(
    ("kind", "fields", "period", "energy"),
    [
        (Kind.ACTIVATION, {}, "1H", 0),
        (Kind.BANDWIDTH, {"bandwidth": 1_000, "duration_hours": 1}, "1H", 0),
        (Kind.BUNDLE, {"bandwidth": 345}, "1H", 65_000),
        (Kind.ENERGY, {"duration_hours": 72}, "3D", 65_000),
        (Kind.COLLECT, {"external_id": ""}, "1H", 65_000),
    ],
)
def test_every_resource_kind_can_be_told(
    kind: Kind,
    fields: dict[str, object],
    period: str,
    energy: int,
    itrx_callback: MakeCallback,
    receiver: Upstream,
) -> None:
    receiver.answer(b"")
    assert deliver(itrx_callback(receiver.url, kind=kind, **fields))
    told = json.loads(receiver.received[0].body)
    assert (told["period"], told["energy_amount"]) == (period, energy)
    assert told["out_trade_no"] == (fields.get("external_id", "S-1") or None)


def test_itrx_renews_its_timestamp_and_nothing_else(itrx_callback: MakeCallback, receiver: Upstream) -> None:
    callback = itrx_callback(receiver.url)
    pair = rotation.open_pair(credential_of(callback))
    for seconds in (0, 15):
        receiver.answer(b"", 500)
        assert deliver(callback, seconds) is False
    first, second = receiver.received
    assert first.body == second.body
    assert header(first, "TIMESTAMP") != header(second, "TIMESTAMP") == str(int(NOW.timestamp()) + 15)
    assert itrx.callback_signature_ok(
        pair.secret, header(second, "TIMESTAMP"), second.body, header(second, "SIGNATURE")
    )


def test_a_v2a_callback_over_the_wire(v2a_callback: MakeCallback, receiver: Upstream) -> None:
    callback = v2a_callback(receiver.url, external_id="M-1001")
    pair = rotation.open_pair(credential_of(callback))
    receiver.answer(b"success")
    assert deliver(callback) is True
    received = receiver.received[0]
    unix = int(PAID_AT.timestamp())
    text = f"address={ADDRESS}&amount=100.290000&timestamp={unix}&txid={TXID}{pair.key}"
    sign = hashlib.md5(text.encode()).hexdigest()
    expected = (
        f'{{"address":"{ADDRESS}","amount":"100.29","txid":"{TXID}","timestamp":"{unix}","sign":"{sign}"}}'
    )
    assert received.body == expected.encode()
    assert header(received, "Content-Type") == "application/json"
    assert header(received, "webhook-id") == callback.event_id
    assert header(received, "webhook-timestamp") == str(int(NOW.timestamp()))
    signed = f"{callback.event_id}.{int(NOW.timestamp())}.".encode() + received.body
    digest = base64.b64encode(hmac.digest(pair.secret.encode(), signed, "sha256")).decode()
    assert header(received, "webhook-signature") == f"v1,{digest}"
    assert header(received, "X-Attempt") == "1"
    assert header(received, "X-Order-Id") == "M-1001"
    assert header(received, "X-Ordersn") == order_of(callback).number
    assert not [name for name in received.headers if name.lower() == "api-key"]


def test_a_v2a_body_is_the_same_over_all_tries(v2a_callback: MakeCallback, receiver: Upstream) -> None:
    callback = v2a_callback(receiver.url)
    for seconds in (0, 15, 90_000):
        receiver.answer(b"", 503)
        deliver(callback, seconds)
    assert len({received.body for received in receiver.received}) == 1
    assert [header(received, "X-Attempt") for received in receiver.received] == ["1", "2", "3"]
    assert {header(received, "webhook-id") for received in receiver.received} == {callback.event_id}
    assert len({header(received, "webhook-timestamp") for received in receiver.received}) == 3


@pytest.mark.parametrize("number", ["заказ-1", "😀", ""])
def test_a_number_that_fits_no_header_stays_out_of_it(
    number: str, v2a_callback: MakeCallback, receiver: Upstream
) -> None:
    receiver.answer(b"")
    assert deliver(v2a_callback(receiver.url, external_id=number))
    assert not [name for name in receiver.received[0].headers if name.lower() == "x-order-id"]


def test_200_is_success_whatever_the_body_says(itrx_callback: MakeCallback, receiver: Upstream) -> None:
    callback = itrx_callback(receiver.url)
    receiver.answer(b"<h1>Fatal error</h1>")
    assert deliver(callback)
    callback.refresh_from_db()
    assert (callback.status, callback.delivered_at, callback.next_attempt_at) == ("delivered", NOW, None)
    log = CallbackLog.objects.get()
    assert (log.verdict, log.status, log.response_body) == ("delivered", 200, "<h1>Fatal error</h1>")
    assert (log.attempt_number, log.direction, log.order, log.credential) == (
        1,
        "out",
        callback.order,
        callback.credential,
    )
    assert credential_of(Callback.objects.get()).last_used_at == NOW


@pytest.mark.parametrize("status", [201, 202, 204, 301, 302, 307, 400, 401, 404, 429, 500, 503])
def test_any_other_status_is_a_failure_and_no_redirect_is_followed(
    status: int, itrx_callback: MakeCallback, receiver: Upstream
) -> None:
    callback = itrx_callback(receiver.url)
    receiver.answer(b"", status, Location=f"{receiver.url}/elsewhere")
    assert deliver(callback) is False
    assert len(receiver.received) == 1
    callback.refresh_from_db()
    log = CallbackLog.objects.get()
    assert (callback.status, log.verdict, log.status) == ("pending", "refused", status)
    assert callback.next_attempt_at is not None
    assert callback.next_attempt_at > NOW


def test_no_answer_in_time_is_a_failure(
    itrx_callback: MakeCallback, receiver: Upstream, settings: Settings
) -> None:
    settings.CALLBACK_TIMEOUT_SECONDS = 1
    receiver.stay_silent()
    assert deliver(itrx_callback(receiver.url)) is False
    log = CallbackLog.objects.get()
    assert (log.verdict, log.status) == ("no_answer", None)
    assert "timed out" in log.note


def test_a_cut_connection_is_a_failure(itrx_callback: MakeCallback, receiver: Upstream) -> None:
    receiver.cut()
    assert deliver(itrx_callback(receiver.url)) is False
    assert CallbackLog.objects.get().verdict == "no_answer"


def test_a_closed_port_is_a_failure(itrx_callback: MakeCallback) -> None:
    assert deliver(itrx_callback(f"http://127.0.0.1:{closed_port()}/")) is False
    log = CallbackLog.objects.get()
    assert (log.verdict, log.status) == ("no_connection", None)
    assert "refused" in log.note


@pytest.mark.parametrize("trigger", ["automatic", "resend"])
def test_a_closed_address_is_not_called_and_the_row_says_so(
    itrx_callback: MakeCallback, receiver: Upstream, settings: Settings, trigger: str
) -> None:
    settings.CALLBACK_ALLOWED_NETWORKS = []
    settings.PROVIDER_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]  # meant for others
    settings.DEBUG = True
    callback = itrx_callback(f"{receiver.url}/cb")
    Callback.objects.update(trigger=trigger)
    assert deliver(callback) is False
    assert receiver.received == []
    log = CallbackLog.objects.get()
    assert (log.verdict, log.status, log.trigger) == ("refused_target", None, trigger)
    assert log.note == "nothing was sent: the host's address is in a network that may not be called"
    callback.refresh_from_db()
    assert (callback.status, callback.attempts) == (CallbackStatus.PENDING, 1)


def test_a_url_that_is_none_is_tried_as_often_and_recorded(itrx_callback: MakeCallback) -> None:
    callback = itrx_callback("http://127.0.0.1:65535/cb")
    Callback.objects.update(url="nonsense")
    assert deliver(callback) is False
    callback.refresh_from_db()
    assert (CallbackLog.objects.get().verdict, callback.status, callback.attempts) == (
        "bad_url",
        "pending",
        1,
    )


def test_a_flood_of_an_answer_is_cut_and_200_still_counts(
    itrx_callback: MakeCallback, receiver: Upstream
) -> None:
    receiver.answer(b"x" * 1_000_000)
    assert deliver(itrx_callback(receiver.url))
    assert len(CallbackLog.objects.get().response_body) <= 65_536


def test_bytes_a_database_refuses_are_recorded_all_the_same(
    itrx_callback: MakeCallback, receiver: Upstream
) -> None:
    receiver.answer(b"a\x00b\xff\xed\xa0\x80", 500, Odd="\xff\xfe")
    assert deliver(itrx_callback(receiver.url)) is False
    assert "\x00" not in CallbackLog.objects.get().response_body


@pytest.mark.parametrize("format_", ["itrx", "v2a"])
def test_the_log_holds_no_key_and_no_secret_and_the_signature_as_it_went(
    format_: str, itrx_callback: MakeCallback, v2a_callback: MakeCallback, receiver: Upstream
) -> None:
    make = itrx_callback if format_ == "itrx" else v2a_callback
    callback = make(f"{receiver.url}/cb")
    pair = rotation.open_pair(credential_of(callback))
    Callback.objects.update(url=f"{receiver.url}/cb?for={pair.key}")
    echo = f"you are {pair.key} and {pair.secret}"
    receiver.answer(echo.encode(), 500, Echo=pair.key)
    assert deliver(callback) is False
    sent = receiver.received[0]
    row = str(CallbackLog.objects.values().get())
    signatures = [
        value for name, value in sent.headers.items() if name.lower() in {"signature", "webhook-signature"}
    ]
    signatures += [json.loads(sent.body).get("sign", "")]
    assert any(signatures)
    assert all(signature in row for signature in signatures)
    for secret in (pair.key, pair.secret):
        assert secret not in row
    assert "you are **** and ****" in row


def test_after_a_rotation_the_successor_signs_once_the_old_pair_is_dead(
    v2a_callback: MakeCallback, receiver: Upstream
) -> None:
    callback = v2a_callback(receiver.url)
    successor = rotation.rotate(credential_of(callback), grace=timedelta(hours=1), now=NOW).credential
    for seconds in (3599, 3600):
        receiver.answer(b"", 500)
        deliver(callback, seconds)
    signers = list(CallbackLog.objects.order_by("id").values_list("credential", flat=True))
    assert signers == [callback.credential_id, successor.pk]
    first, second = (json.loads(received.body) for received in receiver.received)
    assert first["sign"] != second["sign"]
    assert {**first, "sign": ""} == {**second, "sign": ""}


def test_without_a_living_credential_nothing_is_sent(itrx_callback: MakeCallback, receiver: Upstream) -> None:
    callback = itrx_callback(receiver.url)
    rotation.revoke(credential_of(callback), now=NOW)
    assert deliver(callback) is False
    callback.refresh_from_db()
    assert (callback.status, callback.next_attempt_at, callback.attempts) == ("no_credential", None, 0)
    assert receiver.received == []


def test_a_fault_of_ours_is_a_try_that_failed(
    itrx_callback: MakeCallback, receiver: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong with one, the room it took is given back and the others go out."""
    broken, whole = itrx_callback(f"{receiver.url}/broken"), itrx_callback(f"{receiver.url}/whole")
    signed = signing.signed

    def stumble(callback: Claimed, *arguments: Any, **named: Any) -> signing.Signed:
        if callback.id == broken.pk:
            raise OverflowError("a bug")
        return signed(callback, *arguments, **named)

    monkeypatch.setattr(signing, "signed", stumble)
    receiver.answer(b"ok")
    deliver_due(clock=lambda: NOW)
    assert [each.path for each in receiver.received] == ["/whole"]
    assert {log.callback_id: log.verdict for log in CallbackLog.objects.all()} == {
        broken.pk: "fault",
        whole.pk: "delivered",
    }
    row = Callback.objects.get(pk=broken.pk)
    assert (row.status, row.attempts, row.leased_until) == ("pending", 1, None)


def test_an_answer_from_a_merchant_that_breaks_dates(itrx_callback: MakeCallback, receiver: Upstream) -> None:
    callback = itrx_callback(f"{receiver.url}/cb")
    headers: dict[str, Any] = {"Retry-After": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"}
    receiver.answer(b"", 503, **headers)
    assert deliver(callback) is False
    assert CallbackLog.objects.get().verdict == "refused"
