"""The catalogues as files: what `make messages` writes, and what it compiles them to."""

import ast
import gettext
import re
from pathlib import Path
from typing import NamedTuple

from tests.source_tree import ROOT

APPS, LANGUAGES = ("backoffice", "orders", "providers"), ("zh_Hans", "ru")
FORMS = {"zh_Hans": 1, "ru": 3}
PART = re.compile(r'^(msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?) ((?:".*"\n?)+)', re.MULTILINE)


class Message(NamedTuple):
    """`id`: with its context before it, as catalogues keep it. `forms`: one, or as many as the language has."""

    id: str
    plural: str
    forms: tuple[str, ...]
    is_fuzzy: bool


def path(app: str, language: str, root: Path = ROOT) -> Path:
    return root / app / "locale" / language / "LC_MESSAGES" / "django.po"


def messages(file: Path) -> dict[str, Message]:
    """By id; without the head."""
    blocks = file.read_text().split("\n\n")
    found = [_message(block) for block in blocks[1:] if not block.startswith("#~")]
    return {message.id: message for message in found}


def _message(block: str) -> Message:
    parts = {name: "".join(map(ast.literal_eval, text.splitlines())) for name, text in PART.findall(block)}
    context = f"{parts['msgctxt']}\x04" if "msgctxt" in parts else ""
    forms = tuple(text for name, text in parts.items() if name.startswith("msgstr"))
    is_fuzzy = re.search(r"^#,.*\bfuzzy\b", block, re.MULTILINE) is not None
    return Message(context + parts["msgid"], parts.get("msgid_plural", ""), forms, is_fuzzy)


def compiled(file: Path) -> dict[str, tuple[str, ...]]:
    """Id to forms, as a program reads them."""
    with file.with_suffix(".mo").open("rb") as stream:
        catalogue = gettext.GNUTranslations(stream)._catalog  # type: ignore[attr-defined]
    found: dict[str, tuple[str, ...]] = {}
    for key, text in sorted(catalogue.items(), key=str):
        name = key[0] if isinstance(key, tuple) else key
        if name:
            found[name] = (*found.get(name, ()), text)
    return found
