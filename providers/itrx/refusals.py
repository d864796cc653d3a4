"""How iTRX says no: HTTP 400 with a text or field errors, or HTTP 200 with an `errno` (spec 4).

Validation texts depend on the language and are never matched. The few texts below are documented, seen in
real clients, or our own choice where nothing is known; our server answers with the same ones.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

UNKNOWN_KEY = "API not found"
BAD_SIGNATURE = "Signature verification failed"
STALE_TIMESTAMP = "Timestamp expired"
NOT_JSON = "JSON parse error"
NO_FUNDS = "Insufficient funds"
INACTIVE_ADDRESS = "is the inactive address."  # after the address and a space
ERRNO_NOT_FOUND = 404
ORDER_NOT_FOUND = "Order not found"

_LONGEST_MESSAGE = 300


class Cause(Enum):
    REJECTED = auto()
    NO_FUNDS = auto()
    NOT_FOUND = auto()  # errno 404
    BAD_CREDENTIALS = auto()  # unknown key, wrong signature, or clocks apart: every call will fail


@dataclass(frozen=True, slots=True)
class Refusal:
    """`code`: their errno, else "detail", else the names of the refused fields."""

    cause: Cause
    message: str
    code: str


def read_refusal(http_status: int, answer: dict[str, Any]) -> Refusal | None:
    """None when the answer is no refusal in a documented shape: it may be good, or not understood at all."""
    if http_status == 400:
        return _detail(answer) or _field_errors(answer)
    if http_status == 200:
        return _errno(answer)
    return None


def _detail(answer: dict[str, Any]) -> Refusal | None:
    detail = answer.get("detail")
    return Refusal(_cause_of(detail), _one_line(detail), "detail") if isinstance(detail, str) else None


def _field_errors(answer: dict[str, Any]) -> Refusal | None:
    lines = []
    for name, texts in answer.items():
        if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
            return None
        lines.append(f"{name}: {' '.join(texts)}")
    return (
        Refusal(Cause.REJECTED, _one_line("; ".join(lines)), _one_line(",".join(answer))) if lines else None
    )


def _errno(answer: dict[str, Any]) -> Refusal | None:
    errno = answer.get("errno")
    if isinstance(errno, bool) or not isinstance(errno, int) or errno == 0:
        return None
    if answer.get("serial") or answer.get("order_no"):
        return None  # a no that names an order contradicts itself: nobody may conclude anything from it
    message = answer.get("message")
    message = message if isinstance(message, str) else ""
    cause = Cause.NOT_FOUND if errno == ERRNO_NOT_FOUND else _cause_of(message)
    return Refusal(cause, _one_line(message), str(errno))


def _cause_of(message: str) -> Cause:
    if any(known in message for known in (UNKNOWN_KEY, BAD_SIGNATURE, STALE_TIMESTAMP)):
        return Cause.BAD_CREDENTIALS
    return Cause.NO_FUNDS if NO_FUNDS in message else Cause.REJECTED


def _one_line(message: str) -> str:
    printable = "".join(character if character.isprintable() else " " for character in message)
    return printable[:_LONGEST_MESSAGE]
