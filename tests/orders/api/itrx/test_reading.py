from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from orders.models import Attempt, Dialect, Merchant, Order
from orders.services import merchants, outcomes, placing, reclaiming, rotation, timeline
from orders.services.chain_facts import UNKNOWN
from orders.states import OrderStatus
from providers.base import KeyPair, Kind, Progress, State
from tests.orders.api.itrx.conftest import COLLECT, ORDER, Caller, issue, told
from tests.orders.conftest import ADDRESS, NOW, TXID, MakeAccount, Place, Send

NOT_FOUND = b'{"errno":404,"message":"Order not found"}'


@pytest.fixture
def buy(caller: Caller) -> Callable[..., Order]:
    def one(**parameters: object) -> Order:
        return Order.objects.get(serial=told(caller.post("/order", ORDER | parameters))["serial"])

    return one


def query(caller: Caller, order: Order) -> dict[str, Any]:
    return told(caller.get("/order/query", {"serial": order.serial}))


def tell(attempt: Attempt, state: State, status: int, **fields: Any) -> None:
    known: dict[str, Any] = {"upstream_id": "1" * 32, "upstream_status": str(status), "cost_sun": 1} | fields
    outcomes.apply(attempt.pk, Progress(state=state, **known), now=NOW + timedelta(seconds=9))


class TestQuery:
    def test_a_new_order_to_the_byte(
        self, caller: Caller, merchant: Merchant, buy: Callable[..., Order]
    ) -> None:
        with time_machine.travel(datetime(2026, 3, 1, 12, 0, 0, 200565, UTC), tick=False):
            order = buy(out_trade_no="S1")
        assert caller.get("/order/query", {"serial": order.serial}).content == (
            b'{"errno":0,"receive_address":"TExWKszFWYTKZH8LYiovAPKzS3L9MLZ4kw","order_no":"%s",'
            b'"energy_amount":65000,"pay_amount":0.0,"amount":6500000,"details":[],'
            b'"create_time":"2026-03-01T20:00:00.200565+08:00","api_name":"API %s","period":0,"status":20,'
            b'"refund_amount":0}' % (order.serial.encode(), caller.pair.key[-4:].encode())
        )

    def test_a_completed_order_to_the_byte(
        self, caller: Caller, buy: Callable[..., Order], send: Send
    ) -> None:
        order = buy(period="3D")
        tell(send(order), State.SUCCEEDED, 40, txid=TXID)
        assert caller.get("/order/query", {"serial": order.serial}).content == (
            b'{"errno":0,"receive_address":"TExWKszFWYTKZH8LYiovAPKzS3L9MLZ4kw","order_no":"%s",'
            b'"energy_amount":65000,"pay_amount":65000.0,"amount":29640000,"details":[{'
            b'"delegate_hash":"2610c200efc8a90601758715405fa6be4597469e854591975d113b720a762ec2",'
            b'"delegate_time":"2026-03-01T12:00:09.000000Z","reclaim_hash":null,'
            b'"reclaim_time":"2026-03-04T12:00:09.000000Z","reclaim_time_real":null,"status":20}],'
            b'"create_time":"2026-03-01T20:00:00.000000+08:00","api_name":"API %s","period":3,"status":40,'
            b'"refund_amount":0}' % (order.serial.encode(), caller.pair.key[-4:].encode())
        )

    @pytest.mark.parametrize(("period", "number"), [("1H", 0), ("1D", 1), ("7D", 7), ("30D", 30)])
    def test_periods_are_numbers(
        self, caller: Caller, buy: Callable[..., Order], period: str, number: int
    ) -> None:
        assert query(caller, buy(period=period))["period"] == number

    def test_a_failed_order_is_paid_back(self, caller: Caller, buy: Callable[..., Order], send: Send) -> None:
        order = buy()
        tell(send(order), State.FAILED, 41)
        answer = query(caller, order)
        assert (answer["status"], answer["refund_amount"], answer["amount"]) == (41, 6_500_000, 6_500_000)
        assert (answer["pay_amount"], answer["details"]) == (0, [])

    def test_a_collect_order(self, caller: Caller) -> None:
        serial = told(caller.post("/order/collect-manual", COLLECT))["serial"]
        answer = told(caller.get("/order/query", {"serial": serial}))
        assert (answer["energy_amount"], answer["period"], answer["amount"]) == (131_000, 0, 14_945_000)

    def test_what_must_be_json_integers(self, caller: Caller, buy: Callable[..., Order], send: Send) -> None:
        order = buy()
        tell(send(order), State.SUCCEEDED, 40, txid=TXID)
        answer = query(caller, order)
        for name in ("errno", "energy_amount", "amount", "period", "status", "refund_amount"):
            assert type(answer[name]) is int, name
        assert type(answer["pay_amount"]) is float


