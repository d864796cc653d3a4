"""Files of a table: whole, in UTC, and harmless in a spreadsheet."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest

from orders.admin import spreadsheets

COLUMNS = ("number", "text", "time")
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
AT = datetime(2026, 3, 1, 20, 0, 1, 250_000, tzinfo=timezone(timedelta(hours=8)))
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=cmd|"/c calc"!A1', "＝1"]


def cells(kind: str, rows: list[list[spreadsheets.Cell]]) -> list[list[str]]:
    file, count = spreadsheets.written(kind, COLUMNS, rows)
    assert count == len(rows)
    with file:
        content = file.read()
    if kind == "csv":
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    return list(_sheet(content))


def _sheet(content: bytes) -> Iterator[list[str]]:
    with ZipFile(io.BytesIO(content)) as book:
        tree = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert list(tree.iter(f"{SHEET}f")) == [], "no cell is a formula"
    for row in tree.iter(f"{SHEET}row"):
        found = {"".join(filter(str.isalpha, cell.get("r", ""))): cell for cell in row}
        yield ["".join(found[name].itertext()) if name in found else "" for name in "ABC"]


@pytest.mark.parametrize("kind", spreadsheets.CONTENT_TYPES)
def test_values_come_out_as_they_went_in(kind: str) -> None:
    rows: list[list[spreadsheets.Cell]] = [[7, "汉字, \"quoted\"\nand 'more'", AT], [None, "", None]]
    assert cells(kind, rows) == [
        list(COLUMNS),
        ["7", "汉字, \"quoted\"\nand 'more'", "2026-03-01T12:00:01.250Z"],
        *([["", "", ""]] if kind == "csv" else []),  # a row of nothing is none in a sheet
    ]


def test_times_of_any_zone_are_utc() -> None:
    assert spreadsheets.plain(AT) == spreadsheets.plain(AT.astimezone(UTC))


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_text(text: str) -> None:
    assert cells("csv", [[1, text, None]])[1][1].startswith("'")
    [_, [_, shown, _]] = cells("xlsx", [[1, text, None]])
    assert shown.replace("_x000D_", "\r").strip() == text.strip()


@pytest.mark.parametrize("separator", [",", ";", "|", "\t", "\r", "\n"])
@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", ' "=1', "＝1"])
def test_it_is_text_for_who_reads_another_separator_and_no_quotes(separator: str, start: str) -> None:
    """Such a program takes what follows the separator for a cell of its own."""
    shown = cells("csv", [["a", f"a{separator}{start}", None]])[1][1]
    assert shown == f"a{separator}'{start}"


def test_every_cell_of_a_csv_is_quoted() -> None:
    file, _ = spreadsheets.written("csv", COLUMNS, [[-5, "a", None]])
    with file:
        assert file.read().decode("utf-8-sig") == '"number","text","time"\r\n"-5","a",""\r\n'


def test_what_begins_no_formula_is_left_as_it_is() -> None:
    text = 'https://a.example/?b=c&d=-1;e f-g h+i@j "k"'
    assert cells("csv", [[1, text, None]])[1][1] == text


def test_a_number_below_zero_stays_a_number() -> None:
    assert cells("csv", [[-5, "", None]])[1][0] == "-5"


@pytest.mark.parametrize("kind", spreadsheets.CONTENT_TYPES)
def test_an_error_midway_leaves_no_file(kind: str) -> None:
    def rows() -> Iterator[list[spreadsheets.Cell]]:
        yield [1, "a", None]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        spreadsheets.written(kind, COLUMNS, rows())


@pytest.mark.parametrize("kind", spreadsheets.CONTENT_TYPES)
def test_control_characters_do_no_harm(kind: str) -> None:
    assert len(cells(kind, [[1, "a\x01\x1fb\ufffe", None]])) == 2
