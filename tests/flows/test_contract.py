"""The OpenAPI documents as the running server serves them, held against what it answers over a socket.

Each documented operation is asked as documented and in every wrong way that its statuses speak of.
"""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

import pytest
import requests
from django.utils import timezone
from requests.structures import CaseInsensitiveDict

from orders.api.docs.views import DOCUMENTS
from orders.models import Dialect
from orders.services import rotation, wallets
from providers.base import KeyPair
from providers.crossingpay import wire as crossingpay
from providers.itrx import wire as itrx
from providers.tronzap import wire as tronzap
from tests.contract import Contract
from tests.flows.customer import Customer
from tests.flows.stack import Stack
from tests.flows.upstreams import Upstreams
from tests.orders.conftest import ADDRESS

JSON = {"Content-Type": "application/json"}
# A fault and a silent database cannot be asked for from outside; 402 needs payment orders that cost something.
NOT_ASKED_FOR = {"500", "503", "402"}
# Beside what is marked as required.
QUERIES = {
    itrx.ORDER_PRICE: {"energy_amount": "65000"},
    itrx.ORDER_QUERY: {"serial": "none"},
    crossingpay.QUERY_PATH: {"order_id": "M-1001"},
}
MOST_TRIES = 1_000
# Another order under a number that is taken, an address of nobody's wallet, an order that there is not.
STRANGE: list[dict[str, object]] = [{"amount": 7}, {"address": ADDRESS}, {"order_id": "none"}]
DIALECTS = [dialect for dialect in DOCUMENTS if DOCUMENTS[dialect]["paths"]]
OPERATIONS = [
    (dialect, method.upper(), path)
    for dialect in DIALECTS
    for path, operations in DOCUMENTS[dialect]["paths"].items()
    for method in sorted(operations.keys() & {"get", "post"})
]
Headers = dict[str, str]


def itrx_headers(pair: KeyPair, body: bytes) -> Headers:
    stamp = str(int(time.time()))
    signed = {itrx.TIMESTAMP_HEADER: stamp, itrx.SIGNATURE_HEADER: itrx.sign(pair.secret, stamp, body)}
    return {itrx.KEY_HEADER: pair.key} | signed


def tronzap_headers(pair: KeyPair, body: bytes) -> Headers:
    return {"Authorization": f"Bearer {pair.key}", "X-Signature": tronzap.sign(body, pair.secret)}


def crossingpay_headers(pair: KeyPair, _body: bytes) -> Headers:
    return {"X-Api-Key": pair.key}


SIGNERS: dict[str, Callable[[KeyPair, bytes], Headers]] = {
    "itrx": itrx_headers,
    "tronzap": tronzap_headers,
    "crossingpay": crossingpay_headers,
}


