"""How each language of the pages writes figures and days, and how an amount that a person types is read.

English and Chinese keep the days of ISO 8601: nobody wonders whether 11/12 is in November, Chinese back offices write
them so, and an operator compares them with logs, exports and upstreams' pages. Russian has its own. The clock has 24
hours in all. What programs read or what is stored is never written by this module.
"""

import re
from datetime import date, datetime
from typing import NamedTuple

from django.utils.functional import lazy
from django.utils.translation import get_language

from providers.money import format_units, parse_units

NO_BREAK = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


class Notation(NamedTuple):
    """`percent`: what follows the figure. `day`: as strftime has it."""

    point: str
    group: str
    percent: str
    day: str

    def moment(self, at: datetime) -> str:
        return at.strftime(f"{self.day} %H:%M:%S")


ENGLISH = Notation(point=".", group=",", percent=" %", day="%Y-%m-%d")
NOTATIONS = {
    "zh-hans": ENGLISH._replace(percent="%"),
    "ru": Notation(point=",", group=NO_BREAK, percent=f"{NO_BREAK}%", day="%d.%m.%Y"),
}


def active() -> Notation:
    return NOTATIONS.get(get_language() or "", ENGLISH)


def number(value: int) -> str:
    """1234 -> `1,234`"""
    return _grouped(value, active())


def _grouped(value: int, own: Notation) -> str:
    return f"{value:,}" if own.group == "," else f"{value:,}".replace(",", own.group)


def decimal(plain: str) -> str:
    """`1234.5` -> `1,234.5`"""
    sign, digits = (MINUS, plain[1:]) if plain.startswith("-") else ("", plain)
    whole, _, fraction = digits.partition(".")
    own = active()  # asked once: it takes a third of the time
    if own.point == "," and len(fraction) == 3 and len(whole) <= 3 and whole != "0":
        fraction += "0"  # 1,234 would be more than a thousand to many a reader, and to `readings`
    text = whole if len(whole) <= 3 else _grouped(int(whole), own)
    return f"{sign}{text}{own.point}{fraction}" if fraction else f"{sign}{text}"


def amount(units: int) -> str:
    """Of the smallest unit: 1234500000 -> `1,234.50`"""
    return decimal(format_units(units, least_decimals=2))


def decimal_or_plain(plain: str) -> str:
    """As it is in English, in which programs are told it too."""
    return plain if active() is ENGLISH else decimal(plain)


# For sentences that are put into words later, for the trail in English.
number_lazy, decimal_lazy = lazy(number, str), lazy(decimal, str)
decimal_or_plain_lazy = lazy(decimal_or_plain, str)


def percent(plain: str) -> str:
    """`98.5` -> `98.5 %`"""
    return f"{decimal(plain)}{active().percent}"


def day(at: date) -> str:
    return at.strftime(active().day)


def minute(at: datetime) -> str:
    """In its own zone, as are the others."""
    return at.strftime(f"{active().day} %H:%M")


def moment(at: datetime) -> str:
    return active().moment(at)


# --- reading -----------------------------------------------------------------------------------------------------

SPACES = re.compile("[\u00a0\u2009\u202f]")
POINTED = re.compile(r"(\d+|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,2}(?: \d{3})+)(\.\d+)?", re.ASCII)
WITH_COMMA = re.compile(r"(\d+|[1-9]\d{0,2}(?: \d{3})+)(,\d+)", re.ASCII)


def readings(text: str) -> list[int]:
    """Every amount that the text can mean, in the smallest unit, whichever language its reader has chosen: two for
    `1,234`, one for `1,234.50`, `1.234`, `1 234,50` and `0,125`, none for what is no amount. A point groups
    in none of the languages, and is what programs and copied numbers have."""
    plain = SPACES.sub(" ", text.strip())
    found = [match for pattern in (POINTED, WITH_COMMA) if (match := pattern.fullmatch(plain))]
    try:
        return [parse_units(_whole(match[1]) + (match[2] or "").replace(",", ".")) for match in found]
    except ValueError:
        return []


def _whole(grouped: str) -> str:
    return grouped.replace(",", "").replace(" ", "")
