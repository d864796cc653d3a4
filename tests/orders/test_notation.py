"""How figures, days and times are written in each language, and that what is written or typed is never misread."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import formats as django_formats
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from orders import notation
from orders.admin import formats
from orders.fields import UnitsField
from orders.sentences import read
from providers.money import LARGEST

LANGUAGES = ("en", "zh-hans", "ru")
AT = datetime(2026, 11, 9, 4, 3, 5, tzinfo=UTC)
S = "\u00a0"


@pytest.mark.parametrize(
    ("write", "value", "english", "chinese", "russian"),
    [
        (notation.number, 0, "0", "0", "0"),
        (notation.number, 999, "999", "999", "999"),
        (notation.number, 1234, "1,234", "1,234", f"1{S}234"),
        (notation.number, -1234567, "-1,234,567", "-1,234,567", f"-1{S}234{S}567"),
        (notation.amount, 0, "0.00", "0.00", "0,00"),
        (notation.amount, 1, "0.000001", "0.000001", "0,000001"),
        (notation.amount, -6_500_000, "−6.50", "−6.50", "−6,50"),
        (notation.amount, 1_234_500_000, "1,234.50", "1,234.50", f"1{S}234,50"),
        (notation.amount, 1_234_000, "1.234", "1.234", "1,2340"),
        (notation.amount, 1_234_567_000, "1,234.567", "1,234.567", f"1{S}234,567"),
        (notation.amount, LARGEST, "100,000,000,000.00", "100,000,000,000.00", f"100{S}000{S}000{S}000,00"),
        (notation.decimal, "0.25", "0.25", "0.25", "0,25"),
        (notation.decimal, "0.345", "0.345", "0.345", "0,345"),
        (notation.decimal, "-12.345", "−12.345", "−12.345", "−12,3450"),
        (notation.decimal, "1234", "1,234", "1,234", f"1{S}234"),
        (notation.percent, "98.5", "98.5 %", "98.5%", f"98,5{S}%"),
        (notation.day, date(2026, 11, 9), "2026-11-09", "2026-11-09", "09.11.2026"),
        (notation.minute, AT, "2026-11-09 04:03", "2026-11-09 04:03", "09.11.2026 04:03"),
        (notation.moment, AT, "2026-11-09 04:03:05", "2026-11-09 04:03:05", "09.11.2026 04:03:05"),
    ],
)
def test_each_language_has_its_own(
    write: Callable[[Any], str], value: Any, english: str, chinese: str, russian: str
) -> None:
    for language, text in zip(LANGUAGES, (english, chinese, russian), strict=True):
        with translation.override(language):
            assert write(value) == text


def test_without_a_language_it_is_english() -> None:
    with translation.override(None, deactivate=True):
        assert notation.amount(1_234_500_000) == "1,234.50"


@pytest.mark.parametrize("language", LANGUAGES)
def test_django_itself_writes_the_same(language: str) -> None:
    with translation.override(language):
        assert django_formats.date_format(AT) == notation.day(AT)
        assert django_formats.date_format(AT, "DATETIME_FORMAT") == notation.minute(AT)
        assert django_formats.number_format(1234567, force_grouping=True) == notation.number(1234567)
        assert django_formats.number_format("0.25") == notation.decimal("0.25")


@pytest.mark.parametrize(
    ("language", "month"), [("en", "March 2026"), ("zh-hans", "2026年3月"), ("ru", "март 2026 г.")]
)
def test_a_month_is_told_in_words(language: str, month: str) -> None:
    with translation.override(language):
        assert formats.month(date(2026, 3, 1)) == month


# --- reading -----------------------------------------------------------------------------------------------------

THOUSAND, ONE = 1_234_000_000, 1_234_000
READ = {
    "1234": [THOUSAND],
    "1234.5": [1_234_500_000],
    "1234,5": [1_234_500_000],
    "1,234.50": [1_234_500_000],
    "1 234,50": [1_234_500_000],
    f"1{S}234,50": [1_234_500_000],
    "1\u202f234.50": [1_234_500_000],
    f" 12{S}345{S}678,000001 ": [12_345_678_000_001],
    "1,234,567": [1_234_567_000_000],
    "1.234": [ONE],
    "1,2340": [ONE],
    "1234,567": [1_234_567_000],
    "1 234,567": [1_234_567_000],
    "0,125": [125_000],
    "0.125": [125_000],
    "12,5": [12_500_000],
    # A thousand in English, one and a bit in Russian.
    "1,234": [THOUSAND, ONE],
    "100,001": [100_001_000_000, 100_001_000],
}
NEITHER = [
    *("", ".", ",", "1.", "1,", ".5", ",5", "1.2.3", "1,2,3", "1.234,50", "1.234.567", "1'234.50"),
    *("12,34,567", "1,23.4", "1,234 567", "1 23", "1 2345", "01 234", "0,123,456", "1,234,56"),
    *("1 234.567.8", "+1", "-1", "−1", "1e3", "٣", "1٬234", "１２３", "NaN", "0x10", "1_000", "1.1234567"),
    *("1,1234567", "9" * 30, "1 TRX", "$1", "1  234", "1\n234"),
]


@pytest.mark.parametrize(("text", "amounts"), [*READ.items(), *((text, []) for text in NEITHER)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_amount_means_the_same_in_every_language(language: str, text: str, amounts: list[int]) -> None:
    field = UnitsField(is_typed=True, required=True)
    with translation.override(language):
        assert notation.readings(text) == amounts
        if len(amounts) == 1:
            assert field.clean(text) == amounts[0]
        else:
            with pytest.raises(ValidationError):
                field.clean(text)


@pytest.mark.parametrize(
    ("language", "both"),
    [("en", "1,234.00 or 1.234"), ("zh-hans", "1,234.00 或 1.234"), ("ru", f"1{S}234,00 или 1,2340")],
)
def test_what_can_mean_two_amounts_is_told_so_with_both(language: str, both: str) -> None:
    with translation.override(language), pytest.raises(ValidationError) as refused:
        UnitsField(is_typed=True).clean("1,234")
    assert both in refused.value.messages[0]


@given(st.sampled_from(LANGUAGES), st.sampled_from(LANGUAGES), st.integers(1, LARGEST))
def test_what_a_page_shows_can_be_pasted_under_any_language(shown: str, typed: str, amount: int) -> None:
    with translation.override(shown):
        text = notation.amount(amount)
    with translation.override(typed):
        assert notation.readings(text) == [amount]


@pytest.mark.parametrize("text", ["1,234.50", "1 234.50", "1234,5", f"1{S}234"])
def test_programs_write_plain_numbers_only(text: str) -> None:
    with pytest.raises(ValidationError):
        UnitsField().clean(text)


# --- in sentences ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("12345.5 TRX, wanted 20000 TRX", [f"12{S}345,5", f"20{S}000"]),
        ("due since 2026-03-01 12:00:05 UTC", ["01.03.2026 12:00:05 UTC"]),
        ("the upstream's order is for 65,000 energy, ours for 131,000", [f"65{S}000", f"131{S}000"]),
        ("1.5 USDT short: 100.25 was paid", ["1,5 USDT", "100,25"]),
        ("arrived in block 80123456", ["80123456"]),
        ("cancelled: 1234.5 TRX, 65,000", ["1234.5 TRX, 65,000"]),
        ("the amount “0.0000001” cannot be read: x", ["“0.0000001”"]),
        ("upstream says 1234.5", ["1234.5"]),
    ],
)
def test_figures_in_stored_sentences_follow_the_reader(stored: str, shown: list[str]) -> None:
    with translation.override("ru"):
        told = read(stored)
    for text in shown:
        assert text in told.replace("«", "“").replace("»", "”")
    assert read(stored) == stored
