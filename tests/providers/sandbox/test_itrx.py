"""iTRX as an upstream: specs/itrx.md, asked by a client of our own."""

from dataclasses import replace
from typing import Any

import pytest
import requests

from providers.sandbox.accounts import ITRX_MAIN, ITRX_SPARE
from providers.sandbox.outcomes import ADDRESSES, NO_BANDWIDTH, NO_USDT, Outcome, published
from tests.providers.sandbox.callers import ItrxCaller
from tests.sandbox_process import SandboxProcess
from tests.waiting import wait_until

ADDRESS = published("somebody")
START_SUN = 100_000_000_000


def final(itrx: ItrxCaller, request_id: str) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        order: dict[str, Any] = itrx.query(request_id)
        return order if order.get("status") in (40, 41, 43) else None

    found = wait_until(ended)
    assert found is not None
    return found


def test_a_collect_order_is_bought_and_done(itrx: ItrxCaller, sandbox: SandboxProcess) -> None:
    answer = itrx.collect(ADDRESS, "a-1").json()
    assert set(answer) == {"errno", "serial", "scene", "amount", "balance"}
    assert (answer["errno"], answer["scene"], answer["amount"]) == (0, 1, 6_500_000)
    assert answer["balance"] == START_SUN - 6_500_000
    order = final(itrx, "a-1")
    assert (order["order_no"], order["status"], order["refund_amount"]) == (answer["serial"], 40, 0)
    assert order["receive_address"] == ADDRESS
    assert [len(each["delegate_hash"]) for each in order["details"]] == [64]
    assert order["create_time"].endswith("+08:00")
    [bought] = sandbox.purchases()
    assert (bought["request_id"], bought["account"], bought["amount"]) == ("a-1", itrx.account.key, 6_500_000)


@pytest.mark.parametrize(
    ("address", "more", "scene", "amount"),
    [
        (ADDRESS, {"to_address": NO_USDT}, 1, 13_100_000),
        (NO_BANDWIDTH, {}, 2, 6_845_000),
        (ADDRESSES[Outcome.INACTIVE], {}, 3, 8_345_000),
    ],
)
def test_a_collect_order_costs_what_it_supplies(
    itrx: ItrxCaller, address: str, more: dict[str, str], scene: int, amount: int
) -> None:
    answer = itrx.collect(address, "a-2", **more).json()
    assert (answer["scene"], answer["amount"]) == (scene, amount)


def test_prices_follow_the_published_figures(itrx: ItrxCaller) -> None:
    hour = itrx.get("/order/price", period="1H", energy_amount=32_000).json()
    assert (hour["price"], hour["addition"], hour["total_price"]) == (100, 600_000, 3_800_000)
    days = itrx.get("/order/price", period="5D", energy_amount=100_000).json()
    assert (days["price"], days["addition"], days["total_price"]) == (152, 0, 76_000_000)
    assert itrx.get("/order/price", period="1H", to_address=NO_USDT).json()["energy_amount"] == 131_000
    assert itrx.order(ADDRESS, "a-3", energy_amount=32_000).json()["amount"] == 3_800_000


def test_a_wrong_signature_or_an_old_one_buys_nothing(itrx: ItrxCaller, sandbox: SandboxProcess) -> None:
    params = {"receive_address": ADDRESS, "scene": 0}
    forged = itrx.post("/order/collect-manual", params, secret="not the secret")
    assert (forged.status_code, forged.json()) == (400, {"detail": "Signature verification failed"})
    for age_seconds in (400, -400):
        old = itrx.post("/order/collect-manual", params, age_seconds=age_seconds)
        assert (old.status_code, old.json()) == (400, {"detail": "Timestamp expired"})
    assert sandbox.purchases() == []


def test_an_unknown_key(sandbox: SandboxProcess) -> None:
    nobody = ItrxCaller(sandbox.url, replace(ITRX_MAIN, key="nobody"))
    query = nobody.get("/order/query", serial="1")
    assert (query.status_code, query.json()) == (400, {"detail": "API not found"})
    assert nobody.get("/userapi/summary").status_code == 403
    public = nobody.get("/index-data").json()
    assert "balance" not in public
    assert public["tiered_pricing"][0] == {"period": 0, "price": 100}


@pytest.mark.parametrize(
    ("path", "params", "fields"),
    [
        ("/order/collect-manual", {}, {"scene", "receive_address"}),
        (
            "/order/collect-manual",
            {"scene": 9, "receive_address": ADDRESS.lower()},
            {"scene", "receive_address"},
        ),
        (
            "/order/collect-manual",
            {"scene": 0, "receive_address": ADDRESS, "to_address": "T1"},
            {"to_address"},
        ),
        (
            "/order",
            {"receive_address": ADDRESS, "energy_amount": 9_999, "period": "1X"},
            {"energy_amount", "period"},
        ),
        ("/order", {"receive_address": ADDRESS, "energy_amount": 10**30, "period": "1H"}, {"energy_amount"}),
        ("/order", {"receive_address": ADDRESS, "energy_amount": 65_000, "period": []}, {"period"}),
        (
            "/order",
            {"receive_address": [], "energy_amount": True, "period": "1H"},
            {"receive_address", "energy_amount"},
        ),
        ("/order/reclaim", {}, {"serial"}),
    ],
)
def test_bad_fields_are_named(itrx: ItrxCaller, path: str, params: dict[str, Any], fields: set[str]) -> None:
    answer = itrx.post(path, params)
    assert answer.status_code == 400
    assert set(answer.json()) == fields
    assert all(isinstance(text, str) for texts in answer.json().values() for text in texts)


