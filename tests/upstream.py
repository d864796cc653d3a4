"""A scripted upstream on a loopback port: it keeps what it was sent and answers what the test told it to."""

import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """`sent`: how many bytes of the body leave before the connection is cut, None for all."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    sent: int | None = None


CUT = Reply(status=0)  # the connection ends after the request was read, without an answer
SILENCE = Reply(status=-1)  # nothing comes until the test ends


class Upstream(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.received: list[Received] = []
        self.replies: deque[Reply] = deque()
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, body: bytes, status: int = 200, *, sent: int | None = None, **headers: str) -> None:
        self.replies.append(Reply(status, body, headers, sent))

    def cut(self) -> None:
        self.replies.append(CUT)

    def stay_silent(self) -> None:
        self.replies.append(SILENCE)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        upstream = cast(Upstream, self.server)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        path = self.requestline.split()[1]  # self.path hides a doubled slash
        upstream.received.append(Received(self.command, path, dict(self.headers), body))
        reply = upstream.replies.popleft()
        if reply is SILENCE:
            upstream.ended.wait(60)
        elif reply is not CUT:
            self._write(reply)
        if reply in (CUT, SILENCE) or reply.sent is not None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def do_GET(self) -> None:
        """Where a redirect would arrive if it were followed."""
        self.do_POST()

    def _write(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body[: reply.sent])
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Silent: pytest output is for failures."""


@contextmanager
def serve() -> Iterator[Upstream]:
    """Fails the test when a scripted answer was never asked for."""
    with Upstream() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.ended.set()
        server.shutdown()
        thread.join(30)
    assert not server.replies, "a scripted answer was never asked for"
