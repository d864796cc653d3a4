"""Error answers (spec section 7.1): `{"message": text, "code": machine code}`, extra keys allowed."""

from dataclasses import dataclass

from providers import strict_json
from providers.crossingpay.wire import values

ERROR_STATUS = {
    "invalid_json": 400,
    "invalid_param": 400,
    "invalid_apikey": 401,
    "insufficient_funds": 402,
    "address_not_found": 404,
    "order_not_found": 404,
    "unknown_path": 404,
    "method_not_allowed": 405,
    "order_conflict": 409,
    "window_overlap": 409,
    "too_large": 413,
    "unsupported_media_type": 415,
    "rate_limited": 429,
    "internal": 500,
    "unavailable": 503,
}

LONGEST_TEXT = 255


class RequestRefused(Exception):
    """A request that gets an error answer: a server replies with `status` and `body`."""

    def __init__(self, code: str, message: str, **extra: object) -> None:
        super().__init__(message)
        self.code = code
        self.status = ERROR_STATUS[code]
        self.body = error_body(code, message, **extra)


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """`code` is "" where the upstream sent none, as the original may."""

    message: str
    code: str


def error_body(code: str, message: str, **extra: object) -> bytes:
    return values.dump({"message": message, "code": code} | extra)


def read_error(raw: bytes) -> ErrorAnswer | None:
    """None for anything but a JSON object with a text `message`, e.g. a proxy's HTML page. Both texts come out
    printable and short, so that whatever they hold can be stored."""
    try:
        answer = strict_json.loads(raw)
    except strict_json.BadJSON:
        return None
    if not isinstance(answer, dict) or not isinstance(answer.get("message"), str):
        return None
    code = answer.get("code")
    if not isinstance(code, str) or not code.isprintable() or len(code) > LONGEST_TEXT:
        code = ""
    return ErrorAnswer(_one_line(answer["message"]), code)


def _one_line(message: str) -> str:
    return "".join(each if each.isprintable() else " " for each in message[:LONGEST_TEXT])