class TestStatus:
    """Section 6; 20 → 30 → (31 | 32)* → 40 | 41."""

    def test_on_its_way(self, caller: Caller, buy: Callable[..., Order], send: Send) -> None:
        order = buy()
        assert query(caller, order)["status"] == 20
        attempt = send(order)
        assert query(caller, order)["status"] == 30
        tell(attempt, State.PENDING, 30)
        assert query(caller, order)["status"] == 30
        tell(attempt, State.PARTIAL, 31)
        assert query(caller, order)["status"] == 31
        tell(attempt, State.SUCCEEDED, 40, txid=TXID)
        assert query(caller, order)["status"] == 40

    def test_unknown(self, caller: Caller, buy: Callable[..., Order], send: Send) -> None:
        order = send(buy()).order
        timeline.move_order(order, OrderStatus.UNKNOWN, "lost", now=NOW)
        assert query(caller, order)["status"] == 30

    def test_with_a_person(self, caller: Caller, buy: Callable[..., Order], send: Send) -> None:
        order = send(buy()).order
        timeline.move_order(order, OrderStatus.ATTENTION, "odd", now=NOW)
        assert query(caller, order)["status"] == 32

    def test_at_the_next_account(
        self, caller: Caller, buy: Callable[..., Order], send: Send, make_account: MakeAccount
    ) -> None:
        order = buy()
        tell(send(order), State.FAILED, 41, refund_sun=1)
        assert query(caller, order)["status"] == 32
        order.refresh_from_db()
        second = send(order, make_account(label="the next account"))
        assert query(caller, order)["status"] == 30
        tell(second, State.SUCCEEDED, 40, txid=TXID)
        answer = query(caller, order)
        assert (answer["status"], [each["delegate_hash"] for each in answer["details"]]) == (40, [TXID])


class TestFinding:
    def test_by_the_merchants_number_the_newest(self, caller: Caller, buy: Callable[..., Order]) -> None:
        buy(out_trade_no="S1")
        newest = buy(out_trade_no="S1", energy_amount=70_000)
        buy(out_trade_no="S2")
        assert told(caller.get("/order/query", {"out_trade_no": "S1"}))["order_no"] == newest.serial

    def test_the_serial_takes_priority(self, caller: Caller, buy: Callable[..., Order]) -> None:
        first, _ = buy(out_trade_no="S1"), buy(out_trade_no="S2")
        answer = told(caller.get("/order/query", {"serial": first.serial, "out_trade_no": "S2"}))
        assert answer["order_no"] == first.serial
        lost = caller.get("/order/query", {"serial": "0" * 32, "out_trade_no": "S2"})
        assert lost.content == NOT_FOUND

    def test_what_staff_placed(self, caller: Caller, place: Place) -> None:
        order = place(external_id="S9", kind=Kind.ACTIVATION)
        answer = told(caller.get("/order/query", {"out_trade_no": "S9"}))
        assert (answer["order_no"], answer["api_name"], answer["energy_amount"]) == (order.serial, "", 0)

    @pytest.mark.parametrize(
        "text",
        ["0" * 32, "0" * 32 + "\x00", "x", "\x00", "'", "１" * 32, "\n", "a" * 5000, "\u202e", "\ufffd"],
    )
    @pytest.mark.parametrize("name", ["serial", "out_trade_no"])
    def test_what_there_is_not(self, caller: Caller, buy: Callable[..., Order], name: str, text: str) -> None:
        buy()
        answer = caller.get("/order/query", {name: text})
        assert (answer.status_code, answer.content) == (200, NOT_FOUND)

    def test_neither(self, caller: Caller, buy: Callable[..., Order]) -> None:
        buy()
        for given in ({}, {"serial": ""}, {"serial": "", "out_trade_no": ""}):
            answer = caller.get("/order/query", given)
            assert (answer.status_code, answer.content) == (400, b'{"serial":["This field is required."]}')

    def test_another_merchants_order(self, buy: Callable[..., Order]) -> None:
        order = buy(out_trade_no="S1")
        other = issue(merchants.create_merchant(name="Other merchant", time_zone="UTC", now=NOW))[1]
        assert other.get("/order/query", {"serial": order.serial}).content == NOT_FOUND
        assert other.get("/order/query", {"out_trade_no": "S1"}).content == NOT_FOUND

    def test_an_order_of_another_api(self, caller: Caller, merchant: Merchant) -> None:
        spec = placing.OrderSpec(
            kind=Kind.ENERGY, dialect=Dialect.TRONZAP, address=ADDRESS, energy=65_000, duration_hours=1
        )
        order, _ = placing.place_order(merchant, spec, UNKNOWN, now=NOW)
        assert caller.get("/order/query", {"serial": order.serial}).content == NOT_FOUND


