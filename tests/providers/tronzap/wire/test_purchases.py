import json
from typing import Any

import pytest

from providers import strict_json
from providers.base import Kind, Progress, ResourceRequest, State
from providers.tronzap.wire import (
    Unreadable,
    dump,
    external_id_of,
    purchase_body,
    read_transaction,
    resolve_amounts,
    state_of,
)

ADDRESS = "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE"


def request(kind: Kind, **fields: Any) -> ResourceRequest:
    return ResourceRequest(request_id="r-1", kind=kind, address=ADDRESS, **fields)


def transaction(**changes: Any) -> Any:
    """A transaction object as an answer's JSON gives it."""
    value = {
        "id": "01k33rz57drtqgqcedyn9tvk04",
        "external_id": "r-1",
        "service": "energy",
        "params": {"address": ADDRESS, "amounts": {"energy": 65000}, "duration": 1},
        "status": "new",
        "amount": 3.4,
        "created_at": "2026-08-07T10:42:12+00:00",
        "hash": None,
    } | changes
    return strict_json.loads(json.dumps(value).encode())


@pytest.mark.parametrize(
    ("asked", "body"),
    [
        (
            request(Kind.ENERGY, energy=65000),
            '{"service":"energy","params":{"address":"A","amounts":{"energy":65000},"duration":1},'
            '"external_id":"r-1"}',
        ),
        (
            request(Kind.COLLECT, energy=131000, activate=True, duration_hours=24),
            '{"service":"energy","params":{"address":"A","amounts":{"energy":131000},"duration":1,'
            '"activate_address":true},"external_id":"r-1"}',
        ),
        (
            request(Kind.BANDWIDTH, bandwidth=345),
            '{"service":"bandwidth","params":{"address":"A","amounts":{"bandwidth":345},"duration":1},'
            '"external_id":"r-1"}',
        ),
        (
            request(Kind.BUNDLE, energy=65000, bandwidth=345, duration_hours=24),
            '{"service":"resource_bundle","params":{"address":"A",'
            '"amounts":{"energy":65000,"bandwidth":345},"duration":24},"external_id":"r-1"}',
        ),
        (
            request(Kind.ACTIVATION, activate=True),
            '{"service":"activate_address","params":{"address":"A"},"external_id":"r-1"}',
        ),
    ],
)
def test_bodies_are_those_of_the_sdks(asked: ResourceRequest, body: str) -> None:
    assert dump(purchase_body(asked)).decode() == body.replace('"A"', f'"{ADDRESS}"')


@pytest.mark.parametrize(
    "asked",
    [
        request(Kind.ENERGY),
        request(Kind.COLLECT),
        request(Kind.ENERGY, energy=-1),
        request(Kind.BANDWIDTH, energy=65000),
        request(Kind.BUNDLE, energy=65000),
        request(Kind.MONITOR),
        ResourceRequest(request_id="", kind=Kind.ENERGY, address=ADDRESS, energy=65000),
    ],
)
def test_what_cannot_be_asked(asked: ResourceRequest) -> None:
    with pytest.raises(ValueError, match=r"TronZap|needs|look"):
        purchase_body(asked)


@pytest.mark.parametrize(
    ("params", "service", "amounts"),
    [
        ({"amounts": {"energy": 65000, "bandwidth": 345}}, "resource_bundle", (65000, 345)),
        ({"amounts": {"energy": 65000, "bandwidth": 345}}, "energy", (65000, 345)),
        ({"amounts": {"energy": "65000"}, "amount": 1, "energy_amount": 2}, "energy", (65000, 0)),
        ({"amount": 65000, "energy_amount": 2}, "energy", (65000, 0)),
        ({"amounts": [], "amount": 345}, "bandwidth", (0, 345)),
        ({"energy_amount": 32000}, "energy", (32000, 0)),
        ({"amount": None, "energy_amount": 32000}, "energy", (32000, 0)),
        ({}, "activate_address", (0, 0)),
    ],
)
def test_amounts_are_resolved_in_order(
    params: dict[str, Any], service: str, amounts: tuple[int, int]
) -> None:
    assert resolve_amounts(params, service) == amounts


@pytest.mark.parametrize(
    "params",
    [
        {"amounts": 5},
        {"amounts": {"energy": -1}},
        {"amount": "x"},
        {"energy_amount": True},
        {"amount": 10**30},
    ],
)
def test_amounts_of_wrong_types(params: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        resolve_amounts(params)


def test_a_new_transaction() -> None:
    assert read_transaction(transaction()) == Progress(
        state=State.PENDING,
        upstream_id="01k33rz57drtqgqcedyn9tvk04",
        upstream_status="new",
        address=ADDRESS,
        energy=65000,
        cost_sun=3_400_000,
    )


def test_the_older_shape_of_the_seed() -> None:
    raw = (
        b'{"id":"transaction_id","external_id":"my-external-id-123","params":{"address":"TRX_ADDRESS",'
        b'"energy_amount":32000,"duration":1},"status":"pending","amount":8.25,'
        b'"created_at":"2024-03-22T12:00:00Z"}'
    )
    progress = read_transaction(strict_json.loads(raw))
    assert (progress.energy, progress.cost_sun, progress.txid) == (32000, 8_250_000, "")
    assert progress.state is State.PENDING


def test_a_checked_transaction() -> None:
    progress = read_transaction(transaction(status="success", amount="3.40", hash="ab" * 32))
    assert (progress.state, progress.cost_sun, progress.txid) == (State.SUCCEEDED, 3_400_000, "ab" * 32)


def test_a_bundle_that_comes_back_as_energy() -> None:
    params = {"address": ADDRESS, "amounts": {"energy": 65000, "bandwidth": 345}, "duration": 1}
    assert read_transaction(transaction(params=params, amount=3.745)).energy == 65000


def test_bandwidth_and_activation_name_no_energy() -> None:
    bandwidth = transaction(service="bandwidth", params={"address": ADDRESS, "amount": 345})
    assert read_transaction(bandwidth).energy is None
    activation = transaction(service="activate_address", params={"address": ADDRESS}, amount="")
    assert read_transaction(activation).energy is None
    assert read_transaction(activation).cost_sun is None


def test_failure_says_nothing_of_a_refund() -> None:
    progress = read_transaction(transaction(status="failed"))
    assert (progress.state, progress.refund_sun) == (State.FAILED, None)


@pytest.mark.parametrize("status", ["processing", "SUCCESS", "refunded", "", "failed "])
def test_unknown_statuses_stay_open(status: str) -> None:
    assert state_of(status) is State.PENDING


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("id", value) for value in (None, "", 5, [1], "x" * 129, "a\x00")),
        *(("status", value) for value in (None, "", 3, {"a": 1})),
        *(("amount", value) for value in ("many", -1, True, [1], 10**30)),
        *(("params", value) for value in ("x", [1], {"address": 5}, {"amounts": {"energy": "x"}})),
        ("hash", 5),
        ("service", {}),
    ],
)
def test_transactions_of_wrong_types(field: str, value: object) -> None:
    with pytest.raises(Unreadable):
        read_transaction(transaction(**{field: value}))


@pytest.mark.parametrize("result", [None, [], {}, "new", 5, [1]])
def test_what_is_no_transaction(result: object) -> None:
    with pytest.raises(Unreadable):
        read_transaction(result)


@pytest.mark.parametrize(("value", "external_id"), [("r-1", "r-1"), ("0", "0"), (None, ""), ("", "")])
def test_external_ids(value: object, external_id: str) -> None:
    assert external_id_of({"external_id": value}) == external_id
    assert external_id_of({}) == ""
