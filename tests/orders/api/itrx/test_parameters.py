"""What is wrong with a parameter, in the words of the dialect (specs/itrx.md section 4)."""

import json
from typing import Any

import pytest
from django.utils import translation

from orders.models import Merchant, Order
from orders.services import ledger
from tests.orders.api.itrx.conftest import COLLECT, ORDER, Caller
from tests.orders.conftest import ADDRESS, OTHER_ADDRESS

REQUIRED = "This field is required."
NOT_WHOLE = "A valid integer is required."
NOT_A_STRING = "Not a valid string."
NOT_AN_ADDRESS = "Invalid TRON address."
NOT_A_URL = "Enter a valid URL."
AT_LEAST = "Ensure this value is greater than or equal to 10000."
AT_MOST = "Ensure this value is less than or equal to 100000000."
NEITHER_TEXT_NOR_WHOLE: list[Any] = [1.5, 65000.0, True, False, [], [65000], {}, {"a": 1}]
ODD_TEXTS = ["no", "６５０００", "65_000", "65000.0", "1e5", "0x10", "NaN", "\u202e1", "9" * 40]
BAD_ADDRESSES: list[Any] = [
    *(
        ADDRESS[:-1],
        ADDRESS[:-1] + "x",
        ADDRESS.lower(),
        "TEX5nLeFJ1dyazhJC3P9eYJs7hxgk7knJF",
        "0x00",
        "x" * 99,
    ),
    *(
        "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb",
        1,
        10**30,
        True,
        1.5,
        [ADDRESS],
        {"a": ADDRESS},
        "a\u0000b",
        "T…",
    ),
]
BAD_PERIODS: list[Any] = [
    *(
        "1X",
        "0D",
        "31D",
        "2H",
        "1h",
        "01D",
        "-1D",
        "1D ",
        "24",
        "1",
        "１D",
        1,
        24,
        10**30,
        True,
        1.5,
        [],
        {},
        "x" * 99,
    ),
]
BAD_SCENES: list[Any] = [9, 4, -1, "4", "no", "０", 10**30, True, False, 1.5, [0], {}, "x" * 99]
BAD_URLS: list[Any] = [
    *(
        "ftp://m.example/",
        "m.example",
        "http://u:p@m.example/",
        "http://m.example:0/",
        "http://{mydomain}/callback",
    ),
    *("javascript:alert(1)", "http://m.example/\nx", 1, True, 1.5, [], {}),
]


def check(caller: Caller, path: str, parameters: dict[str, Any], errors: dict[str, list[str]]) -> None:
    answer = caller.post(path, parameters)
    assert (answer.status_code, json.loads(answer.content)) == (400, errors)
    assert not Order.objects.exists()


def choice(value: object) -> str:
    return f'"{str(value)[:64]}" is not a valid choice.'


class TestOrder:
    def test_what_is_required(self, caller: Caller) -> None:
        names = ("energy_amount", "period", "receive_address")
        check(caller, "/order", {}, {name: [REQUIRED] for name in names})
        check(caller, "/order", dict.fromkeys(names, None), {name: [REQUIRED] for name in names})
        check(caller, "/order", dict.fromkeys(names, ""), {name: [REQUIRED] for name in names})

    def test_everything_wrong_is_told_at_once(self, caller: Caller) -> None:
        """The documented sample, in today's words."""
        errors = {"energy_amount": [AT_LEAST], "period": [choice("1X")], "receive_address": [NOT_AN_ADDRESS]}
        check(caller, "/order", {"energy_amount": 9999, "period": "1X", "receive_address": "T"}, errors)

    @pytest.mark.parametrize("value", [*NEITHER_TEXT_NOR_WHOLE, *ODD_TEXTS, 10**30, -(10**30)])
    @pytest.mark.parametrize("name", ["energy_amount", "active", "exclusive"])
    def test_whole_numbers(self, caller: Caller, name: str, value: object) -> None:
        check(caller, "/order", ORDER | {name: value}, {name: [NOT_WHOLE]})

    @pytest.mark.parametrize(
        ("value", "text"), [(9_999, AT_LEAST), (0, AT_LEAST), (-65_000, AT_LEAST), (100_000_001, AT_MOST)]
    )
    def test_bounds(self, caller: Caller, value: int, text: str) -> None:
        check(caller, "/order", ORDER | {"energy_amount": value}, {"energy_amount": [text]})

    @pytest.mark.parametrize("value", BAD_PERIODS)
    def test_periods(self, caller: Caller, value: object) -> None:
        check(caller, "/order", ORDER | {"period": value}, {"period": [choice(value)]})


class TestCollect:
    def test_what_is_required(self, caller: Caller) -> None:
        errors = {"scene": [REQUIRED], "receive_address": [REQUIRED]}
        check(caller, "/order/collect-manual", {}, errors)

    @pytest.mark.parametrize("value", BAD_SCENES)
    def test_scenes(self, caller: Caller, value: object) -> None:
        check(caller, "/order/collect-manual", COLLECT | {"scene": value}, {"scene": [choice(value)]})

    @pytest.mark.parametrize("value", BAD_ADDRESSES)
    @pytest.mark.parametrize("name", ["receive_address", "to_address"])
    def test_addresses(self, caller: Caller, name: str, value: object) -> None:
        check(caller, "/order/collect-manual", COLLECT | {name: value}, {name: [NOT_AN_ADDRESS]})


@pytest.mark.parametrize("path", ["/order", "/order/collect-manual"])
class TestBoth:
    GOOD = ORDER | COLLECT

    @pytest.mark.parametrize("value", BAD_ADDRESSES)
    def test_addresses(self, caller: Caller, path: str, value: object) -> None:
        errors = {"receive_address": [NOT_AN_ADDRESS]}
        check(caller, path, self.GOOD | {"receive_address": value}, errors)

    @pytest.mark.parametrize("value", BAD_URLS)
    def test_callback_urls(self, caller: Caller, path: str, value: object) -> None:
        check(caller, path, self.GOOD | {"callback_url": value}, {"callback_url": [NOT_A_URL]})

    def test_long_callback_urls(self, caller: Caller, path: str) -> None:
        errors = {"callback_url": ["Ensure this field has no more than 2048 characters."]}
        check(caller, path, self.GOOD | {"callback_url": "http://m.example/" + "x" * 2048}, errors)

    @pytest.mark.parametrize("value", [1.5, True, [], {}, "a\u0000b", "a\nb", "\u202egnp.exe"])
    def test_the_merchants_number(self, caller: Caller, path: str, value: object) -> None:
        check(caller, path, self.GOOD | {"out_trade_no": value}, {"out_trade_no": [NOT_A_STRING]})

    def test_a_long_number_of_the_merchant(self, caller: Caller, path: str) -> None:
        errors = {"out_trade_no": ["Ensure this field has no more than 255 characters."]}
        check(caller, path, self.GOOD | {"out_trade_no": "x" * 256}, errors)


def test_texts_are_english_whatever_the_language(caller: Caller) -> None:
    with translation.override("ru"):
        answer = caller.post("/order", {"energy_amount": 1}, Accept_Language="ru")
    assert json.loads(answer.content) == {
        "energy_amount": [AT_LEAST],
        "period": [REQUIRED],
        "receive_address": [REQUIRED],
    }


def test_nothing_is_charged(caller: Caller, merchant: Merchant) -> None:
    caller.post("/order", ORDER | {"to_address": OTHER_ADDRESS, "period": "1X"})
    assert ledger.available_sun(merchant) == 1_000_000_000
