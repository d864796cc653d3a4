"""The vectors are those of the wire specification; bodies are exact, without a trailing newline."""

import pytest

from providers.tronzap.wire import auth_headers, read_bearer, sign, signature_ok

SEED = '"address":"TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE","energy_amount":32000,"duration":1'
VECTORS = [
    pytest.param(
        "sec-test", 2, "{}", "8a9d56531a7e15fc9369bd8893c1e5a1c090fd0b7e242afb327695df1061776e", id="V1"
    ),
    pytest.param(
        "your_api_secret",
        148,
        '{"external_id":"my-external-id-123","service":"energy","params":{' + SEED + "}}",
        "644a2006a48049ee9385afb59127235f8f92e64690d75e83fa1b7c98b94a5107",
        id="V2",
    ),
    pytest.param(
        "your_api_secret",
        158,
        '{"external_id": "my-external-id-123", "service": "energy", "params": {"address":'
        ' "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE", "energy_amount": 32000, "duration": 1}}',
        "95450aad74daa89f8d41e6cb816a3d67c3c5b95318d08183d103475249c496f3",
        id="V2b",
    ),
    pytest.param(
        "sëcret",
        147,
        '{"service":"energy","params":{"address":"TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE",'
        '"amounts":{"energy":65000},"duration":1},"external_id":"заказ-1"}',
        "edb4d46f4020df9d1493e13f347dfdd0a13542fccf4c361503556593dcd27220",
        id="V3",
    ),
    pytest.param(
        "sëcret",
        178,
        '{"service": "energy", "params": {"address": "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE",'
        ' "amounts": {"energy": 65000}, "duration": 1},'
        r' "external_id": "\u0437\u0430\u043a\u0430\u0437-1"}',
        "d29a595ace6be09b58d74bf12748e1e20459624227f9744f227dcf4a7c8bd0e9",
        id="V3b",
    ),
    pytest.param(
        "your_api_secret",
        139,
        '{\n"external_id": "my-external-id-123",\n"service": "energy",\n"params": {\n'
        '"address": "TRX_ADDRESS",\n"energy_amount": 32000,\n"duration": 1\n}\n}',
        "74dfaf8efec039645a49cac2a2ec3da02315aedb17dac80e0a063968ca8ae176",
        id="V4",
    ),
    pytest.param(
        "sec-test", 2, "[]", "de9940acb9dede088afe721c338c1b59ade604ca4b292e5aec3dbe5611e344ac", id="V5"
    ),
    pytest.param(
        "sec-test", 0, "", "0ea3dbe57960f6184c9e917bd75c32306c1fcb301d65543c41e153ba0a53e857", id="V6"
    ),
]


@pytest.mark.parametrize(("secret", "length", "body", "signature"), VECTORS)
def test_vectors(secret: str, length: int, body: str, signature: str) -> None:
    raw = body.encode()
    assert len(raw) == length
    assert sign(raw, secret) == signature
    assert signature_ok(raw, secret, signature)
    assert signature_ok(raw, secret, signature.upper())


@pytest.mark.parametrize(
    "signature", ["", "0" * 64, sign(b"{}", "other"), "é" * 64, "\ud800", sign(b"{}", "s") + "0"]
)
def test_other_signatures_are_refused(signature: str) -> None:
    assert not signature_ok(b"{}", "s", signature)


def test_headers() -> None:
    assert auth_headers("tok-test", "sec-test", b"{}") == {
        "Authorization": "Bearer tok-test",
        "X-Signature": "8a9d56531a7e15fc9369bd8893c1e5a1c090fd0b7e242afb327695df1061776e",
        "Content-Type": "application/json",
        "Accept": "application/json",
    }


@pytest.mark.parametrize(
    ("header", "token"),
    [("Bearer tok-test", "tok-test"), ("bearer tok", "tok"), ("", ""), ("tok-test", ""), ("Basic dG9r", "")],
)
def test_bearer(header: str, token: str) -> None:
    assert read_bearer(header) == token
