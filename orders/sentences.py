"""What services write into rows is English, whoever set it off; pages tell it in the reader's language.

A row keeps the whole sentence, so that it is read as easily in the database, in an export or by the next version.
Here each is known as a pattern: `read` finds the one that a text was made from and fills in the translated one. What no
pattern knows (an upstream's own words, sentences of earlier versions) stays as it is.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from django.utils.translation import get_language, gettext

from orders.sentence_list import SENTENCES, WORDS

PLACE = re.compile(r"%\((\w+)\)s")
SAID = "said"  # what a person wrote: never translated
WHOLE = {SAID, "why"}  # may be sentences, of which several are joined with semicolons
DEEPEST = 4


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
            values = match.groupdict()
            told = {name: value if name == SAID else read(value, depth + 1) for name, value in values.items()}
            return gettext(sentence) % told
    return None


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
