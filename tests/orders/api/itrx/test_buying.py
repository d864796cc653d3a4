import json
from typing import Any

import pytest
from django.core.cache import caches
from django.db import OperationalError, connection

from orders.models import ApiCredential, CallbackFormat, Merchant, Order, Source, TariffRate
from orders.services import chain_facts, ledger
from orders.services.chain_facts import Facts
from orders.services.requests import purchase_request
from providers.base import ResourceRequest
from providers.itrx import wire
from tests.orders.api.itrx.conftest import COLLECT, ORDER, ROOT, STAMP, Caller, told
from tests.orders.conftest import ADDRESS, OTHER_ADDRESS, Send

INACTIVE = Facts(is_active=False)
ACTIVE = Facts(is_active=True, has_bandwidth=True, holds_usdt=True)


@pytest.fixture
def facts(monkeypatch: pytest.MonkeyPatch) -> dict[str, Facts]:
    """What the chain tells of an address; unknown for all others."""
    known: dict[str, Facts] = {}
    monkeypatch.setattr(chain_facts, "facts", lambda address, **_: known.get(address, chain_facts.UNKNOWN))
    monkeypatch.setattr(chain_facts, "known_facts", lambda address: known.get(address, chain_facts.UNKNOWN))
    return known


def placed() -> Order:
    return Order.objects.get()


def test_an_order_is_answered_to_the_byte(caller: Caller) -> None:
    answer = caller.post("/order", ORDER)
    serial = placed().serial
    assert answer.status_code == 200
    assert (
        answer.content == b'{"errno":0,"serial":"%s","amount":6500000,"balance":993500000}' % serial.encode()
    )


def test_a_collect_order_is_answered_to_the_byte(caller: Caller) -> None:
    answer = caller.post("/order/collect-manual", {"scene": 2, "receive_address": ADDRESS})
    serial = placed().serial
    assert answer.content == (
        b'{"errno":0,"serial":"%s","scene":2,"amount":6845000,"balance":993155000}' % serial.encode()
    )


def test_the_callers_number_is_kept_to_the_letter(caller: Caller) -> None:
    told(caller.post("/order", ORDER | {"out_trade_no": " pad-1 "}))
    assert placed().external_id == " pad-1 "
    assert told(caller.get("/order/query", {"out_trade_no": " pad-1 "}))["order_no"] == placed().serial
    assert told(caller.get("/order/query", {"out_trade_no": "pad-1"}))["errno"] == 404


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("out_trade_no", "  ", "This field may not be blank."),
        ("energy_amount", " 65000 ", "A valid integer is required."),
        ("active", " 1", "A valid integer is required."),
    ],
)
def test_padding_is_no_part_of_a_number(caller: Caller, field: str, value: str, text: str) -> None:
    answer = caller.post("/order", ORDER | {field: value})
    assert (answer.status_code, json.loads(answer.content)) == (400, {field: [text]})


def test_a_database_that_does_not_answer(caller: Caller) -> None:
    """Told so that the client asks again: the same request can make one order only."""

    def out_of_order(*_: object) -> Any:
        raise OperationalError("database is locked")

    body = wire.canonical(ORDER).encode()
    headers = {
        "API-KEY": caller.pair.key,
        "TIMESTAMP": STAMP,
        "SIGNATURE": wire.sign(caller.pair.secret, STAMP, body),
    }
    with connection.execute_wrapper(out_of_order):
        answer = caller.http.post(f"{ROOT}/order", body, content_type="application/json", headers=headers)
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert json.loads(answer.content) == {"detail": "Service temporarily unavailable, try again later."}
    told(caller.post("/order", ORDER))


def test_an_order_holds_what_it_told(caller: Caller, merchant: Merchant) -> None:
    answer = told(caller.post("/order", ORDER))
    order = placed()
    assert (order.price_sun, ledger.held_sun(merchant)) == (answer["amount"], answer["amount"])
    assert ledger.available_sun(merchant) == answer["balance"] == order.balance_after_sun
    assert (order.kind, order.dialect, order.source) == ("energy", "itrx", Source.API)
    assert (order.energy, order.duration_hours, order.activate) == (65_000, 1, False)
    assert order.credential == ApiCredential.objects.get()
    assert order.request == ORDER


