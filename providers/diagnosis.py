"""Why does a signature not fit? Pure search: what a sender may have done, one choice a step, right or mistaken.

A scheme lists, for each step of signing, what it may be; the combination with the fewest mistakes that gives the
sender's signature is the answer. Nothing here ever returns a signature or a key.
"""

import binascii
import json
from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any, Generic, TypeVar

from providers import strict_json
from providers.masking import MASK

T = TypeVar("T")
MOST_MISTAKES = 2


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """One way to do a step. `mistake` names the rule it breaks; "": it is as it should be."""

    value: T
    mistake: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """`is_explained`: some combination gave the signature; with no mistake it is valid. The texts are what the
    signature should cover and what the sender evidently signed, keys masked; the second is "" unless it differs.
    `remarks` break no rule of the signature, such as an old timestamp."""

    is_explained: bool
    mistakes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    right_text: str = ""
    signed_text: str = ""

    @property
    def is_valid(self) -> bool:
        return self.is_explained and not self.mistakes


def ways(*steps: Sequence[Choice[Any]]) -> Iterator[tuple[Choice[Any], ...]]:
    """Every combination with at most MOST_MISTAKES mistakes, the fewest first."""
    right = [[each for each in step if not each.mistake] for step in steps]
    wrong = [[each for each in step if each.mistake] for step in steps]
    for count in range(MOST_MISTAKES + 1):
        for mistaken in combinations(range(len(steps)), count):
            chosen = [wrong[step] if step in mistaken else right[step] for step in range(len(steps))]
            yield from product(*chosen)


def mistakes_of(way: Sequence[Choice[Any]]) -> tuple[str, ...]:
    return tuple(choice.mistake for choice in way if choice.mistake)


def spellings(digest: bytes, given: str) -> Choice[str] | None:
    """How `given` writes this digest, which should be lower-case hex; None: it is another."""
    hexed, text = digest.hex(), given.strip()
    for prefix in ("sha256=", "0x", "v1,", "v1="):
        if text.lower().startswith(prefix) and spellings(digest, text[len(prefix) :]):
            return Choice(text, f"the signature has “{prefix}” before it")
    if text == hexed:
        stray = given != text
        return Choice(text, "there is white space around the signature" if stray else "")
    if text.lower() == hexed:
        return Choice(text, UPPER_CASE)
    if text.lower().replace("-", "").replace(":", "") == hexed:
        return Choice(text, "the bytes of the signature are separated")
    if _from_base64(text) == digest:
        return Choice(text, "the signature is in base64 and not in hex")
    if _from_base64(text) == hexed.encode():
        return Choice(text, "the signature is base64 of its hex text")
    return None


UPPER_CASE = "the signature is in upper-case hex"


def _from_base64(text: str) -> bytes | None:
    try:
        return b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def masked(message: bytes, *keys: str) -> str:
    text = message.decode(errors="replace")
    for key in sorted(filter(None, keys), key=len, reverse=True):
        text = text.replace(key, MASK)
    return text


def key_choices(keys: Sequence[Choice[T]], variants: Sequence[tuple[str, Any]]) -> list[Choice[Any]]:
    """Each key as it is and in each mistaken variant (a function of the key, None where it has none)."""
    found: list[Choice[Any]] = []
    for mistake, variant in variants:
        for key in keys:
            value = variant(key.value)
            both = "; ".join(filter(None, (key.mistake, mistake)))
            if value is not None and value not in [each.value for each in found]:
                found.append(Choice(value, both))
    return found


# --- JSON, as senders write it -------------------------------------------------------------------------------------

SORTED_SPACED = "JSON with spaces after “,” and “:” was signed"
SPACED = "JSON with spaces, keys not sorted, was signed"


def json_forms(raw: bytes) -> list[Choice[bytes]]:
    """What a sender may have signed instead of `raw`, each with the mistake it is. Equal forms come once."""
    forms = [
        *((raw + end, f"a trailing {name} was signed that was not sent") for end, name in _ENDS),
        *((raw.removesuffix(end), f"the body ends with a {name} that was not signed") for end, name in _ENDS),
        (raw.strip(), "white space around the body was sent and not signed"),
        (raw.replace(b"\n", b"\r\n"), "line ends were changed on the way (LF, CRLF)"),
        *_written_anew(raw),
    ]
    found: dict[bytes, Choice[bytes]] = {}
    for form, mistake in forms:
        if form != raw:
            found.setdefault(form, Choice(form, mistake))
    return list(found.values())


_ENDS = ((b"\r\n", "line end (CRLF)"), (b"\n", "newline"))


def _written_anew(raw: bytes) -> Iterator[tuple[bytes, str]]:
    value = plain_json(raw)
    if value is None:
        return
    order = "another order of keys than the body's was signed (sorted)"
    for ascii_only in (True, False):
        script = (
            "non-ASCII text was signed as \\uXXXX" if ascii_only else "non-ASCII text was signed as raw UTF-8"
        )
        compact: dict[str, Any] = {"separators": (",", ":"), "ensure_ascii": ascii_only}
        yield _dump(value, **compact), f"another writing of the body was signed: compact, {script}"
        yield _dump(value, sort_keys=True, **compact), f"{order}, {script}" if not raw.isascii() else order
        yield _dump(value, ensure_ascii=ascii_only, sort_keys=True), SORTED_SPACED
        yield _dump(value, ensure_ascii=ascii_only), SPACED
        for sort in (True, False):
            one = _dump(value, sort_keys=sort, **compact)
            yield one.replace(b"/", b"\\/"), "slashes were signed as \\/"
            yield _html_escaped(one), "“&”, “<” and “>” were signed as \\u0026, \\u003c, \\u003e"
        for indent in (2, 4):
            yield _dump(value, ensure_ascii=ascii_only, indent=indent), "pretty-printed JSON was signed"
    if isinstance(value, dict):
        kept = {name: item for name, item in value.items() if item is not None}
        yield _dump(kept, sort_keys=True, separators=(",", ":")), "fields that are null were left out"
        filled = {name: item for name, item in value.items() if item not in (None, "")}
        yield _dump(filled, sort_keys=True, separators=(",", ":")), "empty fields were left out"
        flat = {name: item for name, item in value.items() if not isinstance(item, dict | list)}
        pairs = "&".join(f"{name}={flat[name]}" for name in sorted(flat))
        yield pairs.encode(errors="replace"), "name=value pairs were signed and not JSON"


def plain_json(raw: bytes) -> Any:
    """As Python's own json reads it, so that it prints again as it was; None for what we would refuse."""
    try:
        strict_json.loads(raw)
        value = json.loads(raw)
        json.dumps(value, allow_nan=False)  # 1e999 is read as infinity
    except ValueError:
        return None
    return value


def _dump(value: Any, **options: Any) -> bytes:
    return json.dumps(value, **options).encode(errors="replace")


def _html_escaped(text: bytes) -> bytes:
    return text.replace(b"&", b"\\u0026").replace(b"<", b"\\u003c").replace(b">", b"\\u003e")
