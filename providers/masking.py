"""What is stored of an exchange: never a secret, never more than a screenful, never bytes a database refuses.

Two nets: names that carry secrets by custom, and the account's own secret texts wherever they stand.
"""

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
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
SIGNATURE_HEADERS = frozenset({"signature", "webhook-signature", "x-signature"})
KEY_HEADERS = SECRET_HEADERS - SIGNATURE_HEADERS


def _fields(telltale: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """In JSON, where objects and lists are looked into: a string, which may be cut off, or a bare word or number. In a
    form."""
    name = rf"[\w-]*(?:{telltale})"
    return (
        re.compile(rf'("{name}"\s*:\s*)("(?:[^"\\]|\\.)*(?:"|\\?$)|[^\s"\[{{,}}\]]+)', re.IGNORECASE),
        re.compile(rf"(?<![\w-])({name}=)[^&\s\"'<>]+", re.IGNORECASE),
    )


_KEYS = "api[_-]?key|secret|token|password"
_KEY_FIELDS, _ALL_FIELDS = _fields(_KEYS), _fields(f"{_KEYS}|signature|sign")

_KEY_WORDS = ("key", "secret", "token", "password")


class Masker:
    """Replaces these secrets, and what a name gives away as one; empty texts are ignored.

    `keeps_signatures`: of what we signed ourselves. A signature is no key, and in a dispute it is the evidence.
    """

    def __init__(self, secrets: Iterable[str], *, keeps_signatures: bool = False) -> None:
        self._spellings = _all_spellings(tuple(secrets))
        self._json_field, self._form_field = _KEY_FIELDS if keeps_signatures else _ALL_FIELDS
        self._telltale_words = _KEY_WORDS if keeps_signatures else (*_KEY_WORDS, "sign")
        self._secret_headers = KEY_HEADERS if keeps_signatures else SECRET_HEADERS

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        kept = {
            _storable(name): MASK if name.lower() in self._secret_headers else value
            for name, value in headers.items()
        }
        if self._is_harmless("\n".join(kept.values())):  # one look instead of one for each
            return {name: value[:LONGEST_HEADER] for name, value in kept.items()}
        return {name: self.text(value)[:LONGEST_HEADER] for name, value in kept.items()}

    def _is_harmless(self, text: str) -> bool:
        """Storable, and nothing in it is to be masked."""
        if not text.isascii() or "\x00" in text or self._has_telltale(text):
            return False
        return not any(spelling in text for spelling in self._spellings)

    def text(self, text: str) -> str:
        """Every occurrence of a secret is replaced, also as JSON or a URL would escape it."""
        text = _storable(text)
        for spelling in self._spellings:
            text = text.replace(spelling, MASK)
        has_json, has_form = '"' in text, "=" in text
        if not (has_json or has_form) or not self._has_telltale(text):
            return text  # nearly always, and soon found out
        if has_json:
            text = self._json_field.sub(rf'\1"{MASK}"', text)
        return self._form_field.sub(rf"\1{MASK}", text) if has_form else text

    def _has_telltale(self, text: str) -> bool:
        """Many times quicker than the patterns, which need not be tried without one."""
        folded = text.casefold()
        return any(word in folded for word in self._telltale_words)

    def body(self, body: bytes) -> str:
        return self.text(body.decode("utf-8", errors="replace"))[:LONGEST_BODY]


def mask_headers(headers: Mapping[str, str], secrets: Iterable[str] = ()) -> dict[str, str]:
    return Masker(secrets).headers(headers)


def mask_text(text: str, secrets: Iterable[str]) -> str:
    return Masker(secrets).text(text)


def mask_body(body: bytes, secrets: Iterable[str]) -> str:
    return Masker(secrets).body(body)


@lru_cache(maxsize=1024)
def _all_spellings(secrets: tuple[str, ...]) -> tuple[str, ...]:
    """The longest first, so that none leaves a part of another."""
    spellings = {spelling for secret in secrets if secret for spelling in _spellings(secret)}
    return tuple(sorted(spellings, key=len, reverse=True))


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
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", errors="replace").decode()
