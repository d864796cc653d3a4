"""How iTRX says no (specs/itrx.md section 4), as an exception that any depth of a handler may raise.

HTTP 400 with `{"detail": text}` or with a list of texts per field; HTTP 200 with `errno` for what was understood but
failed. Statuses the vendor does not document (404, 405, 413, 415, 429, 500) have the shape of Django REST Framework,
which the vendor's server evidently is.
"""

from collections.abc import Mapping
from typing import Any

FAILED = 1
TOO_LARGE = "Request body is too large."
NO_SUCH_PATH = "Not found."
BAD_REQUEST = "Bad request."
FAULT = "A server error occurred."
UNAVAILABLE = "Service temporarily unavailable, try again later."


class Refused(Exception):
    def __init__(
        self, body: Mapping[str, Any], *, status: int = 400, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status)
        self.body = body
        self.status = status
        self.headers = headers or {}


def detail(text: str, *, status: int = 400, headers: Mapping[str, str] | None = None) -> Refused:
    return Refused({"detail": text}, status=status, headers=headers)


def failed(message: str, *, errno: int = FAILED) -> Refused:
    return Refused({"errno": errno, "message": message}, status=200)


def method_not_allowed(method: str, allowed: list[str]) -> Refused:
    text = f'Method "{method[:16]}" not allowed.'
    return detail(text, status=405, headers={"Allow": ", ".join(allowed)})


def unavailable() -> Refused:
    """The same request again is safe: it can make one order only."""
    return detail(UNAVAILABLE, status=503, headers={"Retry-After": "1"})


def throttled(wait_seconds: int) -> Refused:
    text = f"Request was throttled. Expected available in {wait_seconds} seconds."
    return detail(text, status=429, headers={"Retry-After": str(wait_seconds)})
