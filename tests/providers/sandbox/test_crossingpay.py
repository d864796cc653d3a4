"""CrossingPay as an upstream: specs/crossingpay.md, asked by a client of our own."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from providers.sandbox.accounts import CROSSINGPAY_QUERY
from providers.sandbox.outcomes import ADDRESSES, Outcome, published
from tests.providers.sandbox.callers import CrossingpayCaller
from tests.sandbox_process import SandboxProcess
from tests.waiting import wait_until

ADDRESS = published("somebody")
CALLBACK = "http://127.0.0.1:1/nobody-listens"


def window(minutes: int = 30) -> dict[str, datetime]:
    now = datetime.now(UTC).replace(microsecond=0)
    return {"start": now, "end": now + timedelta(minutes=minutes)}


def paid(crossingpay: CrossingpayCaller, order_id: str) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = crossingpay.query(order_id).json()
        return found if found["status"] == 1 else None

    order = wait_until(ended)
    assert order is not None
    return order


def test_the_seeds_answers_to_the_byte(crossingpay: CrossingpayCaller) -> None:
    monitor = crossingpay.monitor(ADDRESS, "c-1", "100.29", CALLBACK, **window())
    assert (monitor.status_code, monitor.text) == (200, '{ "message": "监听订单创建成功"}')
    deposit = crossingpay.deposit(ADDRESS, "c-2", "12.3456", CALLBACK)
    number = deposit.json()["Ordersn"]
    assert deposit.text == (
        f'{{ "message": "充值订单生成成功", "address": "{ADDRESS}", "amount": 12.3456,"Ordersn":"{number}"}}'
    )


def test_it_is_paid_inside_its_window(crossingpay: CrossingpayCaller, sandbox: SandboxProcess) -> None:
    times = window()
    crossingpay.monitor(ADDRESS, "c-3", "100.29", CALLBACK, **times)
    order = paid(crossingpay, "c-3")
    assert (order["amount"], order["kind"], len(order["txid"])) == (100.29, "monitor", 64)
    assert times["start"].timestamp() <= order["block_time"] <= times["end"].timestamp()
    [bought] = sandbox.purchases()
    assert (bought["request_id"], bought["amount"], bought["returned"]) == ("c-3", 100_290_000, 100_290_000)


def test_the_zone_of_the_window_is_chinas(crossingpay: CrossingpayCaller) -> None:
    times = window()
    crossingpay.monitor(ADDRESSES[Outcome.NEVER_PAID], "c-4", "1", CALLBACK, **times)
    order = crossingpay.query("c-4").json()
    assert order["start_utc"] == f"{times['start']:%Y-%m-%dT%H:%M:%SZ}"
    assert (order["status"], order["txid"]) == (2, None)


def test_another_amount(crossingpay: CrossingpayCaller) -> None:
    crossingpay.deposit(ADDRESSES[Outcome.WRONG_AMOUNT], "c-5", "5", CALLBACK)
    assert paid(crossingpay, "c-5")["amount"] == 6


def test_an_unpaid_order_fails_at_its_end(crossingpay: CrossingpayCaller) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    times = {"start": now, "end": now + timedelta(seconds=2)}
    crossingpay.monitor(ADDRESSES[Outcome.NEVER_PAID], "c-6", "7", CALLBACK, **times)
    wait_until(lambda: crossingpay.query("c-6").json()["status"] == 0)


def test_an_identical_request_gets_its_first_answer(
    crossingpay: CrossingpayCaller, sandbox: SandboxProcess
) -> None:
    first = crossingpay.deposit(ADDRESS, "c-7", "8", CALLBACK)
    assert crossingpay.deposit(ADDRESS, "c-7", "8.00", CALLBACK).text == first.text
    other = crossingpay.deposit(ADDRESS, "c-7", "9", CALLBACK)
    assert (other.status_code, other.json()["code"]) == (409, "order_conflict")
    assert len(sandbox.purchases()) == 1


def test_two_orders_may_not_wait_for_the_same_payment(
    crossingpay: CrossingpayCaller, crossingpay_plain: CrossingpayCaller
) -> None:
    address = ADDRESSES[Outcome.NEVER_PAID]
    crossingpay.deposit(address, "c-8", "10", CALLBACK)
    mine = crossingpay.deposit(address, "c-9", "10", CALLBACK)
    assert (mine.status_code, mine.json()["code"], mine.json()["order_id"]) == (409, "window_overlap", "c-8")
    foreign = crossingpay_plain.deposit(address, "c-9", "10", CALLBACK)
    assert (foreign.status_code, "order_id" in foreign.json()) == (409, False)
    assert crossingpay.deposit(address, "c-9", "10.000001", CALLBACK).status_code == 200


def test_a_wrong_apikey_is_refused(sandbox: SandboxProcess) -> None:
    nobody = CrossingpayCaller(sandbox.url, replace(CROSSINGPAY_QUERY, secret="nobody"))
    answer = nobody.deposit(ADDRESS, "c-10", "1", CALLBACK)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_apikey")
    assert sandbox.purchases() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", "0"),
        ("amount", "1.0000001"),
        ("amount", True),
        ("amount", 10**30),
        ("address", ADDRESS.swapcase()),
        ("order_id", "x" * 65),
        ("callback", "ftp://127.0.0.1/"),
    ],
)
def test_bad_fields_are_named(
    crossingpay: CrossingpayCaller, sandbox: SandboxProcess, field: str, value: object
) -> None:
    good = {"order_id": "c-11", "address": ADDRESS, "amount": "1", "callback": CALLBACK}
    answer = crossingpay.post("/deposit", good | {field: value})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_param")
    assert answer.json()["field"] == field
    assert sandbox.purchases() == []


def test_windows_that_make_no_sense(crossingpay: CrossingpayCaller) -> None:
    now = datetime.now(UTC)
    for start, end in (
        (now, now - timedelta(seconds=1)),
        (now - timedelta(hours=2), now - timedelta(hours=1)),
        (now - timedelta(hours=25), now + timedelta(hours=1)),
        (now, now + timedelta(days=31)),
    ):
        answer = crossingpay.monitor(ADDRESS, "c-12", "1", CALLBACK, start=start, end=end)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_param")


def test_lost_answers(crossingpay: CrossingpayCaller, sandbox: SandboxProcess) -> None:
    assert crossingpay.deposit(ADDRESSES[Outcome.ERROR500], "c-13", "1", CALLBACK).status_code == 500
    assert crossingpay.deposit(ADDRESSES[Outcome.ERROR500_EXECUTED], "c-14", "1", CALLBACK).status_code == 500
    with pytest.raises(requests.ConnectionError):
        crossingpay.deposit(ADDRESSES[Outcome.CUT], "c-15", "1", CALLBACK)
    with pytest.raises(requests.ConnectionError):
        crossingpay.deposit(ADDRESSES[Outcome.CUT_BEFORE], "c-16", "1", CALLBACK)
    assert crossingpay.deposit(ADDRESSES[Outcome.REFUSE], "c-17", "1", CALLBACK).status_code == 400
    assert {bought["request_id"] for bought in sandbox.purchases()} == {"c-14", "c-15"}
    # Repeating what was executed is safe, and tells what the lost answer would have.
    assert crossingpay.deposit(ADDRESSES[Outcome.CUT], "c-15", "1", CALLBACK).status_code == 200
    assert len(sandbox.purchases()) == 2


def test_the_original_has_no_query(
    crossingpay_plain: CrossingpayCaller, crossingpay: CrossingpayCaller
) -> None:
    crossingpay_plain.deposit(ADDRESS, "c-18", "1", CALLBACK)
    assert crossingpay_plain.query("c-18").status_code == 404
    assert "code" not in crossingpay_plain.query("c-18").text
    missing = crossingpay.query("c-18")
    assert (missing.status_code, missing.json()["code"]) == (404, "order_not_found")
