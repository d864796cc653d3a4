"""Synchronous calls to upstreams: pooled, bounded, recorded, and exact about what was sent."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import requests
from urllib3.exceptions import HTTPError

from providers.errors import OutcomeUnknown, ProviderMisconfigured, ProviderUnavailable, TargetRefused
from providers.http.addresses import AddressPolicy
from providers.http.connections import Watch, WatchedAdapter
from providers.targets import BadTarget, parse_target

CHUNK_BYTES = 16_384
OWN_HEADERS = {"User-Agent": "tron-merchant-back-office", "Accept-Encoding": "gzip, deflate"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A complete HTTP answer of any status; `headers` has lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One try, for the record. Not masked yet: whoever stores it masks it (providers.recording).

    `status` and the response's parts are there as far as they arrived; `error` is "" for a complete answer.
    """

    purpose: str
    request_id: str
    method: str
    url: str
    request_headers: Mapping[str, str] = field(repr=False)
    request_body: bytes = field(repr=False)
    sent: bool  # False only when it is proven that no byte of the request left
    status: int | None
    response_headers: Mapping[str, str] = field(repr=False)
    response_body: bytes = field(repr=False)
    error: str
    duration_ms: int
    refused: bool = False  # the policy forbade the call


@dataclass(slots=True)
class _Arrived:
    """What has come of an answer so far."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    error: str = ""
    refused: bool = False


class Transport:
    """One pool of connections of one provider account; not shared between threads.

    `policy` says which addresses may be called; `record` is called once after every try, success or not. The host's
    name look-up is the one wait that no deadline can interrupt.
    """

    def __init__(
        self,
        *,
        connect_seconds: float,
        total_seconds: float,
        policy: AddressPolicy,
        max_bytes: int = 1_048_576,
        record: Callable[[Exchange], None] = lambda exchange: None,
    ) -> None:
        self._connect_seconds = connect_seconds
        self._total_seconds = total_seconds
        self._max_bytes = max_bytes
        self._record = record
        self._watch = Watch()
        self._adapter = WatchedAdapter(self._watch, policy)

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes = b"",
        purpose: str,
        request_id: str = "",
        spending: bool = False,
    ) -> Answer:
        """Send once and read the whole answer within `total_seconds`, following no redirect.

        Raises ProviderUnavailable when nothing was sent (TargetRefused if the policy forbade it), or when
        `spending` is False and no answer came; OutcomeUnknown when `spending` and the request may have left;
        ProviderMisconfigured for a URL or a header that is none: then there was no try and nothing is recorded.
        """
        prepared = _prepare(method, url, headers, body)
        if spending:
            # Whether a connection kept open was already dead when the request went into it cannot be proven.
            self._adapter.close()
        arrived = _Arrived()
        started = time.monotonic()
        self._watch.start(self._connect_seconds, self._total_seconds)
        try:
            self._exchange(prepared, arrived)
        except TargetRefused as error:
            arrived.error, arrived.refused = f"nothing was sent: {error}", True
        except (requests.RequestException, HTTPError, OSError) as error:
            arrived.error = self._reason(error)
        self._record(
            Exchange(
                purpose=purpose,
                request_id=request_id,
                method=method,
                url=url,
                request_headers=dict(prepared.headers),
                request_body=body,
                sent=self._watch.sent,
                status=arrived.status,
                response_headers=arrived.headers,
                response_body=bytes(arrived.body),
                error=arrived.error,
                duration_ms=round((time.monotonic() - started) * 1000),
                refused=arrived.refused,
            )
        )
        if arrived.status is not None and not arrived.error:
            return Answer(status=arrived.status, headers=arrived.headers, body=bytes(arrived.body))
        # Raised outside the handler: the original exceptions hold the request with its headers.
        if arrived.refused:
            raise TargetRefused(arrived.error)
        if spending and self._watch.sent:
            raise OutcomeUnknown(arrived.error)
        raise ProviderUnavailable(arrived.error)

    def _exchange(self, prepared: requests.PreparedRequest, arrived: _Arrived) -> None:
        with self._adapter.send(prepared, stream=True, timeout=self._total_seconds) as response:
            arrived.status = response.status_code
            arrived.headers = {name.lower(): value for name, value in response.headers.items()}
            for chunk in response.iter_content(CHUNK_BYTES):  # decoded, so a compression bomb counts in full
                arrived.body += chunk
                if len(arrived.body) > self._max_bytes:
                    del arrived.body[self._max_bytes :]
                    arrived.error = f"the answer is larger than {self._max_bytes} bytes"
                    break

    def _reason(self, error: BaseException) -> str:
        """A sentence from the system's words or a class name, which hold neither URL nor header nor answer."""
        words = type(error).__name__
        while (inner := error.__cause__ or error.__context__) is not None:
            error = inner
        if isinstance(error, TimeoutError):
            words = "timed out"
        elif isinstance(error, OSError):
            words = error.strerror or type(error).__name__
        return f"no complete answer: {words}" if self._watch.sent else f"nothing was sent: {words}"


def _prepare(method: str, url: str, headers: Mapping[str, str], body: bytes) -> requests.PreparedRequest:
    try:
        parse_target(url)
    except BadTarget as error:
        raise ProviderMisconfigured(str(error)) from error
    wanted = OWN_HEADERS | dict(headers)
    if not all(
        f"{name}{value}".isascii() and f"{name}{value}".isprintable() for name, value in wanted.items()
    ):
        raise ProviderMisconfigured("a header holds characters that HTTP does not allow")
    with suppress(requests.RequestException, ValueError):
        return requests.Request(method, url, headers=wanted, data=body).prepare()
    raise ProviderMisconfigured("the URL or a header is not one")
