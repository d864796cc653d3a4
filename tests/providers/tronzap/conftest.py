"""A client of a scripted upstream."""

import socket
from collections.abc import Iterator

import pytest

from providers.base import Credentials, KeyPair
from providers.http import Transport
from providers.tronzap.client import TronZapClient
from tests.loopback import LOOPBACK
from tests.upstream import Upstream, serve


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with serve() as server:
        yield server


@pytest.fixture
def client(upstream: Upstream) -> TronZapClient:
    return client_of(upstream.url)


@pytest.fixture
def slashed_client(upstream: Upstream) -> TronZapClient:
    return client_of(upstream.url + "/")


@pytest.fixture
def impatient_client(upstream: Upstream) -> TronZapClient:
    return client_of(upstream.url, total_seconds=0.3)


@pytest.fixture
def client_without_upstream() -> TronZapClient:
    """Of a port on which nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    return client_of(f"http://127.0.0.1:{port}")


def client_of(url: str, *, total_seconds: float = 30) -> TronZapClient:
    credentials = Credentials(url, KeyPair("tok-test", "sec-test"))
    return TronZapClient(
        credentials, Transport(connect_seconds=10, total_seconds=total_seconds, policy=LOOPBACK)
    )