def test_a_reclaimed_delegation(caller: Caller, buy: Callable[..., Order], send: Send) -> None:
    order = buy()
    tell(send(order), State.SUCCEEDED, 40, txid=TXID)
    timeline.record(order, reclaiming.REQUESTED, "asked", now=NOW)
    assert query(caller, order)["details"][0]["status"] == 20
    timeline.record(order, reclaiming.RECLAIMED, "done", now=NOW + timedelta(minutes=5))
    answer = query(caller, order)
    assert answer["status"] == 40
    detail = answer["details"][0]
    assert (detail["status"], detail["reclaim_time_real"]) == (30, "2026-03-01T12:05:00.000000Z")


class TestSummary:
    def test_it_counts_what_this_key_bought(
        self, caller: Caller, merchant: Merchant, buy: Callable[..., Order], place: Place, send: Send
    ) -> None:
        midnight = datetime(2026, 2, 28, 16, 0, tzinfo=UTC)  # in +08:00 the first of March begins
        for at, energy in (
            (midnight - timedelta(days=1, seconds=1), 10_000),
            (midnight - timedelta(seconds=1), 20_000),
            (midnight, 30_000),
        ):
            with time_machine.travel(at, tick=False):
                stamp = str(int(at.timestamp()))
                told(caller.post("/order", ORDER | {"energy_amount": energy}, timestamp=stamp))
        buy(energy_amount=65_000)
        place()  # by staff
        tell(send(buy(energy_amount=90_000)), State.FAILED, 41)
        told(issue(merchant)[1].post("/order", ORDER))
        assert caller.get("/userapi/summary").content == (
            b'{"name":"API %s","create_time":"2026-03-01 20:00:00","total_count":4,"total_sum_energy":125000,'
            b'"total_sum_trx":14300000,"today_count":2,"today_sum_energy":95000,"today_sum_trx":10100000,'
            b'"yesterday_count":1,"yesterday_sum_energy":20000,"yesterday_sum_trx":2600000,"balance":972700000}'
            % caller.pair.key[-4:].encode()
        )

    def test_an_unused_key(self, caller: Caller) -> None:
        answer = told(caller.get("/userapi/summary"))
        assert {
            name: value for name, value in answer.items() if name.endswith(("count", "energy", "trx"))
        } == {
            f"{when}_{what}": 0
            for when in ("total", "today", "yesterday")
            for what in ("count", "sum_energy", "sum_trx")
        }

    def test_a_rotated_key_starts_anew(self, caller: Caller, merchant: Merchant) -> None:
        told(caller.post("/order", ORDER))
        issued = rotation.rotate(merchant.credentials.get(), grace=timedelta(hours=1), now=NOW)
        successor = Caller(KeyPair(issued.key, issued.secret))
        assert told(successor.get("/userapi/summary"))["total_count"] == 0
        assert told(caller.get("/userapi/summary"))["total_count"] == 1

    def test_a_wrong_key(self, caller: Caller) -> None:
        answer = Caller(KeyPair("x", "x")).get("/userapi/summary")
        assert (answer.status_code, answer.content) == (403, b'{"detail":"API not found"}')
