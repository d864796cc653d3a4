"""What a client concludes from refusals, from answers that cannot be read, and from none."""

import json
import socket
from collections.abc import Callable
from typing import Any

import pytest

from providers.base import Credentials, KeyPair, Kind, ResourceRequest
from providers.errors import OutcomeUnknown, ProviderMisconfigured, ProviderRejected, ProviderUnavailable
from providers.http import Transport
from providers.itrx.client import ItrxClient
from tests.loopback import LOOPBACK

SENDER = "TExWKszFWYTKZH8LYiovAPKzS3L9MLZ4kw"
SERIAL = "7297a8a2a9e39b86fc5bad0d2e9edda2"
REQUEST_ID = "0123456789abcdef0123456789abcdef"
COLLECT = ResourceRequest(request_id=REQUEST_ID, kind=Kind.COLLECT, address=SENDER)
ENERGY = ResourceRequest(request_id=REQUEST_ID, kind=Kind.ENERGY, address=SENDER, energy=65000)
ACCEPTED = {"errno": 0, "serial": SERIAL, "scene": 1, "amount": 4_000_000, "balance": 813_900_029_257}
FOUND = {
    "errno": 0,
    "receive_address": SENDER,
    "order_no": SERIAL,
    "energy_amount": 32000,
    "pay_amount": 32170.005048646104,
    "amount": 3_800_000,
    "details": [
        {"delegate_hash": None, "status": 20},
        {"delegate_hash": "ab" * 32, "delegate_time": "2023-10-09T10:21:07.840478Z", "status": 30},
        {"delegate_hash": "cd" * 32, "status": 20},
    ],
    "create_time": "2023-06-15T21:42:13.200565+08:00",
    "api_name": "MY API",
    "period": 0,
    "status": 40,
    "refund_amount": 0,
}
PRICE = {"period": "1H", "energy_amount": 65000, "price": 100, "total_price": 6_500_000, "addition": 0}
HTML = b"<html><body>Bad gateway</body></html>"

Call = Callable[[ItrxClient], object]
SPENDING: dict[str, Call] = {
    "collect": lambda client: client.purchase(COLLECT),
    "energy": lambda client: client.purchase(ENERGY),
}
READS: dict[str, Call] = {
    "look_up": lambda client: client.look_up(REQUEST_ID),
    "look_up_by_serial": lambda client: client.look_up(REQUEST_ID, upstream_id=SERIAL),
    "quote": lambda client: client.quote(ENERGY),
    "balance": lambda client: client.balance(),
    "reclaim": lambda client: client.reclaim(SERIAL),
}
CALLS = SPENDING | READS


def failure(name: str) -> type[Exception]:
    return OutcomeUnknown if name in SPENDING else ProviderUnavailable


# --- refusals -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SPENDING)
@pytest.mark.parametrize(
    ("status", "answer", "code", "no_funds"),
    [
        (400, {"detail": f"{SENDER} is the inactive address."}, "detail", False),
        (400, {"detail": "Insufficient funds"}, "detail", True),
        (400, {"scene": ['"9" is not a valid choice.']}, "scene", False),
        (200, {"errno": 1, "message": "XXXX"}, "1", False),
        (200, {"errno": 404, "message": "Order not found"}, "404", False),
    ],
)
def test_refused_purchase(
    name: str,
    status: int,
    answer: dict[str, Any],
    code: str,
    no_funds: bool,
    client: ItrxClient,
    upstream: Any,
) -> None:
    upstream.answers(status, answer)
    with pytest.raises(ProviderRejected) as refused:
        CALLS[name](client)
    assert (refused.value.code, refused.value.no_funds) == (code, no_funds)


@pytest.mark.parametrize("name", ["quote", "reclaim", "balance"])
def test_refused_read(name: str, client: ItrxClient, upstream: Any) -> None:
    upstream.answers(400, {"energy_amount": ["Ensure this value is greater than or equal to 10000."]})
    with pytest.raises(ProviderRejected, match="greater than or equal to 10000"):
        CALLS[name](client)


@pytest.mark.parametrize("name", ["look_up", "look_up_by_serial"])
@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (400, {"serial": ["Bad."]}),
        (400, {"detail": "no"}),
        (200, {"errno": 1}),
        (404, {"errno": 404}),
        (400, {"404": ["x"]}),
    ],
)
def test_a_refused_look_up_tells_nothing(
    name: str, status: int, answer: dict[str, Any], client: ItrxClient, upstream: Any
) -> None:
    upstream.answers(status, answer)
    with pytest.raises(ProviderUnavailable):
        CALLS[name](client)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("detail", ["API not found", "Signature verification failed", "Timestamp expired"])
def test_bad_credentials_are_for_a_person(name: str, detail: str, client: ItrxClient, upstream: Any) -> None:
    upstream.answers(400, {"detail": detail})
    with pytest.raises(ProviderMisconfigured, match=detail):
        CALLS[name](client)


def test_wrong_key_on_the_summary(client: ItrxClient, upstream: Any) -> None:
    upstream.answers(403, {"detail": "no"})
    with pytest.raises(ProviderMisconfigured):
        client.balance()


def test_403_from_a_proxy_says_nothing_about_the_key(client: ItrxClient, upstream: Any) -> None:
    upstream.answers(403, HTML)
    with pytest.raises(ProviderUnavailable):
        client.balance()


