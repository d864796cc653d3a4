"""Posts many at a time, over connections that are kept: bounded like a Transport's calls, and described as exactly.

A request goes out once. It is not repeated when a kept connection turns out to be dead, for its bytes may have
arrived; connections therefore rest only a second.
"""

import os
import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from types import TracebackType
from typing import Any

import aiohttp
from yarl import URL

from providers.errors import TargetRefused
from providers.http.addresses import AddressPolicy
from providers.http.guarded_connector import GuardedConnector
from providers.targets import BadTarget, parse_target

REST_SECONDS = 1.0
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


_current: ContextVar[Posted] = ContextVar("posted")


class _Request(aiohttp.ClientRequest):
    """Tells the moment from which on bytes may have left, and which way they went."""

    async def send(self, conn: Any) -> aiohttp.ClientResponse:
        posted = _current.get()
        posted.ending = Ending.NO_ANSWER
        if conn.transport is not None:
            peer = conn.transport.get_extra_info("peername")
            posted.address = str(peer[0])[:45] if peer else ""
            if tls := conn.transport.get_extra_info("ssl_object"):
                posted.tls = f"{tls.version()} {tls.cipher()[0]}"[:64]
        try:
            return await super().send(conn)
        finally:
            posted.headers = self.headers


class Poster:
    """An asynchronous context manager; `policy` decides which addresses may be called."""

    def __init__(
        self,
        *,
        policy: AddressPolicy,
        connect_seconds: float,
        total_seconds: float,
        max_bytes: int = 65_536,
    ) -> None:
        self._policy = policy
        self._timeout = aiohttp.ClientTimeout(total=total_seconds, connect=connect_seconds)
        self._max_bytes = max_bytes

    async def __aenter__(self) -> "Poster":
        self._session = aiohttp.ClientSession(
            connector=GuardedConnector(self._policy, limit=0, keepalive_timeout=REST_SECONDS),
            timeout=self._timeout,
            request_class=_Request,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=("Accept-Encoding", "Content-Type"),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Posted:
        """Never raises for what a URL, a network or an answer may be; cancelled, it raises as usual."""
        wanted = OWN_HEADERS | dict(headers)
        posted = Posted(headers=wanted)
        _current.set(posted)
        started = time.monotonic()
        try:
            await self._exchange(_target(url), wanted, body, posted)
        except TargetRefused as error:
            posted.ending, posted.error = Ending.REFUSED, f"nothing was sent: {error}"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            posted.error = _reason(error, posted)
        posted.duration_ms = round((time.monotonic() - started) * 1000)
        return posted

    async def _exchange(self, target: URL, headers: Mapping[str, str], body: bytes, posted: Posted) -> None:
        async with self._session.post(target, headers=headers, data=body, allow_redirects=False) as response:
            posted.ending, posted.status = Ending.ANSWERED, response.status
            posted.answer_headers = {name.lower(): value for name, value in response.headers.items()}
            arrived = bytearray()
            try:
                while chunk := await response.content.readany():
                    arrived += chunk
                    if len(arrived) > self._max_bytes:
                        posted.error = f"the answer is larger than {self._max_bytes} bytes"
                        response.close()  # the rest is not waited for
                        break
            finally:
                posted.answer_body = bytes(arrived[: self._max_bytes])


@lru_cache(maxsize=4096)
def _target(url: str) -> URL:
    """The URL to the letter. Raises BadTarget, and ValueError for what aiohttp can't read."""
    parse_target(url)
    return URL(url, encoded=True)


def _reason(error: Exception, posted: Posted) -> str:
    """A sentence from the system's words or a class name. Settles how the try ended."""
    if isinstance(error, aiohttp.InvalidURL) or not isinstance(error, aiohttp.ClientError | OSError):
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
