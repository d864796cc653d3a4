import json
from typing import Any

import pytest

from providers.base import InboundCallback, Progress, State
from providers.errors import CallbackRefused
from providers.itrx import wire

SERIAL = "886294f5204ac2fc1430f5a7d9215a80"
ADDRESS = "TExWKszFWYTKZH8LYiovAPKzS3L9MLZ4kw"


def body(**changes: Any) -> bytes:
    """A good callback with some fields changed; `...` removes one."""
    fields = {
        "active_hash": "",
        "amount": 4_000_000,
        "bandwidth_hash": None,
        "energy_amount": 65000,
        "out_trade_no": "S1",
        "pay_amount": 65000,
        "receive_address": ADDRESS,
        "serial": SERIAL,
        "source": "api",
        "status": 40,
        "txid": "ab" * 32,
        "type": "energy",
    } | changes
    return json.dumps({name: value for name, value in fields.items() if value is not ...}).encode()


def test_success_to_send() -> None:
    assert (
        wire.callback_body(
            serial=SERIAL,
            succeeded=True,
            receive_address=ADDRESS,
            energy=65000,
            delegated_energy=65000.0,
            amount_sun=4_000_000,
            duration_hours=1,
            out_trade_no="123456",
            txid="26",
        )
        == b'{"active_hash":"","amount":4000000,"bandwidth_hash":null,"energy_amount":65000,'
        b'"out_trade_no":"123456","pay_amount":65000,"period":"1H",'
        b'"receive_address":"TExWKszFWYTKZH8LYiovAPKzS3L9MLZ4kw","serial":"886294f5204ac2fc1430f5a7d9215a80",'
        b'"source":"api","status":40,"txid":"26","type":"energy"}'
    )


def test_failure_to_send() -> None:
    assert (
        wire.callback_body(
            serial=SERIAL,
            succeeded=False,
            receive_address=ADDRESS,
            energy=32000,
            delegated_energy=0,
            amount_sun=3_800_000,
            duration_hours=72,
            active_hash=None,
            bandwidth_hash="5e",
            source="count_delegate",
        )
        == b'{"active_hash":null,"amount":3800000,"bandwidth_hash":"5e","energy_amount":32000,'
        b'"out_trade_no":null,"pay_amount":0,"period":"3D",'
        b'"receive_address":"TExWKszFWYTKZH8LYiovAPKzS3L9MLZ4kw","serial":"886294f5204ac2fc1430f5a7d9215a80",'
        b'"source":"count_delegate","status":41,"txid":null,"type":"energy"}'
    )


def test_fractional_energy_and_other_scripts_to_send() -> None:
    sent = wire.callback_body(
        serial=SERIAL,
        succeeded=True,
        receive_address=ADDRESS,
        energy=32000,
        delegated_energy=32170.005048646104,
        amount_sun=1,
        duration_hours=24,
        out_trade_no="заказ-1",
    )
    assert b'"pay_amount":32170.005048646104,' in sent
    assert rb'"out_trade_no":"\u0437\u0430\u043a\u0430\u0437-1"' in sent


def test_reads_what_is_sent() -> None:
    sent = wire.callback_body(
        serial=SERIAL,
        succeeded=True,
        receive_address=ADDRESS,
        energy=32000,
        delegated_energy=32170.5,
        amount_sun=3_800_000,
        duration_hours=1,
        out_trade_no="S1",
        txid="aa",
        active_hash="bb",
        bandwidth_hash="cc",
    )
    assert wire.read_callback(sent, used_previous=True) == InboundCallback(
        request_id="S1",
        used_previous=True,
        progress=Progress(
            state=State.SUCCEEDED,
            upstream_id=SERIAL,
            upstream_status="40",
            address=ADDRESS,
            energy=32000,
            cost_sun=3_800_000,
            txid="aa",
            active_hash="bb",
            bandwidth_hash="cc",
        ),
    )


def test_reads_the_vector_with_nulls(vectors: dict[str, Any]) -> None:
    assert wire.read_callback(vectors["V8"].sent) == InboundCallback(
        request_id="",
        progress=Progress(
            state=State.FAILED,
            upstream_id=SERIAL,
            upstream_status="41",
            address=ADDRESS,
            energy=32000,
            txid="2610c200efc8a90601758715405fa6be4597469e854591975d113b720a762ec2",
        ),
    )


@pytest.mark.parametrize("name", ["V7a", "V7b"])
def test_reads_the_documented_callback(name: str, vectors: dict[str, Any]) -> None:
    found = wire.read_callback(vectors[name].sent)
    assert found.request_id == "123456"
    assert found.progress
    assert found.progress.state is State.SUCCEEDED
    assert found.progress.bandwidth_hash == "5e342a821de72542d7b341039c34af631d0551cfcd4b67c272"


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "40"},
        {"status": 40.0},
        {"status": True},
        {"status": None},
        {"status": ...},
        {"serial": None},
        {"serial": ""},
        {"serial": ...},
        {"serial": 5},
        {"serial": "x" * 1000},
        {"out_trade_no": 123456},
        {"out_trade_no": "a\nb"},
        {"energy_amount": -1},
        {"energy_amount": 65000.5},
        {"amount": 10**30},
        {"amount": "4000000"},
        {"receive_address": ["T"]},
        {"txid": {}},
        {"active_hash": 0},
        {"bandwidth_hash": False},
        {"type": 1},
    ],
)
def test_wrong_types_are_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(CallbackRefused) as refused:
        wire.read_callback(body(**changes))
    assert refused.value.reason == "malformed"


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"<html>", b'{"a":1,"a":1}', b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_malformed(raw: bytes) -> None:
    with pytest.raises(CallbackRefused) as refused:
        wire.read_callback(raw)
    assert refused.value.reason == "malformed"


def test_another_type_is_unsupported() -> None:
    with pytest.raises(CallbackRefused) as refused:
        wire.read_callback(body(type="bandwidth"))
    assert refused.value.reason == "unsupported"


def test_an_old_sender_without_amount_and_type() -> None:
    found = wire.read_callback(body(amount=..., type=...))
    assert found.progress
    assert found.progress.cost_sun is None


def test_an_unknown_status_is_polled_further() -> None:
    found = wire.read_callback(body(status=50))
    assert found.progress
    assert found.progress.state is State.PENDING


def test_retries_span_what_is_documented() -> None:
    assert sum(wire.RETRY_DELAYS_SECONDS) == 3840
