"""Exact bytes out and the meaning of what comes back, over a real loopback server."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from providers.base import Balance, Kind, Progress, Quote, ResourceRequest, State
from providers.errors import (
    OutcomeUnknown,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderUnavailable,
)
from providers.tronzap.client import TronZapClient
from providers.tronzap.wire import AddressInfo, EnergyEstimate, PriceList, Tier, error_body

if TYPE_CHECKING:
    from tests.upstream import Upstream

ADDRESS = "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE"
OTHER_ADDRESS = "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8"
UPSTREAM_ID = "01k33rz57drtqgqcedyn9tvk04"
REQUEST_ID = "0123456789abcdef0123456789abcdef"
UUID = "99d8b507-0bca-4d5a-9542-cc2a2f2e3639"
TIER = '{"duration":1,"min_amount":50000,"max_amount":131000,"price":0.0523}'


def wanted(kind: Kind = Kind.ENERGY, **fields: Any) -> ResourceRequest:
    defaults: dict[str, Any] = {"energy": 65000} if kind in (Kind.ENERGY, Kind.COLLECT) else {}
    return ResourceRequest(request_id=REQUEST_ID, kind=kind, address=ADDRESS, **(defaults | fields))


def transaction(**changes: Any) -> str:
    return json.dumps(
        {
            "id": UPSTREAM_ID,
            "external_id": REQUEST_ID,
            "service": "energy",
            "params": {"address": ADDRESS, "amounts": {"energy": 65000}, "duration": 1},
            "status": "new",
            "amount": 3.4,
            "created_at": "2026-08-07T10:42:12+00:00",
            "hash": None,
        }
        | changes
    )


def success(result: str) -> bytes:
    return f'{{"code":0,"request_id":"{UUID}","result":{result}}}'.encode()


ACCEPTED = Progress(
    state=State.PENDING,
    upstream_id=UPSTREAM_ID,
    upstream_status="new",
    address=ADDRESS,
    energy=65000,
    cost_sun=3_400_000,
)


@dataclass(frozen=True)
class Call:
    """One method, the exchange that it must make, and what the answer means."""

    make: Callable[[TronZapClient], object]
    path: str
    body: str
    result: str
    meaning: object
    spending: bool = False


CALLS = {
    "services": Call(
        lambda client: client.services(),
        "/v1/services",
        "{}",
        f'{{"energy":[{TIER}],"bandwidth":[],"activate_address":{{"price":1.4}}}}',
        PriceList(
            energy=(Tier(duration_hours=1, min_amount=50_000, max_amount=131_000, price_sun=52_300),),
            bandwidth=(),
            activation_sun=1_400_000,
        ),
    ),
    "balance": Call(
        lambda client: client.balance(),
        "/v1/balance",
        "{}",
        f'{{"balance":"125.38","address":"{OTHER_ADDRESS}"}}',
        Balance(balance_sun=125_380_000, top_up_address=OTHER_ADDRESS),
    ),
    "address_info": Call(
        lambda client: client.address_info(ADDRESS),
        "/v1/address-info",
        f'{{"address":"{ADDRESS}"}}',
        '{"resources":{"energy":65000,"bandwidth":345},"balances":{"TRX":1.5,"USDT":"100.29"}}',
        AddressInfo(energy=65_000, bandwidth=345, balance_sun=1_500_000, usdt_micro=100_290_000),
    ),
    "estimate_energy": Call(
        lambda client: client.estimate_energy(ADDRESS, OTHER_ADDRESS),
        "/v1/estimate-energy",
        f'{{"from_address":"{ADDRESS}","to_address":"{OTHER_ADDRESS}"}}',
        '{"amount":131000,"energy":131000,"duration":1,"price":6.85,"activation_fee":1.4,"total":8.25}',
        EnergyEstimate(energy=131_000, price_sun=6_850_000, activation_sun=1_400_000),
    ),
    "quote": Call(
        lambda client: client.quote(wanted()),
        "/v1/calculate",
        f'{{"address":"{ADDRESS}","amount":65000,"duration":1}}',
        '{"type":"energy","amount":65000,"energy":65000,"price":"5.47","activation_fee":1.4,"total":6.87}',
        Quote(total_sun=5_470_000, energy=65_000),
    ),
    "quote of bandwidth": Call(
        lambda client: client.quote(wanted(Kind.BANDWIDTH, bandwidth=345)),
        "/v1/calculate",
        f'{{"address":"{ADDRESS}","amount":345,"duration":1,"type":"bandwidth"}}',
        '{"type":"bandwidth","amount":345,"price":0.345,"activation_fee":0,"total":0.345}',
        Quote(total_sun=345_000),
    ),
    "quote of a collect with activation": Call(
        lambda client: client.quote(wanted(Kind.COLLECT, activate=True)),
        "/v1/calculate",
        f'{{"address":"{ADDRESS}","amount":65000,"duration":1}}',
        '{"price":5.47,"activation_fee":1.4,"total":6.87}',
        Quote(total_sun=6_870_000, energy=65_000),
    ),
    "quote of an activation": Call(
        lambda client: client.quote(wanted(Kind.ACTIVATION)),
        "/v1/services",
        "{}",
        '{"energy":[],"bandwidth":[],"activate_address":{"price":1.4}}',
        Quote(total_sun=1_400_000),
    ),
    "look_up": Call(
        lambda client: client.look_up(REQUEST_ID),
        "/v1/transaction/check",
        f'{{"external_id":"{REQUEST_ID}"}}',
        transaction(),
        ACCEPTED,
    ),
    "look_up of a known transaction": Call(
        lambda client: client.look_up(REQUEST_ID, upstream_id=UPSTREAM_ID),
        "/v1/transaction/check",
        f'{{"id":"{UPSTREAM_ID}"}}',
        transaction(status="success", amount="3.40", hash="ab" * 32),
        Progress(
            state=State.SUCCEEDED,
            upstream_id=UPSTREAM_ID,
            upstream_status="success",
            address=ADDRESS,
            energy=65000,
            cost_sun=3_400_000,
            txid="ab" * 32,
        ),
    ),
    "purchase": Call(
        lambda client: client.purchase(wanted()),
        "/v1/transaction/new",
        f'{{"service":"energy","params":{{"address":"{ADDRESS}","amounts":{{"energy":65000}},"duration":1}},'
        f'"external_id":"{REQUEST_ID}"}}',
        transaction(),
        ACCEPTED,
        spending=True,
    ),
    "purchase of a bundle": Call(
        lambda client: client.purchase(wanted(Kind.BUNDLE, energy=65000, bandwidth=345, activate=True)),
        "/v1/transaction/new",
        f'{{"service":"resource_bundle","params":{{"address":"{ADDRESS}","amounts":{{"energy":65000,'
        f'"bandwidth":345}},"duration":1,"activate_address":true}},"external_id":"{REQUEST_ID}"}}',
        transaction(),
        ACCEPTED,
        spending=True,
    ),
    "purchase of an activation": Call(
        lambda client: client.purchase(wanted(Kind.ACTIVATION)),
        "/v1/transaction/new",
        f'{{"service":"activate_address","params":{{"address":"{ADDRESS}"}},"external_id":"{REQUEST_ID}"}}',
        transaction(service="activate_address", params={"address": ADDRESS}, amount=1.4),
        Progress(
            state=State.PENDING,
            upstream_id=UPSTREAM_ID,
            upstream_status="new",
            address=ADDRESS,
            cost_sun=1_400_000,
        ),
        spending=True,
    ),
}
every_call = pytest.mark.parametrize("call", [pytest.param(call, id=name) for name, call in CALLS.items()])


def lost(call: Call) -> type[Exception]:
    return OutcomeUnknown if call.spending else ProviderUnavailable


@every_call
def test_what_is_sent_and_what_the_answer_means(
    call: Call, client: TronZapClient, upstream: "Upstream"
) -> None:
    upstream.answer(success(call.result))
    assert call.make(client) == call.meaning
    [received] = upstream.received
    assert (received.method, received.path) == ("POST", call.path)
    assert received.body.decode() == call.body
    assert received.headers["Authorization"] == "Bearer tok-test"
    assert received.headers["Content-Type"] == "application/json"
    assert received.headers["X-Signature"] == hashlib.sha256(f"{call.body}sec-test".encode()).hexdigest()


@every_call
@pytest.mark.parametrize("status", [200, 400, 422])
def test_a_documented_refusal_is_a_no_at_any_status_below_500(
    call: Call, status: int, client: TronZapClient, upstream: "Upstream"
) -> None:
    upstream.answer(error_body(10, UUID, sub_key="to_address"), status)
    # A refused look-up must not read like a refused purchase.
    refused = ProviderUnavailable if call.path == "/v1/transaction/check" else ProviderRejected
    with pytest.raises(refused, match=r"code 10, invalid_tron_address\.to_address") as caught:
        call.make(client)
    assert caught.value.code == "10"


@every_call
def test_a_bad_key_is_for_a_person(call: Call, client: TronZapClient, upstream: "Upstream") -> None:
    upstream.answer(error_body(1, UUID))
    with pytest.raises(ProviderMisconfigured) as caught:
        call.make(client)
    assert caught.value.code == "1"


@every_call
@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(500, b"<html><h1>Server Error</h1></html>", id="500 HTML"),
        pytest.param(503, error_body(6, UUID), id="503 with a refusal"),
        pytest.param(500, success(transaction()), id="500 with a success"),
        pytest.param(404, success(transaction()), id="404 with a success"),
        pytest.param(404, error_body(404, UUID), id="404 JSON"),
        pytest.param(429, b'{"code":429,"error":"Too Many Requests"}', id="429"),
        pytest.param(403, b"Forbidden", id="403 text"),
        pytest.param(200, b"", id="empty"),
        pytest.param(204, b"", id="204"),
        pytest.param(200, b"<html></html>", id="200 HTML"),
        pytest.param(200, b"\xff\xfe", id="no UTF-8"),
        pytest.param(200, b"null", id="null"),
        pytest.param(200, b"[]", id="a list"),
        pytest.param(200, b'{"result":{}}', id="no code"),
        pytest.param(200, b'{"code":true,"result":{}}', id="a boolean code"),
        pytest.param(200, error_body(500, UUID), id="code 500"),
        pytest.param(200, b'{"code":999,"error":"?"}', id="undocumented code"),
        pytest.param(200, b'{"code":0}', id="no result"),
        pytest.param(200, b'{"code":0,"result":null}', id="null result"),
        pytest.param(200, success('"x"'), id="a result of text"),
        pytest.param(200, success("[1]"), id="a result of a list"),
        pytest.param(200, b'{"code":0,"code":0,"result":{}}', id="duplicate keys"),
    ],
)
def test_an_answer_that_says_nothing_certain(
    call: Call, status: int, body: bytes, client: TronZapClient, upstream: "Upstream"
) -> None:
    upstream.answer(body, status)
    with pytest.raises(lost(call)):
        call.make(client)


@every_call
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_neither_followed_nor_believed(
    call: Call, status: int, client: TronZapClient, upstream: "Upstream"
) -> None:
    upstream.answer(error_body(10, UUID), status, Location=f"{upstream.url}/elsewhere")
    with pytest.raises(lost(call)):
        call.make(client)
    assert len(upstream.received) == 1


@every_call
def test_a_connection_cut_after_the_request_was_read(
    call: Call, client: TronZapClient, upstream: "Upstream"
) -> None:
    upstream.cut()
    with pytest.raises(lost(call)):
        call.make(client)
    assert len(upstream.received) == 1


@every_call
def test_a_connection_cut_within_the_answer(call: Call, client: TronZapClient, upstream: "Upstream") -> None:
    upstream.answer(success(call.result), sent=20)
    with pytest.raises(lost(call)):
        call.make(client)


@every_call
def test_silence(call: Call, impatient_client: TronZapClient, upstream: "Upstream") -> None:
    upstream.stay_silent()
    with pytest.raises(lost(call)):
        call.make(impatient_client)


@every_call
def test_nobody_listening_means_nothing_was_sent(call: Call, client_without_upstream: TronZapClient) -> None:
    with pytest.raises(ProviderUnavailable):
        call.make(client_without_upstream)
