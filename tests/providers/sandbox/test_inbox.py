"""The merchant's inbox judges by the published vectors and answers as told."""

import json
import secrets
import time

import pytest

from tests.providers.sandbox.callers import TIMEOUT_SECONDS, session
from tests.sandbox_process import SandboxProcess

ADDRESS = "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE"
TXID = "2610c200efc8a90601758715405fa6be4597469e854591975d113b720a762ec2"
V2A = {"address": ADDRESS, "amount": "100.29", "txid": TXID, "timestamp": "1746253800"}
V2B = {
    "Address": ADDRESS,
    "Amount": "100.29",
    "OrderID": "202505140000001259",
    "SystemOrderID": "202505140000001015",
    "Txid": TXID,
    "Status": 1,
    "Timestamp": "1746253800",
}
G3, G6, G7 = (
    "56a5b5b37d934a0f802ee4c23e42f1d7",
    "493aa6f7307895015c51f15b116c6516",
    "b8c23fe2aa49137a4184ff991b74b49f",
)
G8, G9 = "e56e3dd6ed8a1245ec347cf2888f7a9c", "399c911c088680f460f090f7f603f1e2"
H1 = "v1,GaaBlm7W53ZSEsO0dYHogPi8sUYltPbcUeRadkGvC+8="
V7A = (
    '{"active_hash":"","bandwidth_hash":"5e342a821de72542d7b341039c34af631d0551cfcd4b67c272","energy_amount":32000,'
    '"out_trade_no":"123456","pay_amount":32170.005048646104,"receive_address":"TExWKszFWYTKZH8LYiovAPKzS3L9MLZ4kw",'
    '"serial":"886294f5204ac2fc1430f5a7d9215a80","source":"api","status":40,'
    '"txid":"2610c200efc8a90601758715405fa6be4597469e854591975d113b720a762ec2","type":"energy"}'
)
V7A_SIGNATURE = "9816cfcba7a8a85b6a0da00887764230de5cfe48faba0139c169cfc825b807bc"
ITRX_SECRET = "0285A2741D0E76E2E187260EB23E51851D48403A756333E7D0CF845406ABF3E8"


@pytest.fixture
def name(sandbox: SandboxProcess) -> str:
    """An inbox that knows the vectors' keys."""
    name = f"vectors-{secrets.token_hex(4)}"
    sandbox.inbox_keys(name, "crossingpay", "yourapikeyKey123", "crossingpay-test-secret-32bytes!")
    sandbox.inbox_keys(name, "itrx", "B433BFF1CDE7450AA38A56BEAC690DD4", ITRX_SECRET)
    return name


def verdict(sandbox: SandboxProcess, name: str, body: bytes, **headers: str) -> str:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    answer = session().post(f"{sandbox.url}/inbox/{name}", data=body, headers=named, timeout=TIMEOUT_SECONDS)
    assert answer.status_code == 200
    return str(sandbox.inbox(name)[0]["verdict"])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (V2A | {"sign": G3}, "valid"),
        (V2A | {"sign": G6}, "bad_signature"),
        (V2A | {"sign": G7}, "bad_signature"),
        (V2A | {"sign": G3, "amount": "100.3"}, "bad_signature"),
        (V2B | {"Sign": G8}, "valid"),
        (V2B | {"Sign": G9}, "valid"),
        (V2B | {"Sign": G9, "Status": 0}, "bad_signature"),
        ({"hello": "world"}, "malformed"),
        ([], "malformed"),
    ],
)
def test_crossingpay_vectors(sandbox: SandboxProcess, name: str, body: object, expected: str) -> None:
    assert verdict(sandbox, name, json.dumps(body).encode()) == expected


def test_the_extra_header_must_hold_too(sandbox: SandboxProcess, name: str) -> None:
    body = json.dumps(V2A | {"sign": G3}, separators=(",", ":")).encode()
    signed = {"webhook_id": "msg_0001", "webhook_timestamp": "1746253860", "webhook_signature": H1}
    assert verdict(sandbox, name, body, **signed) == "valid"
    assert verdict(sandbox, name, body, **signed | {"webhook_signature": f"v1,AAAA {H1}"}) == "valid"
    assert verdict(sandbox, name, body, **signed | {"webhook_id": "msg_0002"}) == "bad_signature"


def test_itrx_vectors(sandbox: SandboxProcess, name: str) -> None:
    """The vector is years old, so that a right signature is stale."""
    old = {"TIMESTAMP": "1700000010", "SIGNATURE": V7A_SIGNATURE}
    assert verdict(sandbox, name, V7A.encode(), **old) == "stale"
    assert verdict(sandbox, name, V7A.replace("40", "41").encode(), **old) == "bad_signature"
    now = str(int(time.time()))
    assert verdict(sandbox, name, V7A.encode(), **old | {"TIMESTAMP": now}) == "bad_signature"


def test_an_inbox_without_keys_says_so(sandbox: SandboxProcess) -> None:
    body = json.dumps(V2A | {"sign": G3}).encode()
    assert verdict(sandbox, "no-keys", body) == "no_key"
    headers = {"TIMESTAMP": "1700000010", "SIGNATURE": V7A_SIGNATURE}
    assert verdict(sandbox, "no-keys", V7A.encode(), **headers) == "no_key"


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"{", b'{"a":1,"a":2}', b'{"sign":null}', b"<p>" * 1000])
def test_rubbish_is_kept_and_malformed(sandbox: SandboxProcess, name: str, body: bytes) -> None:
    assert verdict(sandbox, name, body) == "malformed"


def test_a_forgery_does_not_make_the_real_one_a_repetition(sandbox: SandboxProcess, name: str) -> None:
    verdict(sandbox, name, json.dumps(V2A | {"sign": G7}).encode())
    verdict(sandbox, name, json.dumps(V2A | {"sign": G3}).encode())
    verdict(sandbox, name, json.dumps(V2A | {"sign": G3}).encode())
    third, second, first = sandbox.inbox(name)
    assert (first["duplicate_of"], second["duplicate_of"], third["duplicate_of"]) == (
        None,
        None,
        second["id"],
    )


def test_keys_in_headers_are_not_kept(sandbox: SandboxProcess, name: str) -> None:
    verdict(sandbox, name, V7A.encode(), API_KEY="A-KEY-THAT-IS-SECRET", TIMESTAMP="1", SIGNATURE="x")
    headers = sandbox.inbox(name)[0]["headers"]
    assert headers["api-key"] == "…CRET"


def test_the_page_shows_markup_as_text(sandbox: SandboxProcess, name: str) -> None:
    verdict(sandbox, name, b"<script>alert(1)</script>", X_Trick="<img src=x>")
    page = session().get(f"{sandbox.url}/inbox/{name}", timeout=TIMEOUT_SECONDS)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "<script>alert" not in page.text
    assert "<img" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
