"""What services write into rows is English, whoever set it off; pages tell it in the reader's language.

A row keeps the whole sentence, so that it is read as easily in the database, in an export or by the next version.
Here each is known as a pattern: `read` finds the one that a text was made from and fills in the translated one. What no
pattern knows (an upstream's own words, sentences of earlier versions) stays as it is.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from django.utils.translation import get_language, gettext, gettext_noop

from orders import notation
from orders.sentence_list import SENTENCES, WORDS

PLACE = re.compile(r"%\((\w+)\)s")
SAID = "said"  # what a person wrote: never translated
WHOLE = {SAID, "why"}  # may be sentences, of which several are joined with semicolons
DEEPEST = 4
AMOUNTS = frozenset({"amount", "balance", "difference", "moved", "price", "signed", "wanted"})
DECIMAL = re.compile(r"\d+(\.\d+)?", re.ASCII)
GROUPED = re.compile(r"\d{1,3}(,\d{3})+", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", re.ASCII)
SPAN_UNITS = {
    "d": gettext_noop("%(count)s d"),
    "h": gettext_noop("%(count)s h"),
    "min": gettext_noop("%(count)s min"),
    "s": gettext_noop("%(count)s s"),
}
SPAN_PART = re.compile(r"(\d+) (d|h|min|s)", re.ASCII)
SPAN = re.compile(rf"{SPAN_PART.pattern}(?: {SPAN_PART.pattern})?", re.ASCII)


def read(text: str, depth: int = 0) -> str:
    """In the active language."""
    if not text or depth > DEEPEST or (get_language() or "en").startswith("en"):
        return text
    found = _whole(text, depth)
    if found is None and "; " in text:
        found = "; ".join(read(part, depth + 1) for part in text.split("; "))
    return text if found is None else found


def is_known(text: str) -> bool:
    return text in _plain() or any(pattern.fullmatch(text) for pattern, _ in _patterns())


def _whole(text: str, depth: int) -> str | None:
    if text in _plain():
        return gettext(text)
    for pattern, sentence in _patterns():
        if match := pattern.fullmatch(text):
            values = match.groupdict().items()
            return gettext(sentence) % {name: _filled(sentence, name, value, depth) for name, value in values}
    return None


def _filled(sentence: str, name: str, value: str, depth: int) -> str:
    """Figures and times as the reader's language writes them; what is quoted stays as it came."""
    if name == SAID or f"“%({name})s”" in sentence:
        return value
    if name in AMOUNTS and DECIMAL.fullmatch(value):
        return notation.decimal(value)
    if GROUPED.fullmatch(value):
        return notation.number(int(value.replace(",", "")))
    if MOMENT.fullmatch(value):
        at = datetime.fromisoformat(value)
        return notation.moment(at) if value.count(":") > 1 else notation.minute(at)
    if SPAN.fullmatch(value):
        return SPAN_PART.sub(lambda part: gettext(SPAN_UNITS[part[2]]) % {"count": part[1]}, value)
    return read(value, depth + 1)


@lru_cache
def _plain() -> frozenset[str]:
    return frozenset({*WORDS, *(each for each in SENTENCES if not PLACE.search(each))})


@lru_cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Those that say most in their own words first: they are the likeliest source."""
    known = sorted(
        (each for each in SENTENCES if PLACE.search(each)), key=lambda each: -len(PLACE.sub("", each))
    )
    return [(re.compile("".join(_parts(each)), re.DOTALL), each) for each in known]


def _parts(sentence: str) -> Iterator[str]:
    seen = set()
    for index, part in enumerate(PLACE.split(sentence)):
        if index % 2 == 0:
            yield re.escape(part.replace("%%", "%"))
        elif part in seen:
            yield f"(?P={part})"
        else:
            seen.add(part)
            yield f"(?P<{part}>.+?)" if part in WHOLE else f"(?P<{part}>[^;]+?)"