@pytest.mark.parametrize(("period", "hours"), [("1H", 1), ("1D", 24), ("3D", 72), ("5D", 120), ("30D", 720)])
def test_any_whole_number_of_days_can_be_bought(caller: Caller, period: str, hours: int) -> None:
    caller.post("/order", ORDER | {"period": period})
    assert placed().duration_hours == hours


@pytest.mark.parametrize(
    ("given", "stored"),
    [("S1", "S1"), (123456, "123456"), ("заказ-1", "заказ-1"), (None, ""), (" S1 ", " S1 ")],
)
def test_the_merchants_number_is_kept(caller: Caller, given: object, stored: str) -> None:
    told(caller.post("/order", ORDER | {"out_trade_no": given}))
    assert placed().external_id == stored


def test_numbers_may_come_as_digits(caller: Caller) -> None:
    """Some clients build every value as text."""
    told(caller.post("/order", ORDER | {"energy_amount": "65000", "exclusive": "1"}))
    assert placed().energy == 65_000


def test_unknown_parameters_are_ignored_and_not_kept(caller: Caller) -> None:
    told(caller.post("/order", ORDER | {"bandwidth": 1.5, "more": {"a": [1]}}))
    assert placed().request == ORDER


def test_a_callback_goes_to_the_orders_own_url(caller: Caller, merchant: Merchant) -> None:
    Merchant.objects.update(default_callback_url="https://m.example/default")
    caller.post("/order", ORDER | {"callback_url": "https://m.example/own"})
    order = placed()
    assert (order.callback_url, order.callback_format) == ("https://m.example/own", CallbackFormat.ITRX)


def test_a_callback_goes_to_the_merchants_default_url(caller: Caller, merchant: Merchant) -> None:
    Merchant.objects.update(default_callback_url="https://m.example/default")
    caller.post("/order/collect-manual", COLLECT)
    order = placed()
    assert (order.callback_url, order.callback_format) == ("https://m.example/default", CallbackFormat.ITRX)
    assert order.credential is not None


def test_without_any_url_there_is_no_callback(caller: Caller) -> None:
    caller.post("/order", ORDER)
    assert (placed().callback_url, placed().callback_format) == ("", CallbackFormat.NONE)


@pytest.mark.parametrize(
    ("given", "sent"), [({}, False), ({"exclusive": 0}, False), ({"exclusive": 1}, True)]
)
def test_exclusive_reaches_the_upstream(
    caller: Caller, send: Send, given: dict[str, int], sent: bool
) -> None:
    caller.post("/order", ORDER | given)
    request = purchase_request(send(placed()))
    assert isinstance(request, ResourceRequest)
    assert request.exclusive is sent


class TestActivation:
    @pytest.mark.parametrize("given", [{}, {"active": 0}, {"active": -1}, {"active": None}])
    def test_a_known_inactive_receiver_is_refused(
        self, caller: Caller, facts: dict[str, Facts], given: dict[str, int]
    ) -> None:
        facts[ADDRESS] = INACTIVE
        answer = caller.post("/order", ORDER | given)
        assert answer.status_code == 400
        assert answer.content == b'{"detail":"%s is the inactive address."}' % ADDRESS.encode()
        assert not Order.objects.exists()

    def test_a_repeat_of_a_placed_order_is_not(self, caller: Caller, facts: dict[str, Facts]) -> None:
        first = caller.post("/order", ORDER)
        facts[ADDRESS] = INACTIVE
        assert caller.post("/order", ORDER).content == first.content

    def test_an_unknown_one_is_no_error(self, caller: Caller, facts: dict[str, Facts]) -> None:
        assert told(caller.post("/order", ORDER))["amount"] == 6_500_000

    @pytest.mark.parametrize("known", [chain_facts.UNKNOWN, INACTIVE])
    def test_it_is_activated_on_demand(self, caller: Caller, facts: dict[str, Facts], known: Facts) -> None:
        facts[ADDRESS] = known
        assert told(caller.post("/order", ORDER | {"active": 2}))["amount"] == 6_500_000 + 1_500_000
        assert placed().activate

    def test_an_active_one_is_not_activated_again(self, caller: Caller, facts: dict[str, Facts]) -> None:
        facts[ADDRESS] = ACTIVE
        assert told(caller.post("/order", ORDER | {"active": 1}))["amount"] == 6_500_000
        assert not placed().activate


