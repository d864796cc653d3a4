"""What is stored of an exchange: never a secret, never more than a screenful, never bytes a database refuses."""

import re
from collections.abc import Iterable, Mapping

MASK = "****"
LONGEST_BODY = 16_384
SECRET_HEADERS = frozenset(
    {
        "api-key",
        "api-secret",
        "authorization",
        "cookie",
        "set-cookie",
        "signature",
        "webhook-signature",
        "x-api-key",
        "x-signature",
    }
)
_SECRET_FIELD = re.compile(
    r'("(?:api_?key|api_?secret|secret|token|password|sign|signature)"\s*:\s*")((?:[^"\\]|\\.)*)(")', re.IGNORECASE
)
_SECRET_PAIR = re.compile(r"(?i)\b((?:api_?key|api_?secret|secret|token|password|sign|signature)=)([^&\s]*)")


def mask_headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: MASK if name.lower() in SECRET_HEADERS else _storable(value) for name, value in headers.items()}


def mask_text(text: str, secrets: Iterable[str]) -> str:
    """Every literal occurrence of a secret is replaced; empty ones are ignored."""
    for secret in sorted({secret for secret in secrets if secret}, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return _SECRET_PAIR.sub(rf"\1{MASK}", _SECRET_FIELD.sub(rf"\1{MASK}\3", text))


def mask_body(body: bytes, secrets: Iterable[str]) -> str:
    return mask_text(_storable(body.decode("utf-8", errors="replace")), secrets)[:LONGEST_BODY]


def _storable(text: str) -> str:
    # PostgreSQL takes neither NUL nor lone surrogates.
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", errors="replace").decode()
