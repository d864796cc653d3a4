"""A scripted upstream on a real loopback socket, and the vectors of the specification."""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from providers.base import Credentials, KeyPair
from providers.http import Transport
from providers.itrx.client import ItrxClient
from tests.loopback import LOOPBACK

# The vendor's own published example pair.
KEY = "B433BFF1CDE7450AA38A56BEAC690DD4"
SECRET = "0285A2741D0E76E2E187260EB23E51851D48403A756333E7D0CF845406ABF3E8"


NOW = datetime.fromtimestamp(1_700_000_000, UTC)  # that of most vectors


@dataclass(frozen=True)
class Vector:
    """`sent` are the bytes on the wire; `signed`, where it differs, those under the signature."""

    timestamp: str
    signed: bytes
    sent: bytes
    signature: str
    length: int


def _read_vectors() -> dict[str, Vector]:
    found: dict[str, Vector] = {}
    lines: dict[str, str] = {}
    for line in Path(__file__).with_name("vectors.txt").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        lines[name] = value.strip()
        if name == "sig":
            title, timestamp, length, _ = [part.strip() for part in lines["id"].split("|")]
            signed = lines["body"].encode()
            sent = lines.get("sent", lines["body"]).encode()
            timestamp, length = timestamp.removeprefix("ts: "), length.removeprefix("len: ")
            found[title] = Vector(timestamp, signed, sent, lines["sig"], int(length))
            lines = {}
    return found


@pytest.fixture(scope="session")
def vectors() -> dict[str, Vector]:
    return _read_vectors()


@pytest.fixture
def pair() -> KeyPair:
    return KeyPair(KEY, SECRET)


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    headers: dict[str, str]  # lower-case names
    body: bytes


@dataclass
class Upstream:
    """Answers what the test lined up, in order, and keeps what it was sent."""

    base_url: str = ""
    received: list[Received] = field(default_factory=list)
    script: deque[tuple[int, bytes, dict[str, str]] | None] = field(default_factory=deque)

    def answers(self, status: int, body: bytes | dict[str, Any] | list[Any] = b"", **headers: str) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.script.append((status, raw, {name.replace("_", "-"): value for name, value in headers.items()}))

    def cuts_the_connection(self) -> None:
        """After the whole request was read."""
        self.script.append(None)


def _handler(upstream: Upstream) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            upstream.received.append(Received(self.command, self.path, headers, body))
            answer = upstream.script.popleft()
            if answer is None:
                self.close_connection = True
                return
            status, raw, extra = answer
            self.send_response(status)
            for name, value in {"Content-Length": str(len(raw)), **extra}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = _serve  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    return Handler


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    scripted = Upstream()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(scripted)) as server:
        server.daemon_threads = True
        scripted.base_url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield scripted
        server.shutdown()
        thread.join(timeout=10)


@pytest.fixture
def connect(upstream: Upstream, pair: KeyPair) -> Iterator[Callable[..., ItrxClient]]:
    """A client of the scripted upstream; `path` is put behind its address."""

    def make(path: str = "", previous: KeyPair | None = None) -> ItrxClient:
        credentials = Credentials(upstream.base_url + path, pair, previous)
        transport = Transport(connect_seconds=5, total_seconds=20, policy=LOOPBACK)
        return ItrxClient(credentials, transport, clock=lambda: NOW)

    yield make
    assert not upstream.script, "an answer that nobody asked for"


@pytest.fixture
def client(connect: Callable[..., ItrxClient]) -> ItrxClient:
    return connect()
