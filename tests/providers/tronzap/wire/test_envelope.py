import json
from decimal import Decimal

import pytest

from providers.tronzap.wire import (
    ERRORS,
    HTTP_ERRORS,
    Envelope,
    Unreadable,
    dump,
    error_body,
    json_trx,
    not_found_body,
    read_envelope,
    read_parameters,
    success_body,
)

REQUEST_ID = "99d8b507-0bca-4d5a-9542-cc2a2f2e3639"


def test_the_documented_refusal_of_a_bad_key() -> None:
    assert json.loads(error_body(1, REQUEST_ID)) == {
        "code": 1,
        "key": "auth",
        "request_id": REQUEST_ID,
        "error": "Incorrect token or signature",
    }


def test_sub_keys_and_own_texts() -> None:
    body = json.loads(error_body(10, REQUEST_ID, sub_key="from_address", error="Bad sender"))
    assert (body["key"], body["error"]) == ("invalid_tron_address.from_address", "Bad sender")
    assert json.loads(not_found_body(REQUEST_ID))["key"] == "subscription_not_found.transaction"


@pytest.mark.parametrize("code", [*ERRORS, *HTTP_ERRORS])
def test_every_code_has_a_body(code: int) -> None:
    assert read_envelope(error_body(code, REQUEST_ID)).code == code


def test_money_leaves_as_exact_json_numbers() -> None:
    result = {
        "amount": json_trx(3_400_000),
        "price": json_trx(100_000_000),
        "tiny": json_trx(1),
        "hash": None,
    }
    assert success_body(result, REQUEST_ID) == (
        b'{"code":0,"request_id":"99d8b507-0bca-4d5a-9542-cc2a2f2e3639",'
        b'"result":{"amount":3.4,"price":100,"tiny":0.000001,"hash":null}}'
    )


def test_large_money_keeps_every_digit() -> None:
    assert dump([json_trx(12_345_678_901_234_567)]) == b"[12345678901.234567]"


@pytest.mark.parametrize(
    "value",
    [{}, [], {"a": [1, True, False, None, 'é"\n<'], "б": {"c": -1}}, "x", 0],
)
def test_what_is_dumped_reads_back(value: object) -> None:
    assert json.loads(dump(value)) == value


def test_floats_are_refused() -> None:
    with pytest.raises(TypeError):
        dump({"amount": 3.4})


def test_bodies_are_compact_and_raw() -> None:
    assert dump({"external_id": "заказ-1", "amounts": {"energy": 65000}}) == (
        '{"external_id":"заказ-1","amounts":{"energy":65000}}'.encode()
    )


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b" [ ] "])
def test_empty_requests(body: bytes) -> None:
    assert read_parameters(body) == {}


def test_requests_with_any_white_space() -> None:
    assert read_parameters(b'{\n"a" :\t1.50\n}') == {"a": Decimal("1.50")}


@pytest.mark.parametrize("body", [b"x", b"[1]", b"null", b'"a"', b'{"a":1,"a":2}', b"\xff", b"{"])
def test_bad_requests(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_parameters(body)


def test_answers_without_a_request_id_are_read() -> None:
    assert read_envelope(b'{"code":0,"result":{"id":"x"}}') == Envelope(0, "", {"id": "x"})


@pytest.mark.parametrize(
    ("key", "read"),
    [
        ("auth", "auth"),
        ("invalid_tron_address.from_address", "invalid_tron_address.from_address"),
        ("", ""),
        (None, ""),
        (["x"], ""),
        ("<b>", ""),
        ("x" * 41, ""),
        ("a\n", ""),
    ],
)
def test_only_a_key_is_read_as_one(key: object, read: str) -> None:
    assert read_envelope(dump({"code": "10", "key": key, "error": "?"})) == Envelope(10, read, None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"<html>",
        b"{}",
        b'{"code":null}',
        b'{"code":""}',
        b'{"code":true}',
        b'{"code":"x"}',
    ],
)
def test_what_is_no_answer(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_envelope(body)
