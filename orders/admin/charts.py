"""Charts as inline SVG, without a script: colours by class, so that they follow light and dark; words for who can't see
them. The figures themselves stand in a table beside each chart."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

COLUMN, GAP, HEIGHT, LABEL = 22, 6, 120, 22
BAR_WIDTH, BAR_HEIGHT = 160, 10


@dataclass(frozen=True, slots=True)
class Column:
    """`parts`: heights by class (good, bad, open), from the bottom up. `label`: below it; empty for none."""

    label: str
    words: str
    parts: Sequence[tuple[str, int]]

    @property
    def total(self) -> int:
        return sum(value for _, value in self.parts)


def columns(chart: Sequence[Column], words: str) -> SafeString:
    """`words`: what the chart says, in a sentence."""
    highest = max((column.total for column in chart), default=0) or 1
    rects, labels = [], []
    for number, column in enumerate(chart):
        x, y = number * (COLUMN + GAP), float(HEIGHT)
        for kind, value in column.parts:
            height = HEIGHT * value / highest
            y -= height
            rects.append((x, f"{y:.1f}", COLUMN, f"{height:.1f}", kind, column.words))
        labels.append((x + COLUMN / 2, HEIGHT + LABEL - 5, column.label))
    return format_html(
        '<svg class="bo-chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>',
        len(chart) * (COLUMN + GAP),
        HEIGHT + LABEL,
        words,
        format_html_join(
            "",
            '<rect x="{}" y="{}" width="{}" height="{}" class="is-{}"><title>{}</title></rect>',
            rects,
        ),
        format_html_join("", '<text x="{}" y="{}" text-anchor="middle">{}</text>', labels),
    )


def share(parts: Sequence[tuple[str, int]], most: int) -> SafeString:
    """A bar in a table row that has the figures: nothing to read aloud. `most`: the total of the longest bar."""
    rects, x = [], 0.0
    for kind, value in parts:
        width = BAR_WIDTH * value / (most or 1)
        rects.append((f"{x:.1f}", f"{width:.1f}", BAR_HEIGHT, kind))
        x += width
    return format_html(
        '<svg class="bo-share" width="{0}" height="{1}" viewBox="0 0 {0} {1}" aria-hidden="true">{2}</svg>',
        BAR_WIDTH,
        BAR_HEIGHT,
        format_html_join("", '<rect x="{}" y="0" width="{}" height="{}" class="is-{}"/>', rects),
    )
