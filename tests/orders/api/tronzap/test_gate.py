"""Who is let in, and how everybody else is told no (specs/tronzap.md sections 1, 2, 4 and 10)."""

import json
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from orders.models import ApiCredential, Merchant
from orders.services import rotation
from providers import keyring
from providers.base import KeyPair
from providers.tronzap.wire import sign
from tests.orders.api.tronzap.conftest import Api, nothing_happened, told
from tests.providers.tronzap.wire.test_signing import VECTORS

AUTH = b'{"code":1,"key":"auth","request_id":"","error":"Incorrect token or signature"}'
SIGNED = (
    *("services", "balance", "address-info", "estimate-energy", "calculate"),
    *("transaction/new", "transaction/check"),
    *("aml-checks", "aml-checks/new", "aml-checks/check", "aml-checks/history"),
    *("subscriptions", "subscriptions/history"),
    *("subscription/start", "subscription/check", "subscription/stop"),
)
ALL = (*SIGNED, "direct-recharge-info")
HOUR = timedelta(hours=1)


def without_id(body: bytes) -> bytes:
    found = re.search(rb'"request_id":"([0-9a-f-]{36})"', body)
    assert found
    assert uuid.UUID(found[1].decode()).version == 4
    return body.replace(found[1], b"")


@pytest.fixture
def keyed(merchant: Merchant, tariff: None) -> Callable[[str], Api]:
    """A caller whose secret is given."""

    def make(secret: str) -> Api:
        pair = KeyPair("tok-test", secret)
        ApiCredential.objects.create(
            merchant=merchant,
            dialect="tronzap",
            key_hint="test",
            key_digest=keyring.digest(pair.key),
            sealed_key=keyring.seal(pair.key),
            sealed_secret=keyring.seal(pair.secret),
            created_at=timezone.now(),
        )
        return Api(pair)

    return make


@pytest.mark.parametrize(("secret", "length", "body", "signature"), VECTORS)
@pytest.mark.parametrize("case", [str.lower, str.upper])
def test_each_signature_vector_opens_the_gate(
    keyed: Callable[[str], Api],
    secret: str,
    length: int,
    body: str,
    signature: str,
    case: Callable[[str], str],
) -> None:
    response = keyed(secret).post("services", body.encode(), **{"X-Signature": case(signature)})
    assert told(response)["code"] == 0


@pytest.mark.parametrize(("secret", "length", "body", "signature"), VECTORS)
def test_a_signature_of_other_bytes_does_not(
    keyed: Callable[[str], Api], secret: str, length: int, body: str, signature: str
) -> None:
    response = keyed(secret).post("services", body.encode() + b" ", **{"X-Signature": signature})
    assert (response.status_code, without_id(response.content)) == (200, AUTH)


def wrong_secret(api: Api, credential: ApiCredential) -> Any:
    return Api(KeyPair(api.pair.key, "other"))


def unknown_token(api: Api, credential: ApiCredential) -> Any:
    return Api(KeyPair("unknown", api.pair.secret))


def disabled_merchant(api: Api, credential: ApiCredential) -> Any:
    Merchant.objects.update(enabled=False)
    return api


def revoked(api: Api, credential: ApiCredential) -> Any:
    rotation.revoke(credential, now=timezone.now())
    return api


def expired(api: Api, credential: ApiCredential) -> Any:
    rotation.rotate(credential, grace=HOUR, now=timezone.now() - 2 * HOUR)
    return api


def refused_address(api: Api, credential: ApiCredential) -> Any:
    ApiCredential.objects.update(allowed_networks=["192.0.2.0/24"])
    return api


def other_dialect(api: Api, credential: ApiCredential) -> Any:
    return Api(rotation.open_pair(rotation.issue(credential.merchant, "itrx", now=timezone.now()).credential))


def empty_token(api: Api, credential: ApiCredential) -> Any:
    return Api(KeyPair("", api.pair.secret))


STRANGERS = [
    wrong_secret,
    unknown_token,
    disabled_merchant,
    revoked,
    expired,
    refused_address,
    other_dialect,
    empty_token,
]


