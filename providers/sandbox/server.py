"""The HTTP server: bytes in, a Request for the handlers, their Reply out, and a line in the request log."""

import logging
import socket
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from providers.sandbox import routing, rules
from providers.sandbox.exchange import MAX_BODY_BYTES, Reply, Request, json_reply
from providers.sandbox.sandbox import Sandbox
from providers.sandbox.state import stamp

logger = logging.getLogger(__name__)

IDLE_SECONDS = 30
LONGEST_PATH = 500


class Server(ThreadingHTTPServer):
    """Loopback only: it knows secrets in clear."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        super().__init__(("127.0.0.1", port), Handler)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    server: Server

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        sandbox = self.server.sandbox
        body = self._body()
        if body is None:
            self.close_connection = True
            self._write(json_reply({"error": "the body is too large"}, 413))
            return
        request = self._request(body)
        reply = routing.answer(sandbox, request)
        self._log(sandbox, request, reply)
        sandbox.wake.set()
        if reply.slow:
            with sandbox.store.transaction() as db:
                slow = rules.setting(db, "slow_seconds")
            sandbox.stopping.wait(slow.total_seconds())
        if reply.cut:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._write(reply)

    def _body(self) -> bytes | None:
        """None when it is larger than any caller may send, or its length is not told."""
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()) or int(length) > MAX_BODY_BYTES:
            return None
        return self.rfile.read(int(length))

    def _request(self, body: bytes) -> Request:
        parts = urlsplit(self.path)
        return Request(
            method=self.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
            now=datetime.now(UTC),
        )

    def _write(self, reply: Reply) -> None:
        try:
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.body)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the caller has given up, as a slow answer makes it do

    @staticmethod
    def _log(sandbox: Sandbox, request: Request, reply: Reply) -> None:
        """No bodies and no headers: they hold keys."""
        note = "slow" if reply.slow else "cut" if reply.cut else ""
        with sandbox.store.transaction() as db:
            db.execute(
                "INSERT INTO requests (at, method, path, status, note) VALUES (?, ?, ?, ?, ?)",
                (stamp(request.now), request.method, request.path[:LONGEST_PATH], reply.status, note),
            )

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        logger.debug(format, *args)
