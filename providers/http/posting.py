"""Posts many at a time, over connections that are kept: bounded like a Transport's calls, and described as exactly.

A request goes out once. It is not repeated when a kept connection turns out to be dead, for its bytes may have
arrived; connections therefore rest only a second.
"""

import asyncio
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from types import TracebackType
from typing import NamedTuple

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import HttpProcessingError
from yarl import URL

from providers.errors import TargetRefused
from providers.http.addresses import AddressPolicy
from providers.http.guarded_connector import GuardedConnector
from providers.targets import BadTarget, parse_target

REST_SECONDS = 1.0
INTERIM = frozenset(range(100, 200)) - {101}  # answers that another one follows
OWN_HEADERS = {"User-Agent": "tron-merchant-back-office", "Accept": "*/*"}


class Ending(Enum):
    ANSWERED = "the status has arrived"
    NO_ANSWER = "the request may have arrived"
    NO_CONNECTION = "nothing was sent"
    REFUSED = "the host leads where we may not call; nothing was sent"
    BAD_URL = "this is not a URL that can be called"


@dataclass(slots=True)
class Posted:
    """One try as it went. `headers`: as sent, also those the client adds; answers' names in lower case.

    `body` is cut at the Poster's limit. `address` and `tls` are those of the connection; "" without one. `error` is
    "" for a complete answer, and holds neither URL nor header nor answer.
    """

    headers: Mapping[str, str] = field(repr=False)
    ending: Ending = Ending.NO_CONNECTION
    status: int | None = None
    answer_headers: dict[str, str] = field(default_factory=dict, repr=False)
    answer_body: bytes = field(default=b"", repr=False)
    address: str = ""
    tls: str = ""
    error: str = ""
    duration_ms: int = 0


class _Route(NamedTuple):
    """What all posts to a URL share. `request` stands for it where aiohttp opens connections; it is never sent."""

    request: aiohttp.ClientRequest
    host: str
    path: str


class Poster:
    """An asynchronous context manager; `policy` decides which addresses may be called.

    Connections and the reading of answers are aiohttp's. Its requests are not: what goes out is written here, whole,
    so that it is known to the byte, and for three fifths of the processor time.
    """

    def __init__(
        self,
        *,
        policy: AddressPolicy,
        connect_seconds: float,
        total_seconds: float,
        max_bytes: int = 65_536,
    ) -> None:
        self._policy = policy
        self._total_seconds = total_seconds
        self._timeout = aiohttp.ClientTimeout(connect=connect_seconds)
        self._max_bytes = max_bytes
        self._route = lru_cache(maxsize=4096)(_route)

    async def __aenter__(self) -> "Poster":
        self._connector = GuardedConnector(self._policy, limit=0, keepalive_timeout=REST_SECONDS)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connector.close()

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Posted:
        """Never raises for what a URL, a network or an answer may be; cancelled, it raises as usual."""
        posted = Posted(headers={**OWN_HEADERS, **headers})
        started = time.monotonic()
        try:
            route = self._route(url)
            posted.headers = {"Host": route.host, **posted.headers, "Content-Length": str(len(body))}
            async with asyncio.timeout(self._total_seconds):
                await self._exchange(route, _head(route.path, posted.headers) + body, posted)
        except TargetRefused as error:
            posted.ending, posted.error = Ending.REFUSED, f"nothing was sent: {error}"
        except (aiohttp.ClientError, HttpProcessingError, OSError, ValueError) as error:
            posted.error = _reason(error, posted)
        posted.duration_ms = round((time.monotonic() - started) * 1000)
        return posted

    async def _exchange(self, route: _Route, written: bytes, posted: Posted) -> None:
        connection = await self._connector.connect(route.request, [], self._timeout)
        try:
            protocol, transport = connection.protocol, connection.transport
            # What came unasked would pass for the answer.
            if protocol is None or transport is None or protocol.should_close:
                raise aiohttp.ClientConnectionError
            _note_way(transport, posted)
            protocol.set_response_params(read_until_eof=True, auto_decompress=False)
            transport.write(written)
            await self._read(protocol, posted)
        except BaseException:
            connection.close()
            raise
        connection.release()  # it is kept if the answer was read to its end

    async def _read(self, protocol: ResponseHandler, posted: Posted) -> None:
        message, content = await protocol.read()
        while message.code in INTERIM:
            message, content = await protocol.read()
        posted.ending, posted.status = Ending.ANSWERED, message.code
        posted.answer_headers = {name.lower(): value for name, value in message.headers.items()}
        arrived = bytearray()
        try:
            while chunk := await content.readany():
                arrived += chunk
                if len(arrived) > self._max_bytes:
                    posted.error = f"the answer is larger than {self._max_bytes} bytes"
                    break  # the rest is not waited for
        finally:
            posted.answer_body = bytes(arrived[: self._max_bytes])


def _route(url: str) -> _Route:
    """The URL to the letter. Raises BadTarget, and ValueError for what aiohttp can't read."""
    parse_target(url)
    target = URL(url, encoded=True)
    request = aiohttp.ClientRequest("POST", target, loop=asyncio.get_running_loop())
    return _Route(request, request.headers["Host"], target.raw_path_qs)


def _head(path: str, headers: Mapping[str, str]) -> bytes:
    """Raises ValueError for a header that would not end where its line does."""
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if not all(line.isprintable() for line in lines):
        raise ValueError("a header holds a control character")
    return "\r\n".join([*lines, "\r\n"]).encode()


def _note_way(transport: asyncio.Transport, posted: Posted) -> None:
    """From here on bytes may leave."""
    posted.ending = Ending.NO_ANSWER
    peer = transport.get_extra_info("peername")
    posted.address = str(peer[0])[:45] if peer else ""
    if tls := transport.get_extra_info("ssl_object"):
        posted.tls = f"{tls.version()} {tls.cipher()[0]}"[:64]


def _reason(error: Exception, posted: Posted) -> str:
    """A sentence from the system's words or a class name. Settles how the try ended."""
    of_the_network = aiohttp.ClientError | HttpProcessingError | OSError
    if isinstance(error, aiohttp.InvalidURL) or not isinstance(error, of_the_network):
        posted.ending = Ending.BAD_URL
        return str(error) if isinstance(error, BadTarget) else Ending.BAD_URL.value
    if isinstance(error, TimeoutError):
        words = "timed out"
    elif isinstance(error, aiohttp.ClientConnectorDNSError):
        words = "the host has no address"
    elif isinstance(error, aiohttp.ClientConnectorCertificateError):
        words = "the certificate is not valid for this host"
    elif isinstance(error, OSError) and error.errno and error.errno > 0:
        words = os.strerror(error.errno)
    else:
        words = type(error).__name__
    return (
        f"nothing was sent: {words}"
        if posted.ending is Ending.NO_CONNECTION
        else f"no complete answer: {words}"
    )