@pytest.mark.parametrize("become", STRANGERS)
@pytest.mark.parametrize("path", SIGNED)
def test_strangers_cannot_be_told_apart(
    api: Api,
    tronzap_credential: ApiCredential,
    become: Callable[[Api, ApiCredential], Api],
    path: str,
    settings: Settings,
) -> None:
    stranger = become(api, tronzap_credential)
    response = stranger.post(path, b"{}")
    assert (response.status_code, without_id(response.content)) == (200, AUTH)
    assert dict(response.headers) == dict(Api(KeyPair("nobody", "s")).post(path, b"{}").headers)
    assert nothing_happened()


@pytest.mark.parametrize("header", ["Authorization", "X-Signature"])
@pytest.mark.parametrize("value", ["", "é", "Basic abc", "Bearer", "x" * 5000])
def test_a_bad_header_is_no_key(api: Api, header: str, value: str) -> None:
    assert without_id(api.post("balance", **{header: value}).content) == AUTH


def test_the_body_of_a_stranger_is_not_read(api: Api) -> None:
    assert without_id(wrong_secret(api, None).post("balance", b"{").content) == AUTH  # type: ignore[arg-type]


def test_both_pairs_work_until_the_grace_ends(api: Api, tronzap_credential: ApiCredential) -> None:
    issued = rotation.rotate(tronzap_credential, grace=HOUR, now=timezone.now())
    assert api.result("balance") == Api(KeyPair(issued.key, issued.secret)).result("balance")
    ApiCredential.objects.filter(pk=tronzap_credential.pk).update(retires_at=timezone.now())
    assert api.refusal("balance") == (1, "auth")
    assert Api(KeyPair(issued.key, issued.secret)).result("balance")


def test_an_address_on_the_list_is_let_in(api: Api) -> None:
    ApiCredential.objects.update(allowed_networks=["192.0.2.0/24"])
    assert api.from_ip("192.0.2.7").result("balance")
    assert api.from_ip("192.0.3.7").refusal("balance") == (1, "auth")


def test_the_use_is_noted(api: Api) -> None:
    api.post("balance", **{"X-Signature": "0"})
    assert ApiCredential.objects.get().last_used_at is None
    api.result("balance")
    assert ApiCredential.objects.get().last_used_at is not None


def test_too_many_requests(api: Api) -> None:
    ApiCredential.objects.update(requests_per_minute=3)
    answers = [api.post("balance") for _ in range(20)]  # two minutes may be touched, hardly more
    limited = next(each for each in answers if each.status_code == 429)
    assert 1 <= int(limited.headers["Retry-After"]) <= 60
    assert without_id(limited.content) == (
        b'{"code":429,"key":"too_many_requests","request_id":"","error":"Too many requests"}'
    )


def test_too_many_failures_of_one_address(api: Api, settings: Settings) -> None:
    settings.API_FAILURES_PER_MINUTE = 3
    stranger = Api(KeyPair("unknown", "s"))
    answers = [stranger.post("balance") for _ in range(8)]
    assert {each.status_code for each in answers} == {200, 429}
    assert api.result("balance")
    assert stranger.from_ip("192.0.2.1").refusal("balance") == (1, "auth")


@pytest.mark.parametrize("path", ALL)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"])
def test_only_post(path: str, method: str) -> None:
    response = Client().generic(method, f"/v1/{path}")
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert response.headers["Content-Type"] == "application/json"
    if method != "HEAD":
        assert without_id(response.content) == (
            b'{"code":405,"key":"method_not_allowed","request_id":"","error":"Method not allowed"}'
        )


