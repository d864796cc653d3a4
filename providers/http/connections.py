"""Connections that obey one deadline and note when the first byte of a request leaves.

`requests` bounds each read, not the whole call, and reports a connection lost after sending like one that never
opened. Both are repaired here, below it, where they can be known and need not be guessed.
"""

import io
import socket
import time
from collections.abc import Callable
from functools import partial
from http.client import HTTPResponse, RemoteDisconnected
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from providers.http.addresses import AddressPolicy


class Deadline:
    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left; raises TimeoutError when there are none."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the deadline has passed")
        return seconds


class Watch:
    """The call in progress: its deadlines, and whether any byte of its request was handed to a socket."""

    def __init__(self) -> None:
        self.start(0, 0)

    def start(self, connect_seconds: float, total_seconds: float) -> None:
        self.sent = False
        self.connected_by = Deadline(min(connect_seconds, total_seconds))
        self.answered_by = Deadline(total_seconds)


class WatchedReader(io.RawIOBase):
    """What arrives at a socket, each wait no longer than the whole call has left."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase, watch: Watch) -> None:
        self._sock, self._raw, self._watch = sock, raw, watch
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._watch.answered_by.remaining())
        count = self._raw.readinto(buffer)
        self.ended = count == 0
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class WatchedResponse(HTTPResponse):
    def __init__(self, watch: Watch, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._reader = WatchedReader(sock, self.fp.detach(), watch)
        self.fp = io.BufferedReader(self._reader)

    def begin(self) -> None:
        super().begin()
        if self._reader.ended:  # the standard library takes headers that break off for complete ones
            raise RemoteDisconnected("the connection closed within the headers")


class WatchedConnection(HTTPConnection):
    def __init__(self, watch: Watch, policy: AddressPolicy, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._watch = watch
        self._policy = policy
        self.response_class = partial(WatchedResponse, watch)  # type: ignore[assignment]

    def _new_conn(self) -> socket.socket:
        """As the original, but to addresses only that the policy permits, and one deadline bounds all addresses of
        the host together and not each of them. Raises TargetRefused, which urllib3 and requests let pass.

        What was judged is what is connected to: the name is looked up once. The look-up cannot be interrupted and
        keeps the resolver's own limits.
        """
        limit = self._watch.connected_by
        failure = OSError("the host has no address")
        found = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        for family, kind, protocol, _, address in self._policy.choose(found):
            sock = socket.socket(family, kind, protocol)
            try:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.settimeout(limit.remaining())
                sock.connect(address)
                sock.settimeout(limit.remaining())  # the TLS handshake has what is left
            except OSError as error:
                sock.close()
                failure = error
            else:
                return sock
        raise failure

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        self.sock.settimeout(self._watch.answered_by.remaining())
        self._watch.sent = True
        super().send(data)

    def getresponse(self) -> Any:
        """urllib3 reads on after a broken pipe while sending, in case an answer came first; the socket may be gone."""
        if self.sock is None:
            raise RemoteDisconnected("the connection closed while the request was sent")
        return super().getresponse()


class WatchedTLSConnection(WatchedConnection, HTTPSConnection):
    """`send` finds the TLS session open already: the pool connects and verifies before it sends."""


class WatchedAdapter(HTTPAdapter):
    """A pool of watched connections. Used without a `Session`: no cookies, redirects, proxies or .netrc."""

    def __init__(self, watch: Watch, policy: AddressPolicy) -> None:
        self._facts = (watch, policy)
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": partial(_pool, HTTPConnectionPool, partial(WatchedConnection, *self._facts)),
            "https": partial(_pool, HTTPSConnectionPool, partial(WatchedTLSConnection, *self._facts)),
        }


def _pool(
    kind: type[HTTPConnectionPool], connect: Callable[..., Any], *args: Any, **kwargs: Any
) -> HTTPConnectionPool:
    pool = kind(*args, **kwargs)
    pool.ConnectionCls = connect  # type: ignore[assignment]
    return pool
