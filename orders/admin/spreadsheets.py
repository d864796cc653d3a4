"""Tables as files: CSV and XLSX, written row by row to disk. Values that a spreadsheet would run are made text."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any

from xlsxwriter import Workbook

# What begins a formula, at the start of a cell or of what a program that reads other separators takes for one: with a
# semicolon in its settings it does not see our quotes (OWASP, "CSV Injection").
FORMULA_START = re.compile(r"""^(?=[\t\r\n])|(?:^|(?<=[;,|\t\r\n]))(?=["'\s]*[=+\-@＝＋－＠])""")
Cell = str | int | Decimal | datetime | None
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def written(kind: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> tuple[IO[bytes], int]:
    """The whole file, at its beginning, and its rows below the head. An error while writing raises: a file is never a
    part of the truth."""
    lines = count()
    counted = (row for row in rows if next(lines) >= 0)
    file = {"csv": _csv, "xlsx": _xlsx}[kind](columns, counted)
    return file, next(lines)


def plain(value: Cell) -> str | int | Decimal:
    """Times in UTC as ISO 8601; numbers stay numbers."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return "" if value is None else value


def unformulated(value: str | int | Decimal) -> str | int | Decimal:
    """Where Excel and its kin would begin a formula, a text gets the apostrophe that means text."""
    return FORMULA_START.sub("'", value) if isinstance(value, str) else value


def is_exact(value: Decimal) -> bool:
    """A spreadsheet keeps 15 digits of a number; one that has more is written as text."""
    return len(value.as_tuple().digits) <= 15


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> IO[bytes]:
    file = TemporaryFile()  # noqa: SIM115 - the answer closes it
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    writer.writerows([unformulated(plain(cell)) for cell in row] for row in rows)
    text.flush()
    text.detach()
    file.seek(0)
    return file


def _xlsx(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> IO[bytes]:
    """Text cells are typed as text, which no spreadsheet runs."""
    with TemporaryDirectory() as directory:
        path = Path(directory) / "table.xlsx"
        options: dict[str, Any] = {"constant_memory": True, "tmpdir": directory, "in_memory": False}
        with Workbook(str(path), options) as book:
            sheet = book.add_worksheet()
            sheet.freeze_panes(1, 0)
            for number, name in enumerate(columns):
                sheet.write_string(0, number, name)
            for line, row in enumerate(rows, start=1):
                for number, cell in enumerate(map(plain, row)):
                    if isinstance(cell, int) or (isinstance(cell, Decimal) and is_exact(cell)):
                        sheet.write_number(line, number, cell)
                    elif cell != "":
                        sheet.write_string(line, number, str(cell))
        return path.open("rb")  # stays readable when the directory is gone
