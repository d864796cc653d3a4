"""Synchronous calls to upstreams: pooled, bounded, recorded, and exact about what was sent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A complete HTTP answer of any status; `headers` has lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One try, for the record. Not masked yet: whoever stores it masks it (providers.recording)."""

    purpose: str
    request_id: str
    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: bytes
    sent: bool  # False only when it is proven that no byte of the request left
    status: int | None
    response_headers: Mapping[str, str]
    response_body: bytes
    error: str
    duration_ms: int


class Transport:
    """One pooled session of one provider account; not shared between threads.

    `record` is called once after every try, success or not.
    """

    def __init__(
        self,
        *,
        connect_seconds: float,
        total_seconds: float,
        max_bytes: int = 1_048_576,
        record: Callable[[Exchange], None] = lambda exchange: None,
    ) -> None: ...

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

        Raises ProviderUnavailable when nothing was sent, or when `spending` is False and no answer came;
        OutcomeUnknown when `spending` and the request may have left; ProviderMisconfigured for a URL that is none.
        """
        raise NotImplementedError
