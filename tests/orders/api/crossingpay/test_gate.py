"""Who is let in, and every row of the error table (specs/crossingpay.md sections 1 and 7.1)."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import OperationalError, connection
from django.test import Client
from pytest_django.fixtures import Settings

from orders.models import ApiCredential, Merchant, Order, TariffRate, Wallet
from orders.services import rotation
from tests.orders.api.crossingpay.conftest import (
    BODIES,
    DEPOSIT,
    JSON_UTF8,
    MONITOR,
    Api,
    nothing_happened,
    refused,
    told,
)
from tests.orders.conftest import NOW, OTHER_ADDRESS

HOUR = timedelta(hours=1)
PATHS = ("/api/orders/monitor", "/api/orders/deposit", "/api/orders/query")
FORM = "application/x-www-form-urlencoded"
BAD_KEY = b'{"message":"The apikey is not valid.","code":"invalid_apikey"}'
QUERY: dict[str, object] = {"order_id": "M-1001"}
WRONG: list[object] = [None, "", 10**30, -5, [], {}, True, "x" * 5000, "a\0b", "\u202e", "\n"]


# --- who is let in -----------------------------------------------------------------------------------------------


def unknown(api: Api, credential: ApiCredential) -> Api:
    return Api("nobody's")


def missing(api: Api, credential: ApiCredential) -> Api:
    return Api("")


def endless(api: Api, credential: ApiCredential) -> Api:
    return Api(api.apikey * 50)


def disabled_merchant(api: Api, credential: ApiCredential) -> Api:
    Merchant.objects.update(enabled=False)
    return api


def revoked(api: Api, credential: ApiCredential) -> Api:
    rotation.revoke(credential, now=NOW)
    return api


def expired(api: Api, credential: ApiCredential) -> Api:
    rotation.rotate(credential, grace=HOUR, now=NOW - HOUR)
    return api


def refused_address(api: Api, credential: ApiCredential) -> Api:
    ApiCredential.objects.update(allowed_networks=["192.0.2.0/24"])
    return api


def other_dialect(api: Api, credential: ApiCredential) -> Api:
    return Api(rotation.issue(credential.merchant, "tronzap", now=NOW).key)


def secret_for_key(api: Api, credential: ApiCredential) -> Api:
    return Api(rotation.open_pair(credential).secret)


STRANGERS = [
    *(unknown, missing, endless, disabled_merchant, revoked),
    *(expired, refused_address, other_dialect, secret_for_key),
]


@pytest.mark.parametrize("become", STRANGERS)
def test_strangers_cannot_be_told_apart(
    api: Api,
    crossingpay_credential: ApiCredential,
    wallet: Wallet,
    become: Callable[[Api, ApiCredential], Api],
) -> None:
    stranger = become(api, crossingpay_credential)
    expected = dict(Api("somebody else's").post("monitor", MONITOR).headers)
    answers = [stranger.post(name, fields) for name, fields in {**BODIES, "query": QUERY}.items()]
    for response in [*answers, stranger.get("order_id=M-1001")]:
        assert (response.status_code, response.content) == (401, BAD_KEY)
        assert dict(response.headers) == expected
    assert nothing_happened()


@pytest.mark.parametrize("apikey", [5, True, None, [], {"a": 1}, "é", "\0", "密" * 300])
def test_a_key_of_any_shape_is_an_unknown_one(api: Api, apikey: object) -> None:
    raw = json.dumps({**MONITOR, "apikey": apikey}).encode()
    assert api.send("POST", PATHS[0], raw).content == BAD_KEY


def test_a_rotated_key_works_until_its_grace_ends(api: Api, crossingpay_credential: ApiCredential) -> None:
    fresh = Api(rotation.rotate(crossingpay_credential, grace=HOUR, now=NOW).key)
    told(api.post("monitor", MONITOR))
    # An order belongs to the merchant, whichever key asks.
    told(fresh.post("monitor", MONITOR))
    assert told(fresh.post("query", QUERY))["status"] == 2
    assert Order.objects.get().credential == crossingpay_credential


def test_an_allowed_address(api: Api) -> None:
    ApiCredential.objects.update(allowed_networks=["192.0.2.0/24"])
    told(api.from_ip("192.0.2.7").post("monitor", MONITOR))


def test_the_use_of_a_key_is_noted(api: Api) -> None:
    told(api.post("monitor", MONITOR))
    assert ApiCredential.objects.get().last_used_at == NOW


def test_the_key_is_never_taken_from_the_url(api: Api) -> None:
    told(api.post("monitor", MONITOR))
    query = f"order_id=M-1001&apikey={api.apikey}"
    assert api.send("GET", f"{PATHS[2]}?{query}").content == BAD_KEY
    raw = json.dumps(MONITOR).encode()
    for path in PATHS:
        response = api.send("POST", f"{path}?apikey={api.apikey}", raw, X_Api_Key=api.apikey)
        assert response.content == BAD_KEY


# --- the error table ---------------------------------------------------------------------------------------------

UNREADABLE = {
    "nothing": b"",
    "no JSON": b"nonsense",
    "a list": b"[]",
    "null": b"null",
    "NaN": b'{"amount":NaN}',
    "the same name twice": b'{"apikey":"a","apikey":"b"}',
    "deep": b'{"a":' * 3000 + b"1" + b"}" * 3000,
    "brackets": b"[" * 60_000,
    "a lone surrogate": b'{"a":"\\ud800"}',
    "Latin-1": '{"a":"é"}'.encode("latin-1"),
    "UTF-16": '{"a":"b"}'.encode("utf-16"),
    "a long number": b'{"a":' + b"1" * 5000 + b"}",
}
UNREADABLE_FORMS = {
    "the same name twice": b"apikey=a&apikey=b",
    "no UTF-8": b"a=%ff",
    "not escaped": b"\xff=1",
    "many": b"&".join(b"%d=1" % number for number in range(100)),
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("fault", UNREADABLE)
def test_unreadable_json(api: Api, path: str, fault: str) -> None:
    response = api.send("POST", path, UNREADABLE[fault])
    assert refused(response) == {"status": 400, "code": "invalid_json"}


@pytest.mark.parametrize("fault", UNREADABLE_FORMS)
def test_unreadable_forms(api: Api, fault: str) -> None:
    for path in PATHS:
        response = api.send("POST", path, UNREADABLE_FORMS[fault], content_type=FORM)
        assert refused(response) == {"status": 400, "code": "invalid_json"}
    query = UNREADABLE_FORMS[fault].decode("latin-1")
    response = Client().generic("GET", PATHS[2], QUERY_STRING=query, headers={"X-Api-Key": api.apikey})
    assert refused(response) == {"status": 400, "code": "invalid_json"}


@pytest.mark.parametrize("path", PATHS)
def test_too_large(api: Api, path: str) -> None:
    at_most = b'{"a":"' + b"x" * (65_536 - 8) + b'"}'
    assert api.send("POST", path, at_most).content == BAD_KEY
    response = api.send("POST", path, at_most + b" ")
    assert refused(response) == {"status": 413, "code": "too_large"}


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/xml", "é"])
def test_unsupported_media_type(api: Api, kind: str) -> None:
    for path in PATHS:
        response = api.send("POST", path, b"{}", content_type=kind)
        assert refused(response) == {"status": 415, "code": "unsupported_media_type"}


@pytest.mark.parametrize(
    ("name", "field"),
    [(name, field) for name, fields in BODIES.items() for field in fields] + [("query", "order_id")],
)
@pytest.mark.parametrize("value", WRONG)
def test_wrong_fields_are_named(api: Api, wallet: Wallet, name: str, field: str, value: object) -> None:
    fields = {**BODIES, "query": QUERY}[name]
    assert api.refusal(name, fields | {field: value}) == {
        "status": 400,
        "code": "invalid_param",
        "field": field,
    }
    assert nothing_happened()


@pytest.mark.parametrize("name", ["monitor", "deposit", "query"])
def test_missing_fields_are_named(api: Api, name: str) -> None:
    fields = {**BODIES, "query": QUERY}[name]
    for field in fields:
        kept = {each: value for each, value in fields.items() if each != field}
        assert api.refusal(name, kept)["field"] == field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("order_id", "x" * 65),
        ("address", "TXYZ1234567890ABCDEFG"),  # the seed's own example
        ("address", OTHER_ADDRESS.lower()),
        ("address", f" {OTHER_ADDRESS}"),
        ("address", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"),
        *(
            ("amount", each)
            for each in (0, -1, 0.0000001, 1e300, 10**17, "1e2", "NaN", "１", "1,5", " 1", "")
        ),
        ("amount", 1_000_000_000.000001),
        ("callback", "ftp://m.example/cb"),
        ("callback", "https://user:secret@m.example/cb"),
        ("callback", "https://[::1"),
        ("callback", "https://m.example:0/"),
        ("callback", "https://m.example/<"),
        ("callback", "https://m.example/" + "x" * 2048),
    ],
)
@pytest.mark.parametrize("is_known", [False, True])
def test_wrong_values_are_named_before_the_order_id_is_looked_up(
    api: Api, wallet: Wallet, field: str, value: object, is_known: bool
) -> None:
    if is_known:
        told(api.post("deposit", DEPOSIT))
    refusal = api.refusal("deposit", DEPOSIT | {field: value})
    assert refusal == {"status": 400, "code": "invalid_param", "field": field}
    assert nothing_happened() or is_known


@pytest.mark.parametrize("value", ["yesterday", "2026-03-01 20:00", "1772366400", "２０２６-03-01 20:00:00"])
def test_what_is_no_time_is_named_before_the_order_id_is_looked_up(api: Api, value: str) -> None:
    told(api.post("monitor", MONITOR))
    for field in ("start_time", "end_time"):
        refusal = api.refusal("monitor", MONITOR | {field: value})
        assert refusal == {"status": 400, "code": "invalid_param", "field": field}


def test_the_order_of_the_checks(api: Api, wallet: Wallet) -> None:
    """One request with every fault, mended one by one."""
    stranger = Api("nobody's")
    past = {"start_time": "2020-01-01 00:00:00", "end_time": "2020-01-01 01:00:00"}
    foreign = MONITOR["address"]
    assert refused(stranger.send("POST", PATHS[1], b"{"))["code"] == "invalid_json"
    assert stranger.refusal("deposit", {})["code"] == "invalid_apikey"
    assert api.refusal("deposit", {"address": foreign})["code"] == "invalid_param"
    told(api.post("monitor", MONITOR))
    assert api.refusal("monitor", MONITOR | past)["code"] == "order_conflict"
    assert api.refusal("deposit", DEPOSIT | {"order_id": "M-1001"})["code"] == "order_conflict"
    assert api.refusal("monitor", MONITOR | past | {"order_id": "M-2"})["field"] == "end_time"
    taken = DEPOSIT | {"address": foreign}
    assert api.refusal("deposit", taken)["code"] == "address_not_found"
    Wallet.objects.update(address=foreign)
    assert api.refusal("deposit", taken)["code"] == "window_overlap"


def test_the_query_knows_only_the_merchants_own(api: Api, other_api: Api) -> None:
    not_found = {"status": 404, "code": "order_not_found"}
    assert api.refusal("query", QUERY) == not_found
    told(api.post("monitor", MONITOR))
    assert other_api.refusal("query", QUERY) == not_found
    assert other_api.refusal("query", {"Ordersn": Order.objects.get().number}) == not_found


def test_a_rate_limit_for_each_key(api: Api, other_api: Api, merchant: Merchant) -> None:
    ApiCredential.objects.filter(merchant=merchant).update(requests_per_minute=3)
    for _ in range(3):
        told(api.post("monitor", MONITOR))
    response = api.post("monitor", MONITOR)
    assert refused(response) == {"status": 429, "code": "rate_limited"}
    assert response.headers["Retry-After"] == "60"
    told(other_api.post("monitor", MONITOR | {"amount": 5}))


def test_a_limit_of_failures_for_each_address(api: Api, settings: Settings) -> None:
    settings.API_FAILURES_PER_MINUTE = 2
    stranger = Api("nobody's")
    answers = [stranger.post("monitor", MONITOR) for _ in range(3)]
    assert [each.status_code for each in answers] == [401, 401, 429]
    assert refused(answers[2]) == {"status": 429, "code": "rate_limited"}
    assert answers[2].headers["Retry-After"] == "60"
    assert stranger.from_ip("192.0.2.7").post("monitor", MONITOR).status_code == 401
    told(api.post("monitor", MONITOR))


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "NONSENSE"])
@pytest.mark.parametrize("path", PATHS)
def test_other_methods(api: Api, path: str, method: str) -> None:
    if (method, path) == ("GET", PATHS[2]):
        assert api.send(method, path, X_Api_Key=api.apikey).status_code == 400
        return
    response = api.send(method, path, b"{}")
    assert response.status_code == 405
    assert response.headers["Allow"] == ("POST, GET" if path == PATHS[2] else "POST")
    if method != "HEAD":
        assert refused(response) == {"status": 405, "code": "method_not_allowed"}


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/nothing",
        "/monitor/x",
        "/monitor//",
        "/Monitor",
        "/monitor%0a",
        "/%ff",
        "/%00",
        "/a/../monitor",
    ],
)
def test_unknown_paths(api: Api, path: str) -> None:
    for method in ("GET", "POST"):
        response = api.send(method, f"/api/orders{path}", b"{}" if method == "POST" else b"")
        assert refused(response) == {"status": 404, "code": "unknown_path"}


def test_without_a_price_nothing_can_be_placed(api: Api) -> None:
    TariffRate.objects.filter(dialect="crossingpay").delete()
    response = Client().post("/api/orders/monitor", {"apikey": api.apikey, **MONITOR}, JSON_UTF8)
    assert refused(response) == {"status": 503, "code": "unavailable"}
    assert nothing_happened()


def test_a_database_that_does_not_answer(api: Api) -> None:
    def out_of_order(execute: object, sql: str, *_: object) -> Any:
        raise OperationalError("server closed the connection")

    with connection.execute_wrapper(out_of_order):
        response = Client().post("/api/orders/monitor", {"apikey": api.apikey, **MONITOR}, JSON_UTF8)
    assert refused(response) == {"status": 503, "code": "unavailable"}
    assert response.headers["Retry-After"] == "1"
    assert b"server closed" not in response.content


def test_a_fault_of_ours(api: Api, settings: Settings) -> None:
    """The ring in the environment is not the one that sealed the keys."""
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    response = Client().post("/api/orders/monitor", {"apikey": api.apikey, **MONITOR}, JSON_UTF8)
    assert refused(response) == {"status": 500, "code": "internal"}
    assert response.headers["Content-Type"] == JSON_UTF8