@pytest.mark.parametrize(
    ("outcome", "status", "body"),
    [
        (Outcome.REFUSE, 200, '"errno":1'),
        (Outcome.LOW_BALANCE, 400, "Insufficient funds"),
        (Outcome.INACTIVE, 400, "is the inactive address."),
        (Outcome.ERROR500, 500, "<h1>"),
    ],
)
def test_it_refuses(
    itrx: ItrxCaller, sandbox: SandboxProcess, outcome: Outcome, status: int, body: str
) -> None:
    answer = itrx.order(ADDRESSES[outcome], "a-4")
    assert answer.status_code == status
    assert body in answer.text
    assert itrx.query("a-4") == {"errno": 404, "message": "Order not found"}
    assert sandbox.purchases() == []


def test_an_empty_account_is_refused(sandbox: SandboxProcess) -> None:
    poor = replace(ITRX_MAIN, name="poor", key="POOR", secret="POOR-SECRET")
    sandbox.control("accounts", dialect="itrx", key=poor.key, secret=poor.secret, balance_sun=6_499_999)
    answer = ItrxCaller(sandbox.url, poor).collect(ADDRESS, "a-5")
    assert answer.status_code == 400
    assert "Insufficient funds" in answer.json()["detail"]
    assert sandbox.purchases() == []


def test_an_inactive_receiver_is_activated_on_request(itrx: ItrxCaller) -> None:
    answer = itrx.order(ADDRESSES[Outcome.INACTIVE], "a-6", active=1).json()
    assert (answer["errno"], answer["amount"]) == (0, 8_000_000)


@pytest.mark.parametrize(
    ("outcome", "status", "refund"),
    [
        (Outcome.PARTIAL, 40, 0),
        (Outcome.REFUND, 41, 6_500_000),
        (Outcome.PARTIAL_REFUND, 41, 3_250_000),
        (Outcome.ABNORMAL, 43, 0),
    ],
)
def test_it_ends(itrx: ItrxCaller, outcome: Outcome, status: int, refund: int) -> None:
    itrx.collect(ADDRESSES[outcome], "a-7")
    order = final(itrx, "a-7")
    assert (order["status"], order["refund_amount"], order["amount"]) == (status, refund, 6_500_000)
    balance = itrx.get("/userapi/summary").json()["balance"]
    assert balance == START_SUN - 6_500_000 + refund


def test_never_stays_in_work(itrx: ItrxCaller) -> None:
    itrx.collect(ADDRESSES[Outcome.NEVER], "a-8")
    itrx.collect(ADDRESS, "a-9")
    final(itrx, "a-9")  # placed later, done already
    wait_until(lambda: itrx.query("a-8")["status"] == 30)


@pytest.mark.parametrize("outcome", [Outcome.ERROR500_EXECUTED, Outcome.CUT, Outcome.SLOW])
def test_executed_though_the_answer_says_nothing(
    itrx: ItrxCaller, sandbox: SandboxProcess, outcome: Outcome
) -> None:
    try:
        answer = itrx.collect(ADDRESSES[outcome], "a-10")
    except requests.ConnectionError:
        assert outcome is Outcome.CUT
    else:
        assert answer.status_code == (500 if outcome is Outcome.ERROR500_EXECUTED else 200)
    assert final(itrx, "a-10")["status"] == 40
    assert [bought["request_id"] for bought in sandbox.purchases()] == ["a-10"]


def test_a_client_that_gives_up_on_a_slow_answer_has_bought(
    itrx: ItrxCaller, sandbox: SandboxProcess
) -> None:
    sandbox.settings(slow_seconds=3_600)
    with pytest.raises(requests.ReadTimeout):
        replace(itrx, timeout_seconds=1).collect(ADDRESSES[Outcome.SLOW], "a-11")
    assert final(itrx, "a-11")["status"] == 40


def test_cut_before_execution_buys_nothing(itrx: ItrxCaller, sandbox: SandboxProcess) -> None:
    with pytest.raises(requests.ConnectionError):
        itrx.collect(ADDRESSES[Outcome.CUT_BEFORE], "a-12")
    assert itrx.query("a-12")["errno"] == 404
    assert sandbox.purchases() == []


def test_reclaiming_leaves_the_order_done(itrx: ItrxCaller) -> None:
    itrx.collect(ADDRESS, "a-13")
    serial = final(itrx, "a-13")["order_no"]
    assert itrx.post("/order/reclaim", {"serial": serial}).json() == {"errno": 0, "message": "request accept"}
    order = itrx.query("a-13")
    assert (order["status"], order["details"][0]["status"]) == (40, 30)
    assert len(order["details"][0]["reclaim_hash"]) == 64
    assert itrx.post("/order/reclaim", {"serial": "1" * 32}).json()["errno"] == 404


def test_the_newest_of_a_repeated_out_trade_no_is_found(itrx: ItrxCaller) -> None:
    itrx.collect(ADDRESS, "twice")
    second = itrx.collect(ADDRESS, "twice").json()["serial"]
    assert itrx.query("twice")["order_no"] == second


def test_an_order_of_another_account_is_not_found(itrx: ItrxCaller, sandbox: SandboxProcess) -> None:
    serial = itrx.collect(ADDRESS, "mine").json()["serial"]
    other = ItrxCaller(sandbox.url, ITRX_SPARE)
    assert other.get("/order/query", serial=serial).json()["errno"] == 404