class TestCollect:
    """Price of the transfer's energy, of activation and of bandwidth help (spec 3.4)."""

    @pytest.mark.parametrize(
        ("sender", "receiver", "scene", "amount"),
        [
            (ACTIVE, ACTIVE, 1, 6_500_000),
            (ACTIVE, Facts(holds_usdt=False), 1, 13_100_000),
            (ACTIVE, chain_facts.UNKNOWN, 1, 13_100_000),
            (Facts(is_active=True, has_bandwidth=False), ACTIVE, 2, 6_845_000),
            (INACTIVE, ACTIVE, 3, 8_345_000),
            (chain_facts.UNKNOWN, chain_facts.UNKNOWN, 3, 14_945_000),
        ],
    )
    def test_automatic_does_what_is_needed(
        self,
        caller: Caller,
        facts: dict[str, Facts],
        sender: Facts,
        receiver: Facts,
        scene: int,
        amount: int,
    ) -> None:
        facts |= {ADDRESS: sender, OTHER_ADDRESS: receiver}
        answer = told(caller.post("/order/collect-manual", COLLECT))
        assert (answer["scene"], answer["amount"]) == (scene, amount)
        assert placed().scene == 0

    @pytest.mark.parametrize(("scene", "amount"), [(1, 6_500_000), (2, 6_845_000), (3, 8_345_000)])
    def test_a_chosen_scene_is_done(
        self, caller: Caller, facts: dict[str, Facts], scene: int, amount: int
    ) -> None:
        facts |= {ADDRESS: ACTIVE, OTHER_ADDRESS: ACTIVE}
        answer = told(caller.post("/order/collect-manual", COLLECT | {"scene": scene}))
        assert (answer["scene"], answer["amount"]) == (scene, amount)

    def test_without_a_destination_the_lesser_energy_is_taken(self, caller: Caller) -> None:
        told(caller.post("/order/collect-manual", {"scene": 1, "receive_address": ADDRESS}))
        assert (placed().energy, placed().duration_hours, placed().to_address) == (65_000, 1, "")


class TestRefusals:
    def test_too_little_money(self, caller: Caller, merchant: Merchant) -> None:
        answer = caller.post("/order", ORDER | {"energy_amount": 20_000_000})
        assert answer.status_code == 400
        assert json.loads(answer.content) == {
            "detail": "Insufficient funds: 1000 TRX available, 2000 TRX needed."
        }
        assert not Order.objects.exists()
        assert ledger.available_sun(merchant) == 1_000_000_000

    @pytest.mark.parametrize(
        ("energy", "period", "errors"),
        [
            (31_999, "1H", {"energy_amount": ["Ensure this value is greater than or equal to 32000."]}),
            (131_001, "1H", {"energy_amount": ["Ensure this value is less than or equal to 131000."]}),
            (65_000, "1D", {}),
        ],
    )
    def test_the_tariff_bounds_amounts(
        self, caller: Caller, energy: int, period: str, errors: dict[str, list[str]]
    ) -> None:
        TariffRate.objects.filter(dialect="itrx", part="energy").update(min_amount=32_000, max_amount=131_000)
        answer = caller.post("/order", ORDER | {"energy_amount": energy, "period": period})
        assert answer.status_code == (400 if errors else 200)
        assert not errors or json.loads(answer.content) == errors

    def test_the_tariff_bounds_periods(self, caller: Caller) -> None:
        TariffRate.objects.filter(dialect="itrx", part="energy", duration_hours=1).delete()
        answer = caller.post("/order", ORDER)
        assert json.loads(answer.content) == {"period": ['"1H" is not a valid choice.']}

    def test_a_tariff_without_a_part_of_a_collect_order(self, caller: Caller) -> None:
        TariffRate.objects.filter(dialect="itrx", part="activation").delete()
        answer = told(caller.post("/order/collect-manual", COLLECT | {"scene": 3}))
        assert answer["errno"] == 1
        assert "no price" in answer["message"]
        assert not Order.objects.exists()


def test_facts_are_asked_for_only_where_the_price_hangs_on_them(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def ask(address: str, **_: object) -> Facts:
        asked.append(address)
        return chain_facts.UNKNOWN

    monkeypatch.setattr(chain_facts, "facts", ask)
    caller.post("/order", ORDER)
    assert asked == []
    caller.post("/order", ORDER | {"active": 1})
    assert asked == [ADDRESS]
    caller.post("/order/collect-manual", COLLECT)
    assert asked[1:] == [OTHER_ADDRESS, ADDRESS]
    caches["process"].clear()
