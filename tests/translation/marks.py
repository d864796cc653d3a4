"""A language in which every message is itself between marks, and what of a page stands outside of them."""

import gettext
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

from django.utils.translation import trans_real

OPEN, CLOSE = "⟦", "⟧"
SEPARATOR = "\x04"  # between the context of a message and its text, in catalogues
SPOKEN = ("title", "placeholder", "aria-label", "aria-description", "alt", "label")
SILENT = {"script", "style", "code", "pre", "textarea", "time", "svg"}
DULL = {"material-symbols-outlined", "bo-pre"}  # names of pictures; bodies and facts as they are kept
VOID = {"input", "link", "meta", "br", "hr", "img", "col", "source", "wbr"}
# A message that was cut off ends at the latest with one of these.
WALLS = {
    *("title", "body", "form", "table", "tr", "td", "th", "li", "option", "h1", "h2", "h3", "section", "nav"),
    *("header", "main", "label", "button", "summary", "dt", "dd", "select", "fieldset", "aside"),
}
LETTERS = re.compile(r"[A-Za-z][\w'’-]*", re.ASCII)


class Marked(gettext.NullTranslations):
    """In the place of a language's catalogue. `asked`: every message that was looked up."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language, self.asked = language, set[str]()

    def to_language(self) -> str:
        return self.language

    def gettext(self, message: str) -> str:
        self.asked.add(message)
        text = message.rpartition(SEPARATOR)[2]
        # Django cuts this one into three.
        return ",".join(map(marked, text.split(","))) if text == "yes,no,maybe" else marked(text)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        self.asked.add(msgid1)
        text = (msgid1 if n == 1 else msgid2).rpartition(SEPARATOR)[2]
        return marked(text)


def unknown_to(language: str, messages: Iterable[str]) -> list[str]:
    """Messages that no catalogue of the language holds, ours or a framework's."""
    known = trans_real.DjangoTranslation(language)._catalog  # type: ignore[attr-defined]
    return sorted(message for message in messages if message not in known and (message, 0) not in known)


def marked(text: str) -> str:
    return f"{OPEN}{text}{CLOSE}"


class _Page(HTMLParser):
    """`pieces`: what people read, as far as it is outside of marks."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._depth = 0
        self._stack: list[tuple[str, bool]] = []  # each open element, and whether nobody reads it

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        silent = self._is_silent() or tag in SILENT or bool(DULL & set((given.get("class") or "").split()))
        spoken = [given.get(name) or "" for name in SPOKEN]
        if tag == "input" and given.get("type") in {"submit", "button", "reset"}:
            spoken.append(given.get("value") or "")
        self.pieces += [outside(text)[0] for text in spoken if text]
        if tag in WALLS:
            self._depth = 0
        if tag not in VOID:
            self._stack.append((tag, silent))

    def handle_endtag(self, tag: str) -> None:
        if tag in WALLS:
            self._depth = 0
        if any(tag == each for each, _ in self._stack):
            while self._stack.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._is_silent():
            text, self._depth = outside(data, self._depth)
            self.pieces.append(text)

    def _is_silent(self) -> bool:
        return bool(self._stack) and self._stack[-1][1]


def outside(text: str, depth: int = 0) -> tuple[str, int]:
    """What is left, and the depth at the end. `depth`: how many marks are open."""
    left = []
    for character in text:
        if character == OPEN:
            depth += 1
        elif character == CLOSE:
            depth = max(depth - 1, 0)
        elif depth == 0:
            left.append(character)
    return "".join(left), depth


def untranslated(html: str, data: Iterable[str], allowed: frozenset[str]) -> Iterator[str]:
    """Texts with a word that is neither marked nor data nor allowed."""
    page = _Page()
    page.feed(html)
    texts = "|".join(map(re.escape, sorted(data, key=len, reverse=True)))
    known = re.compile(
        rf"https?://\S+|\b\w{{20,}}\b|(?<!\w)(?:{texts})(?!\w)", re.ASCII | re.IGNORECASE
    )  # addresses, hashes, keys
    for piece in page.pieces:
        if LETTERS.search(piece):
            words = LETTERS.findall(known.sub(" ", piece))
            if any(word not in allowed for word in words):
                yield " ".join(piece.split())