@dataclass
class Operation:
    """One documented call of the running server; `seen` are the statuses that it has answered."""

    contract: Contract
    dialect: str
    method: str
    path: str
    pair: KeyPair
    server: http.client.HTTPConnection
    seen: set[str] = field(default_factory=set)

    def sample(self, pair: KeyPair) -> tuple[dict[str, Any], bytes]:
        """Query and body as documented, with times of now and the caller's key."""
        operation = self.contract.document["paths"][self.path][self.method.lower()]
        if self.method == "GET":
            given = [each for each in operation.get("parameters", []) if each["required"]]
            wanted = {each["name"]: each["schema"]["examples"][0] for each in given}
            return wanted | QUERIES.get(self.path, {}), b""
        found = dict(self.contract.sample(self.path))
        if self.dialect == "crossingpay":
            found |= {name: value for name, value in times().items() if name in found} | {"apikey": pair.key}
        raw = itrx.canonical(found) if self.dialect == "itrx" else json.dumps(found)
        return {}, raw.encode()

    def ask(self, query: dict[str, Any], body: bytes, headers: Headers) -> Any:
        target = self.path.replace("{policy}", "1") + (f"?{urlencode(query)}" if query else "")
        self.server.request(self.method, target, body or None, headers)
        answer = self.server.getresponse()
        content = answer.read()
        self.seen.add(str(answer.status))
        return self.contract.hold(self.method, self.path, answer.status, headers_of(answer), content)

    def as_documented(self, pair: KeyPair | None = None) -> Any:
        query, body = self.sample(pair or self.pair)
        return self.ask(query, body, JSON | SIGNERS[self.dialect](pair or self.pair, body))

    def wrongly(self) -> None:
        """Nothing needed is there, no JSON, another type, another signature, too much."""
        for body in (b"{}", b"[]", b"x", b"\xff", b"x" * 70_000):
            self.ask({}, b"" if self.method == "GET" else body, JSON | SIGNERS[self.dialect](self.pair, body))
        query, body = self.sample(self.pair)
        signed = SIGNERS[self.dialect](self.pair, body)
        self.ask(query, body, signed | {"Content-Type": "text/plain"})
        self.ask(query, body, JSON | dict.fromkeys(signed, "0"))
        self.ask(query, body, JSON)
        for change in STRANGE if self.dialect == "crossingpay" else []:
            self.changed(change)

    def changed(self, change: dict[str, object]) -> None:
        if self.method == "GET":
            self.ask(change, b"", crossingpay_headers(self.pair, b""))
        else:
            found = json.loads(self.sample(self.pair)[1]) | change
            if "address" in change:
                found["order_id"] = f"of {self.path}"
            self.ask({}, json.dumps(found).encode(), JSON)

    def until_limited(self) -> None:
        """A minute may end meanwhile, and the count begins anew."""
        nobody = KeyPair("nobody", "nothing")
        for _ in range(MOST_TRIES):
            self.as_documented(nobody)
            if "429" in self.seen:
                return


def headers_of(answer: http.client.HTTPResponse) -> CaseInsensitiveDict[str]:
    return CaseInsensitiveDict(answer.getheaders())


def times() -> dict[str, str]:
    start = timezone.now().astimezone(ZoneInfo("Asia/Shanghai"))
    return {"start_time": told(start), "end_time": told(start + timedelta(minutes=30))}


def told(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")


@pytest.fixture(scope="module")
def pairs(stack: Stack, upstreams: Upstreams) -> dict[str, KeyPair]:
    customer = Customer.create("Sample merchant of contracts", upstreams)
    now = timezone.now()
    address = Contract(DOCUMENTS["crossingpay"]).sample("/api/orders/deposit")["address"]
    wallets.add_wallet(customer.merchant, address=address, label="", now=now)
    issued = rotation.issue(customer.merchant, Dialect.TRONZAP, now=now)
    return customer.pairs | {"tronzap": KeyPair(issued.key, issued.secret)}


@pytest.fixture(scope="module")
def documents(stack: Stack) -> dict[str, Contract]:
    urls = {dialect: f"{stack.web_url}/docs/{dialect}/openapi.json" for dialect in DIALECTS}
    return {dialect: Contract(requests.get(url, timeout=30).json()) for dialect, url in urls.items()}


@pytest.fixture
def operation(
    request: pytest.FixtureRequest, stack: Stack, documents: dict[str, Contract], pairs: dict[str, KeyPair]
) -> Iterator[Operation]:
    """From an address of its own in 127.0.0.0/8: its refusals count against nobody else."""
    dialect, method, path = request.param
    own = f"127.7.0.{OPERATIONS.index(request.param) + 1}"
    where = urlsplit(stack.web_url).netloc
    server = http.client.HTTPConnection(where, timeout=60, source_address=(own, 0))
    yield Operation(documents[dialect], dialect, method, path, pairs[dialect], server)
    server.close()


@pytest.mark.parametrize("operation", OPERATIONS, indirect=True, ids=lambda each: " ".join(each))
def test_every_answer_is_a_documented_one(operation: Operation) -> None:
    operation.as_documented()
    operation.wrongly()
    operation.until_limited()
    documented = operation.contract.document["paths"][operation.path][operation.method.lower()]["responses"]
    assert operation.seen == set(documented) - NOT_ASKED_FOR


def test_the_served_documents_are_complete(documents: dict[str, Contract]) -> None:
    assert {name: each.document for name, each in documents.items()} == {
        name: json.loads(json.dumps(DOCUMENTS[name])) for name in DIALECTS
    }
