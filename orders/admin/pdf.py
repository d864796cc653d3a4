"""A table as a PDF of A4 pages. Text in scripts that the standard fonts lack is set in DejaVu Sans where the host has
it (Cyrillic, Greek, …), else in a Chinese font that readers of PDF bring along, so that nothing must be installed."""

import os
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, NamedTuple

from reportlab import rl_config
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas

rl_config.useA85 = 0  # bytes, not text: a quarter smaller
PAGE = landscape(A4)
MARGIN, LEADING, SIZE, HEAD_SIZE = 36.0, 12.0, 8.0, 14.0
PLAIN, BOLD, CHINESE, SANS = "Helvetica", "Helvetica-Bold", "STSong-Light", "DejaVuSans"
SANS_PATHS = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu/DejaVuSans.ttf",
)


WIDEST = 1.02  # of ASCII in Helvetica, the @, times the size: what is short enough is not measured


class Column(NamedTuple):
    """`share` of the page's width; amounts stand on the right."""

    name: str
    share: float
    is_amount: bool = False


def written(
    title: str, facts: Sequence[str], columns: Sequence[Column], rows: Iterable[Sequence[str]]
) -> IO[bytes]:
    """The whole file, at its beginning."""
    file = TemporaryFile()  # noqa: SIM115 - the answer closes it
    canvas = Canvas(file, pagesize=PAGE, invariant=1)
    canvas.setTitle(title)
    sheet = _Sheet(canvas, columns)
    sheet.begin()
    sheet.text(title, HEAD_SIZE, BOLD)
    for fact in facts:
        sheet.text(fact, SIZE + 1)
    sheet.head()
    for row in rows:
        sheet.row(row)
    sheet.end()
    canvas.save()
    file.seek(0)
    return file


class _Sheet:
    def __init__(self, canvas: Canvas, columns: Sequence[Column]) -> None:
        self._canvas, self._columns = canvas, columns
        self._page, self._y = 0, 0.0
        self._font = ("", 0.0)  # of the page; each begins with none
        width = (PAGE[0] - 2 * MARGIN) / sum(column.share for column in columns)
        self._widths = [column.share * width for column in columns]

    def begin(self) -> None:
        self._page += 1
        self._font = ("", 0.0)
        self._y = PAGE[1] - MARGIN - LEADING

    def end(self) -> None:
        self._canvas.setFont(PLAIN, SIZE)
        self._canvas.drawRightString(PAGE[0] - MARGIN, MARGIN - LEADING, str(self._page))
        self._canvas.showPage()

    def text(self, text: str, size: float, font: str = PLAIN) -> None:
        self._draw(text, MARGIN, size, font, PAGE[0] - 2 * MARGIN)
        self._y -= size * 1.5

    def head(self) -> None:
        self._y -= LEADING / 2
        self._line([column.name for column in self._columns], BOLD)
        self._canvas.line(MARGIN, self._y + LEADING - 3, PAGE[0] - MARGIN, self._y + LEADING - 3)

    def row(self, cells: Sequence[str]) -> None:
        if self._y < MARGIN:
            self.end()
            self.begin()
            self.head()
        self._line(cells, PLAIN)

    def _line(self, cells: Sequence[str], font: str) -> None:
        x = MARGIN
        for column, width, cell in zip(self._columns, self._widths, cells, strict=True):
            self._draw(cell, x, SIZE, font, width - 6, is_right=column.is_amount)
            x += width
        self._y -= LEADING

    def _draw(
        self, text: str, x: float, size: float, font: str, width: float, *, is_right: bool = False
    ) -> None:
        if not text:
            return
        font = font_of(text, font)
        text = _fitting(text, font, size, width)
        if (font, size) != self._font:
            self._canvas.setFont(font, size)
            self._font = font, size
        start = x + width - stringWidth(text, font, size) if is_right else x
        self._canvas.drawString(start, self._y, text)


def _fitting(text: str, font: str, size: float, width: float) -> str:
    if text.isascii() and len(text) * WIDEST * size <= width:
        return text
    if stringWidth(text, font, size) <= width:
        return text
    while text and stringWidth(f"{text}...", font, size) > width:
        text = text[:-1]
    return f"{text}..."


def font_of(text: str, wanted: str = PLAIN) -> str:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        sans = _sans()
        if sans is not None and all(ord(character) in sans.face.charToGlyph for character in text):
            return SANS
        return _chinese()
    return wanted


@cache
def _sans() -> TTFont | None:
    for path in SANS_PATHS:
        if os.access(path, os.R_OK):
            try:
                font = TTFont(SANS, Path(path))
            except TTFError:
                continue
            registerFont(font)
            return font
    return None


@cache
def _chinese() -> str:
    registerFont(UnicodeCIDFont(CHINESE))
    return CHINESE
