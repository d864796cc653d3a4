"""What is stored of an exchange: never a secret, never more than a screenful, never bytes a database refuses.

Two nets: names that carry secrets by custom, and the account's own secret texts wherever they stand.
"""

import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, quote_plus

MASK = "****"
LONGEST_BODY = 16_384
LONGEST_HEADER = 1_024
SECRET_HEADERS = frozenset(
    {
        "api-key",
        "api-secret",
        "authorization",
        "cookie",
        "proxy-authorization",
        "set-cookie",
        "signature",
        "webhook-signature",
        "x-api-key",
        "x-api-secret",
        "x-auth-token",
        "x-signature",
    }
)
_TELLTALE = r"[\w-]*(?:api[_-]?key|secret|token|password|signature|sign)"
# In JSON: a string, which may be cut off, or a bare word or number. Objects and lists are looked into.
_JSON_FIELD = re.compile(
    rf'("{_TELLTALE}"\s*:\s*)("(?:[^"\\]|\\.)*(?:"|\\?$)|[^\s"\[{{,}}\]]+)', re.IGNORECASE
)
_FORM_FIELD = re.compile(rf"(?<![\w-])({_TELLTALE}=)[^&\s\"'<>]+", re.IGNORECASE)


def mask_headers(headers: Mapping[str, str], secrets: Iterable[str] = ()) -> dict[str, str]:
    known = tuple(secrets)
    return {
        _storable(name): MASK if name.lower() in SECRET_HEADERS else mask_text(value, known)[:LONGEST_HEADER]
        for name, value in headers.items()
    }


def mask_text(text: str, secrets: Iterable[str]) -> str:
    """Every occurrence of a secret is replaced, also as JSON or a URL would escape it; empty ones are ignored."""
    text = _storable(text)
    spellings = {spelling for secret in secrets if secret for spelling in _spellings(secret)}
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, MASK)
    return _FORM_FIELD.sub(rf"\1{MASK}", _JSON_FIELD.sub(rf'\1"{MASK}"', text))


def mask_body(body: bytes, secrets: Iterable[str]) -> str:
    return mask_text(body.decode("utf-8", errors="replace"), secrets)[:LONGEST_BODY]


def _spellings(secret: str) -> set[str]:
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(secret)[1:-1].replace("/", r"\/"),
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
    }


def _storable(text: str) -> str:
    # PostgreSQL takes neither NUL nor lone surrogates.
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", errors="replace").decode()
