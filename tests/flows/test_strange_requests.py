"""What only the real web server shows: bodies sent in chunks, and headers that fail before Django has a view."""

import http.client
import json
import time
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from orders.models import Dialect, Order
from orders.services import rotation
from providers.itrx import wire as itrx
from providers.sandbox.outcomes import ADDRESSES, Outcome
from providers.tronzap import wire as tronzap
from tests.flows.customer import Customer
from tests.flows.stack import Stack
from tests.flows.upstreams import Upstreams

ADDRESS = ADDRESSES[Outcome.SUCCESS]
UNREADABLE_TYPES = [
    "application/json; x*=nosuch''%ff",
    *(
        f"application/json; charset={name}"
        for name in ("rot13", "hex", "zlib", "idna", "undefined", "nosuch")
    ),
    "application/json; charset*=utf-8''%ff%fe",
    "; ; ;=",
    "multipart/form-data; boundary=\xff",
]
PATHS = ["/api/v1/frontend/order/price", "/v1/services", "/api/orders/query", "/api/v1/frontend/index-data"]


@pytest.fixture(scope="module")
def customer(stack: Stack, upstreams: Upstreams) -> Customer:
    return Customer.create("Sample merchant of strange requests", upstreams)


@pytest.fixture
def server(stack: Stack) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(urlsplit(stack.web_url).netloc, timeout=30)
    yield connection
    connection.close()


def told(
    server: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes | Iterable[bytes],
    headers: dict[str, str],
) -> tuple[int, object]:
    """Status and JSON body. An iterable goes out in chunks."""
    server.request(method, path, body, headers)
    response = server.getresponse()
    return response.status, json.loads(response.read())


@pytest.mark.parametrize("content_type", UNREADABLE_TYPES)
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_content_type_ends_in_a_fault(
    server: http.client.HTTPConnection, method: str, path: str, content_type: str
) -> None:
    status, _ = told(server, method, f"{path}?a=%ff", b"{}", {"Content-Type": content_type})
    assert status < 500


def test_no_content_type_breaks_a_page(server: http.client.HTTPConnection) -> None:
    server.request(
        "GET", "/admin/login/?next=%2Fadmin%2F", headers={"Content-Type": "text/plain; charset=rot13"}
    )
    assert server.getresponse().status == 200


def chunks(body: bytes) -> Iterator[bytes]:
    yield body[:7]
    yield body[7:]


def test_an_itrx_body_in_chunks(server: http.client.HTTPConnection, customer: Customer) -> None:
    pair, stamp = customer.pairs["itrx"], str(int(time.time()))
    body = itrx.canonical({"energy_amount": 65_000, "period": "1H", "receive_address": ADDRESS}).encode()
    headers = {"API-KEY": pair.key, "TIMESTAMP": stamp, "SIGNATURE": itrx.sign(pair.secret, stamp, body)}
    status, answer = told(
        server, "POST", "/api/v1/frontend/order", chunks(body), headers | {"Content-Type": "application/json"}
    )
    assert (status, answer["errno"]) == (200, 0)  # type: ignore[index]
    assert Order.objects.filter(merchant=customer.merchant, serial=answer["serial"]).exists()  # type: ignore[index]


def test_a_tronzap_body_in_chunks(server: http.client.HTTPConnection, customer: Customer) -> None:
    issued, body = rotation.issue(customer.merchant, Dialect.TRONZAP, now=timezone.now()), b"{}"
    headers = tronzap.auth_headers(issued.key, issued.secret, body)
    _, answer = told(server, "POST", "/v1/balance", chunks(body), headers)
    assert answer["code"] == 0  # type: ignore[index]


def test_a_crossingpay_body_in_chunks(server: http.client.HTTPConnection, customer: Customer) -> None:
    body = json.dumps({"apikey": customer.pairs["crossingpay"].key, "order_id": "none"}).encode()
    answer = told(server, "POST", "/api/orders/query", chunks(body), {"Content-Type": "application/json"})
    assert answer[0] == 404


def test_chunks_are_counted(server: http.client.HTTPConnection) -> None:
    body = (b" " * 1024 for _ in range(70))
    status, _ = told(server, "POST", "/api/orders/query", body, {"Content-Type": "application/json"})
    assert status == 413
