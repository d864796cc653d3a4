"""The HTTP server: bytes in, a Request for the handlers, their Reply out, and a line in the request log."""

import logging
import socket
import sys
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from providers.sandbox import routing, rules
from providers.sandbox.exchange import MAX_BODY_BYTES, Reply, Request, json_reply
from providers.sandbox.sandbox import Sandbox
from providers.sandbox.state import stamp
from providers.sandbox.tron import node
from providers.sandbox.tron.parameters import LARGEST_BODY

logger = logging.getLogger(__name__)

IDLE_SECONDS = 30
LONGEST_PATH = 500
MOST_LOGGED = 10_000
MOST_SKIPPED_BYTES = 4_194_304


class Server(ThreadingHTTPServer):
    """Loopback only: it knows secrets in clear."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        super().__init__(("127.0.0.1", port), Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that has hung up is no error of ours, anything else is."""
        if not isinstance(sys.exception(), OSError):
            logger.exception("a connection from %s failed", client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True  # or a kept connection waits 40 ms for each answer
    server: Server

    def _serve(self) -> None:
        sandbox = self.server.sandbox
        body = self._body()
        if body is None:
            self.close_connection = True
            self._write(routing.too_large(self.path))
            return
        try:
            request = self._request(body)
        except ValueError:
            self._write(json_reply({"error": "the address is not readable"}, 400))
            return
        reply = routing.answer(sandbox, request)
        if not node.is_path(request.path):  # asked every second or two: it has counters instead
            self._log(sandbox, request, reply)
            sandbox.wake.set()
        if reply.slow:
            with sandbox.store.transaction() as db:
                slow = rules.setting(db, "slow_seconds")
            sandbox.stopping.wait(slow.total_seconds())
        if reply.cut:
            self.close_connection = True
            with suppress(OSError):  # the caller may have gone first
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._write(reply)

    # Every method is answered by the routes, in the words of the dialect it was sent to.
    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve  # noqa: N815

    def _body(self) -> bytes | None:
        """None when it is larger than any caller may send, or its length is not told."""
        length = self.headers.get("Content-Length", "0")
        if (
            not (length.isascii() and length.isdigit())
            or len(length) > 9
            or "Transfer-Encoding" in self.headers
        ):
            return None
        most = LARGEST_BODY if node.is_path(self.path) else MAX_BODY_BYTES
        if int(length) > most:
            self.rfile.read(min(int(length), MOST_SKIPPED_BYTES))  # or the answer is lost with the connection
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
            if self.command != "HEAD":
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
            db.execute("DELETE FROM requests WHERE id <= (SELECT MAX(id) FROM requests) - ?", (MOST_LOGGED,))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        logger.debug(format, *args)
