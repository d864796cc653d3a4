"""Every sentence that a service writes into a row is known, so that a page can tell it in the reader's language."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from orders.sentence_list import SENTENCES
from orders.sentences import PLACE, is_known, read

SERVICES = sorted((Path(__file__).parents[2] / "orders" / "services").rglob("*.py"))
WRITERS = {
    *(
        "record",
        "move_order",
        "move",
        "wait",
        "call_person",
        "finish",
        "_end_unsent",
        "_unknown",
        "_call_person",
    ),
    *("_give_back", "_give_up", "fail", "_fail"),
}
# Parts of sentences, and texts that a person or an upstream writes.
NO_SENTENCES = {"", "{}"}


def _texts() -> Iterator[tuple[str, int, str]]:
    """Literal texts that are given to what writes a timeline or a reason, also through a variable named `text`."""
    for path in SERVICES:
        for node in ast.walk(ast.parse(path.read_text())):
            for value in _written(node):
                for text in _literals(value):
                    yield path.name, value.lineno, text


def _written(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign) and _names(node.targets) & {"text", "reason", "note"}:
        yield node.value
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        yield from (word.value for word in node.keywords if word.arg in {"reason", "text"})
        if name in WRITERS:
            yield from (argument for argument in node.args if " " in "".join(_literals(argument)))


def _names(targets: list[ast.expr]) -> set[str]:
    return {name for target in targets for name in (getattr(target, "id", ""), getattr(target, "attr", ""))}


def _literals(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.JoinedStr):
        yield "".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in value.values)
    elif isinstance(value, ast.IfExp):
        yield from (*_literals(value.body), *_literals(value.orelse))
    elif isinstance(value, ast.BoolOp):
        yield from (text for each in value.values for text in _literals(each))


@pytest.mark.parametrize(("file", "line", "text"), [*_texts()])
def test_what_services_write_is_known(file: str, line: int, text: str) -> None:
    if text in NO_SENTENCES or not re.search("[a-z] ?[a-z{]", text):
        return
    assert is_known(text.replace("{}", "7")), f"{file}:{line}: {text}"


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("language", ["zh-hans", "ru"])
def test_each_is_read_in_the_language_and_keeps_its_values(language: str, sentence: str) -> None:
    values = {name: f"V{number}V" for number, name in enumerate(PLACE.findall(sentence))}
    with translation.override(language):
        told = read(sentence % values)
    assert told != sentence % values
    assert all(value in told for value in values.values())


def test_several_reasons_are_told_one_by_one() -> None:
    text = "order 7: 1.50 USDT short: 98.50 was paid; 3 min 5 s after the order's window"
    with translation.override("ru"):
        told = read(text)
    assert told == "заказ 7: на 1,50 USDT меньше: оплачено 98,50; через 3 мин 5 с после окна заказа"


def test_what_a_person_wrote_stays() -> None:
    with translation.override("ru"):
        assert read("cancelled: dust") == "отменён: dust"


@pytest.mark.parametrize("text", ["", "Read timed out", "502 Bad Gateway: <html>"])
def test_words_of_others_stay(text: str) -> None:
    with translation.override("zh-hans"):
        assert read(text) == text


def test_english_is_as_it_was_written() -> None:
    with translation.override("en"):
        assert read("order placed") == "order placed"
