import json
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.masking import LONGEST_BODY, LONGEST_HEADER, MASK, mask_body, mask_headers, mask_text

SECRET = 'aB3/+=é"\\-secret'


@pytest.mark.parametrize(
    "name",
    [
        "API-KEY",
        "Authorization",
        "SIGNATURE",
        "X-Signature",
        "Cookie",
        "Set-Cookie",
        "x-api-key",
        "webhook-signature",
    ],
)
def test_headers_that_carry_secrets_are_masked_whole(name: str) -> None:
    assert mask_headers({name: "value", "TIMESTAMP": "17"}) == {name: MASK, "TIMESTAMP": "17"}


def test_other_headers_lose_only_the_secret() -> None:
    assert mask_headers({"X-Echo": "id=k3y!"}, ["k3y"]) == {"X-Echo": f"id={MASK}!"}
    assert len(mask_headers({"X-Long": "a" * 100_000})["X-Long"]) == LONGEST_HEADER


@pytest.mark.parametrize(
    "name",
    [
        "apikey",
        "apiKey",
        "api_key",
        "API-KEY",
        "secret",
        "api_secret",
        "sign",
        "Sign",
        "token",
        "access_token",
        "password",
    ],
)
@pytest.mark.parametrize("value", ["plain", 'with "quotes" and \\', "é\u2028", "", 12345, None, True])
def test_json_fields_are_masked_at_any_depth(name: str, value: object) -> None:
    body = json.dumps({"a": [{"b": {name: value, "amount": "1"}}], "last": 2}).encode()
    masked = json.loads(mask_body(body, ()))
    assert masked == {"a": [{"b": {name: MASK, "amount": "1"}}], "last": 2}


@pytest.mark.parametrize(
    "text", ['{"key":"auth","code":1}', '{"signature_type":"md5"}', '{"design":"x"}', '{"signature":["9a"]}']
)
def test_other_json_is_left_alone(text: str) -> None:
    expected = text if "design" not in text else text.replace('"x"', f'"{MASK}"')
    assert mask_text(text, ()) == expected


def test_a_field_that_the_end_cuts_off_is_masked() -> None:
    assert mask_text('{"a":1,"apikey":"abcdef', ()) == f'{{"a":1,"apikey":"{MASK}"'


def test_form_fields_are_masked_and_their_neighbours_stay() -> None:
    form = urlencode({"order_id": "M-1", "apikey": SECRET, "amount": "1.5"})
    assert mask_text(form, ()) == f"order_id=M-1&apikey={MASK}&amount=1.5"
    body = '{"url":"https://shop.example/cb?token=abc","amount":"1"}'
    assert mask_text(body, ()) == f'{{"url":"https://shop.example/cb?token={MASK}","amount":"1"}}'


@given(st.text(min_size=8, max_size=40).filter(lambda text: text.strip(" *") and "\x00" not in text))
def test_a_secret_is_found_however_it_is_written(secret: str) -> None:
    secret = secret.encode("utf-8", errors="replace").decode()
    for written in (
        secret,
        json.dumps(secret),
        json.dumps(secret, ensure_ascii=False),
        quote(secret),
        quote(secret, safe=""),
        urlencode({"x": secret}),
    ):
        core = written.strip('"').removeprefix("x=")
        assert core not in mask_text(f"before {written} after", [secret])


def test_the_longer_of_two_secrets_goes_first() -> None:
    assert mask_text("abcdef abc", ["abc", "abcdef"]) == f"{MASK} {MASK}"


def test_no_secret_means_no_change() -> None:
    assert mask_text("some text", ["", ""]) == "some text"


def test_a_body_is_bounded_after_masking() -> None:
    body = b"x" * (LONGEST_BODY - 4) + b"s3cret-s3cret" + b"y" * 100
    masked = mask_body(body, ["s3cret-s3cret"])
    assert len(masked) == LONGEST_BODY
    assert masked.endswith("x" + MASK)


@given(st.binary(max_size=200))
def test_any_bytes_become_text_that_a_database_takes(body: bytes) -> None:
    text = mask_body(body, ["k3y"])
    assert "\x00" not in text
    text.encode()


def test_a_surrogate_in_a_header_is_replaced() -> None:
    assert mask_headers({"X\x00": "a\ud800\x00"}) == {
        "X\N{REPLACEMENT CHARACTER}": "a?\N{REPLACEMENT CHARACTER}"
    }
