import socket
from collections.abc import Iterator
from threading import Thread

import pytest

from providers.base import Credentials, KeyPair
from providers.crossingpay.client import CrossingPayClient
from providers.http import Exchange, Transport
from tests.loopback import LOOPBACK
from tests.providers.crossingpay.upstream import Upstream


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Bound but not listening, so that nobody else can answer there."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture
def exchanges() -> list[Exchange]:
    return []


@pytest.fixture
def transport(exchanges: list[Exchange]) -> Transport:
    return Transport(connect_seconds=5, total_seconds=20, policy=LOOPBACK, record=exchanges.append)


@pytest.fixture
def credentials(upstream: Upstream) -> Credentials:
    return Credentials(upstream.base_url, KeyPair("", "yourapikeyKey123"), KeyPair("", "the-replaced-key"))


@pytest.fixture
def client(credentials: Credentials, transport: Transport) -> CrossingPayClient:
    """Of the original: without query."""
    return CrossingPayClient(credentials, transport)


@pytest.fixture
def querying_client(credentials: Credentials, transport: Transport) -> CrossingPayClient:
    return CrossingPayClient(credentials, transport, has_query=True)