def test_no_secret_in_an_error(client: ItrxClient, upstream: Any, pair: KeyPair) -> None:
    upstream.answers(400, {"detail": f"no such key {pair.key} with {pair.secret}"})
    with pytest.raises(ProviderRejected) as refused:
        client.purchase(COLLECT)
    assert str(refused.value) == "iTRX: no such key *** with ***"


# --- answers that cannot be read ------------------------------------------------------------------------


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("status", "raw"),
    [
        (500, HTML),
        (500, b'{"detail":"API not found"}'),
        (502, b'{"errno":1,"message":"no"}'),
        (429, b'{"detail":"slow down"}'),
        (401, b'{"detail":"no"}'),
        (404, HTML),
        (200, b""),
        (200, HTML),
        (200, b"[]"),
        (200, b"null"),
        (200, b'{"errno":0,"errno":1}'),
        (201, json.dumps(ACCEPTED | FOUND | PRICE).encode()),
        (400, b""),
        (400, HTML),
        (400, b"{}"),
        (400, b'{"detail":{"a":1}}'),
        (400, b'{"period":"text"}'),
    ],
)
def test_answer_that_cannot_be_read(
    name: str, status: int, raw: bytes, client: ItrxClient, upstream: Any
) -> None:
    upstream.answers(status, raw)
    with pytest.raises(failure(name)):
        CALLS[name](client)


@pytest.mark.parametrize("name", [*SPENDING, "look_up"])
def test_a_no_that_names_an_order_proves_nothing(name: str, client: ItrxClient, upstream: Any) -> None:
    upstream.answers(200, {"errno": 404, "message": "no", "serial": SERIAL, "order_no": SERIAL})
    with pytest.raises(failure(name)):
        CALLS[name](client)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(name: str, status: int, client: ItrxClient, upstream: Any) -> None:
    upstream.answers(status, b"", Location=f"{upstream.base_url}/elsewhere")
    with pytest.raises(failure(name)):
        CALLS[name](client)
    assert len(upstream.received) == 1


@pytest.mark.parametrize("name", CALLS)
def test_connection_cut_after_the_request_was_read(name: str, client: ItrxClient, upstream: Any) -> None:
    upstream.cuts_the_connection()
    with pytest.raises(failure(name)):
        CALLS[name](client)
    assert len(upstream.received) == 1


@pytest.mark.parametrize("name", SPENDING)
@pytest.mark.parametrize(
    "changes",
    [
        {"serial": ""},
        {"serial": None},
        {"serial": 7297},
        {"serial": ["x"]},
        {"errno": None},
        {"errno": "0"},
        {"errno": False},
        {"amount": "4000000"},
        {"amount": 4_000_000.5},
        {"amount": -1},
        {"amount": 10**30},
        {"balance": True},
        {"balance": {}},
        {"scene": "1"},
    ],
)
def test_wrong_types_after_a_purchase(
    name: str, changes: dict[str, Any], client: ItrxClient, upstream: Any
) -> None:
    upstream.answers(200, ACCEPTED | changes)
    with pytest.raises(OutcomeUnknown):
        CALLS[name](client)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": None},
        {"status": "40"},
        {"status": 40.0},
        {"order_no": None},
        {"order_no": 5},
        {"errno": None},
        {"errno": "0"},
        {"receive_address": 5},
        {"energy_amount": 32000.0},
        {"energy_amount": "32000"},
        {"amount": -5},
        {"refund_amount": 0.5},
        {"details": {}},
        {"details": "x"},
        {"details": [1]},
        {"details": [{"delegate_hash": 5}]},
    ],
)
def test_wrong_types_in_a_found_order(changes: dict[str, Any], client: ItrxClient, upstream: Any) -> None:
    upstream.answers(200, FOUND | changes)
    with pytest.raises(ProviderUnavailable):
        client.look_up(REQUEST_ID)


def test_another_order_than_the_one_asked_for(client: ItrxClient, upstream: Any) -> None:
    upstream.answers(200, FOUND | {"order_no": "f" * 32})
    with pytest.raises(ProviderUnavailable, match="another order"):
        client.look_up(REQUEST_ID, upstream_id=SERIAL)


@pytest.mark.parametrize("total", [None, "6500000", 6.5, -1, True, 10**30])
def test_wrong_types_in_a_price(total: object, client: ItrxClient, upstream: Any) -> None:
    upstream.answers(200, PRICE | {"total_price": total})
    with pytest.raises(ProviderUnavailable):
        client.quote(ENERGY)


@pytest.mark.parametrize("balance", ["5", 5.5, -1, [], False])
def test_wrong_types_in_a_balance(balance: object, client: ItrxClient, upstream: Any) -> None:
    upstream.answers(200, {"balance": balance})
    with pytest.raises(ProviderUnavailable):
        client.balance()


def test_nobody_listens(pair: KeyPair) -> None:
    """Nothing was sent, which is not unknown, not even for a purchase."""
    with socket.socket() as bound:  # and not listening, so that nobody else takes the port
        bound.bind(("127.0.0.1", 0))
        credentials = Credentials(f"http://127.0.0.1:{bound.getsockname()[1]}", pair)
        nowhere = ItrxClient(credentials, Transport(connect_seconds=5, total_seconds=20, policy=LOOPBACK))
        for call in CALLS.values():
            with pytest.raises(ProviderUnavailable):
                call(nowhere)