@pytest.mark.parametrize(
    "path",
    [
        *("/v1", "/v1/", "/v1/nothing", "/v1/services/", "/v1/energy/calculate", "/v1/transaction"),
        *(
            "/v1/a%0Ab",
            "/v1/%00",
            "/v1/..%2f",
            "/v1/" + "x" * 3000,
            "/v1/сервис",
            "/v1/orders",
            "/v1//services",
        ),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_path(path: str, method: str) -> None:
    response = Client(enforce_csrf_checks=True).generic(method, path)
    assert response.status_code == 404
    assert without_id(response.content) == (
        b'{"code":404,"key":"not_found","request_id":"","error":"Not found"}'
    )


@pytest.mark.parametrize("path", SIGNED)
def test_a_body_over_the_cap(api: Api, path: str) -> None:
    response = api.post(path, b"{" + b" " * 65_535 + b"}")
    assert response.status_code == 413
    assert without_id(response.content) == (
        b'{"code":413,"key":"payload_too_large","request_id":"","error":"Payload too large"}'
    )


def test_a_body_at_the_cap(api: Api) -> None:
    assert api.result("balance", b"{" + b" " * 65_534 + b"}")


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b" [\n] ", b"\t{ }\r\n"])
def test_bodies_that_mean_no_parameters(api: Api, body: bytes) -> None:
    assert api.result("services", body)


BAD_BODIES = {
    "not JSON": b"{",
    "spaces": b"  ",
    "a number": b"1",
    "null": b"null",
    "a text": b'"x"',
    "a list": b"[1]",
    "two values": b"{}{}",
    "duplicate keys": b'{"address":"a","address":"b"}',
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":-Infinity}',
    "a depth bomb": b'{"a":' + b"[" * 9000 + b"]" * 9000 + b"}",
    "a lone surrogate": b'{"a":"\\ud800"}',
    "not UTF-8": b'{"a":"\xff"}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a long number": b'{"a":' + b"9" * 5000 + b"}",
    "a huge exponent": b'{"a":1e999999999}',
    "a form": b"address=T&duration=1",
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES)
@pytest.mark.parametrize("path", SIGNED)
def test_bad_json_of_a_known_caller(api: Api, path: str, body: bytes) -> None:
    if body == BAD_BODIES["a huge exponent"]:
        # Reads as a number nobody asks for; endpoints that take no parameters answer.
        assert api.post(path, body).status_code == 200
    else:
        assert api.refusal(path, body) == (2, "invalid_service_or_params")
    assert nothing_happened()


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_the_signature_counts_and_not_the_content_type(api: Api, content_type: str) -> None:
    headers = {"Authorization": f"Bearer {api.pair.key}", "X-Signature": sign(b"{}", api.pair.secret)}
    response = Client().post("/v1/balance", b"{}", content_type=content_type, headers=headers)
    assert told(response)["code"] == 0


def test_a_fault_of_ours_is_told_in_the_dialect(api: Api, settings: Settings) -> None:
    ApiCredential.objects.update(sealed_secret="damaged")
    response = api.post("balance")
    assert response.status_code == 500
    assert without_id(response.content) == (
        b'{"code":500,"key":"internal_server_error","request_id":"","error":"Internal server error"}'
    )


def test_a_database_that_does_not_answer(api: Api) -> None:
    """Nobody knows whether a purchase was made, which 500 says in this dialect; the status asks for patience."""

    def out_of_order(*_: object) -> Any:
        raise OperationalError("database is locked")

    with connection.execute_wrapper(out_of_order):
        response = api.post("transaction/new", {"service": "energy"})
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert (told(response)["code"], told(response)["key"]) == (500, "internal_server_error")


@pytest.mark.parametrize(
    ("path", "body", "code", "status"),
    [
        ("balance", {}, 0, 200),
        ("address-info", {"address": "T"}, 10, 400),
        ("transaction/check", {"id": "0" * 32}, 20, 404),
        ("aml-checks", {}, 35, 503),
        ("nothing", {}, 404, 404),
    ],
)
def test_errors_may_have_a_status_of_their_own(
    api: Api, settings: Settings, path: str, body: dict[str, str], code: int, status: int
) -> None:
    settings.TRONZAP_ERROR_STATUS = True
    response = api.post(path, body)
    assert (told(response)["code"], response.status_code) == (code, status)
    wrong = api.post("balance", {}, **{"X-Signature": ""})
    assert (told(wrong)["code"], wrong.status_code) == (1, 401)


def test_each_answer_has_an_id_of_its_own(api: Api) -> None:
    answers = [
        json.loads(api.post(path).content)["request_id"] for path in ("balance", "nothing", "services") * 2
    ]
    assert len(set(answers)) == 6
