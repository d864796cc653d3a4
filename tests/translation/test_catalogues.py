"""Every message of the sources is translated into every language, with the same placeholders, and compiled."""

import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.source_tree import ROOT
from tests.surroundings import gettext_runs
from tests.translation.catalogues import APPS, FORMS, LANGUAGES, Message, compiled, messages, path

EACH = [(app, language) for app in APPS for language in LANGUAGES]
# What a program fills in, and HTML.
KEPT = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}|</?\w+[^>]*>")


@pytest.mark.parametrize(("app", "language"), EACH)
def test_every_message_is_translated(app: str, language: str) -> None:
    found = messages(path(app, language))
    assert found
    assert [each.id for each in found.values() if each.is_fuzzy or not all(each.forms)] == []
    wrong = [each.id for each in found.values() if len(each.forms) != (FORMS[language] if each.plural else 1)]
    assert wrong == []


@pytest.mark.parametrize(("app", "language"), EACH)
def test_every_translation_keeps_what_is_filled_in(app: str, language: str) -> None:
    assert [each.id for each in messages(path(app, language)).values() if not _keeps(each)] == []


def _keeps(message: Message) -> bool:
    """One form of a plural may say its number in words, as the original may."""
    originals = [sorted(KEPT.findall(text)) for text in (message.id, message.plural) if text]
    return all(sorted(KEPT.findall(form)) in originals for form in message.forms)


@pytest.mark.parametrize(("app", "language"), EACH)
def test_what_is_compiled_is_what_is_written(app: str, language: str) -> None:
    file = path(app, language)
    written = {each.id: each.forms for each in messages(file).values() if all(each.forms)}
    assert compiled(file) == written, "make messages"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_message_of_two_catalogues_means_the_same_in_both(language: str) -> None:
    found = defaultdict(set)
    for app in APPS:
        for each in messages(path(app, language)).values():
            found[each.id].add(each.forms)
    assert {name: forms for name, forms in found.items() if len(forms) > 1} == {}


@pytest.mark.skipif(not gettext_runs(), reason="GNU gettext is not installed")
def test_the_catalogues_hold_the_messages_of_the_sources(tmp_path: Path) -> None:
    """Extracted anew, from a copy."""
    for name in (*APPS, "templates"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "manage.py", tmp_path)
    arguments = ["--locale=zh_Hans", "--locale=ru", "--no-location", "--no-obsolete", "--verbosity=0"]
    command = [sys.executable, "manage.py", "makemessages", *arguments]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "backoffice.settings"}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, timeout=600)
    for app, language in EACH:
        committed, extracted = (messages(path(app, language, root)) for root in (ROOT, tmp_path))
        assert sorted(committed) == sorted(extracted), f"{app}, {language}: make messages, then translate"
