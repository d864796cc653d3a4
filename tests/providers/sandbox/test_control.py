"""Steering: rules, settings, payments, the page and its forms."""

from typing import Any

import pytest
import requests

from providers.sandbox.accounts import DEMO_ACCOUNTS, ITRX_MAIN, ITRX_SPARE
from providers.sandbox.outcomes import ADDRESSES, PURCHASE_OUTCOMES, Outcome, published
from providers.tron.addresses import is_address
from tests.providers.sandbox.callers import (
    TIMEOUT_SECONDS,
    CrossingpayCaller,
    ItrxCaller,
    TronzapCaller,
    session,
)
from tests.sandbox_process import SandboxProcess
from tests.waiting import wait_until

ADDRESS = published("somebody")


def test_published_addresses_are_valid_and_stay_the_same() -> None:
    assert all(is_address(address) for address in ADDRESSES.values())
    assert len(set(ADDRESSES.values())) == len(ADDRESSES)
    assert published("success") == "TJLG3uAYeeJ8B3p1s2XNQUqCxV2jL9nXMN"


def test_every_outcome_can_be_acted_out_somewhere() -> None:
    acted = {outcome for outcomes in PURCHASE_OUTCOMES.values() for outcome in outcomes}
    assert set(Outcome) - acted == {Outcome.NOT_FOUND}  # of look-ups only


def test_a_rule_holds_for_so_many_purchases(itrx: ItrxCaller, sandbox: SandboxProcess) -> None:
    sandbox.rule("itrx", "refuse", count=2)
    answers = [itrx.collect(ADDRESS, f"e-{number}").json()["errno"] for number in range(3)]
    assert answers == [1, 1, 0]


def test_a_rule_can_be_for_one_account(sandbox: SandboxProcess) -> None:
    sandbox.rule("itrx", "refuse", account=ITRX_SPARE.key)
    assert ItrxCaller(sandbox.url, ITRX_MAIN).collect(ADDRESS, "e-4").json()["errno"] == 0
    assert ItrxCaller(sandbox.url, ITRX_SPARE).collect(ADDRESS, "e-5").json()["errno"] == 1


def test_bad_requests_use_no_rule_up(itrx: ItrxCaller, sandbox: SandboxProcess) -> None:
    sandbox.rule("itrx", "refuse")
    itrx.collect("T1", "e-6")
    assert itrx.collect(ADDRESS, "e-7").json()["errno"] == 1


def test_rules_for_look_ups(itrx: ItrxCaller, tronzap: TronzapCaller, sandbox: SandboxProcess) -> None:
    itrx.collect(ADDRESS, "e-8")
    sandbox.rule("itrx", "not_found", on_lookup=True)
    assert itrx.query("e-8")["errno"] == 404
    assert itrx.query("e-8")["errno"] == 0
    sandbox.rule("tronzap", "error500", on_lookup=True)
    assert tronzap.post("/transaction/check", {"external_id": "none"}).status_code == 500


def test_a_key_can_stop_working(
    itrx: ItrxCaller, tronzap: TronzapCaller, crossingpay: CrossingpayCaller, sandbox: SandboxProcess
) -> None:
    for dialect in ("itrx", "tronzap", "crossingpay"):
        sandbox.rule(dialect, "bad_key")
    assert itrx.collect(ADDRESS, "e-9").json() == {"detail": "API not found"}
    assert tronzap.new(ADDRESS, "e-9").json()["code"] == 1
    assert crossingpay.deposit(ADDRESS, "e-9", "1", "http://127.0.0.1:1/").status_code == 401
    assert sandbox.purchases() == []


def test_the_delay_is_set(itrx: ItrxCaller, sandbox: SandboxProcess) -> None:
    sandbox.settings(delay_seconds=3_600)
    itrx.collect(ADDRESS, "e-10")
    sandbox.settings(delay_seconds=0)
    itrx.collect(ADDRESS, "e-11")
    wait_until(lambda: itrx.query("e-11")["status"] == 40)
    assert itrx.query("e-10")["status"] == 20


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("rules", {"dialect": "gold", "outcome": "refuse"}),
        ("rules", {"dialect": "itrx", "outcome": "nonsense"}),
        ("rules", {"dialect": "tronzap", "outcome": "partial"}),
        ("rules", {"dialect": "itrx", "outcome": "refuse", "count": -1}),
        ("settings", {"delay_seconds": "-1"}),
        ("settings", {"delay_seconds": "NaN"}),
        ("settings", {"delay_seconds": "1e30"}),
        ("accounts", {"dialect": "itrx"}),
        ("accounts", {"dialect": "itrx", "key": "K", "secret": "S", "balance_sun": 10**18}),
        ("accounts", {"dialect": "crossingpay", "secret": "S", "format": "v3"}),
        ("inbox", {"name": "x", "status": 42}),
        ("inbox-keys", {"name": 5, "dialect": "itrx", "key": "", "secret": ""}),
        ("pay", {"order_id": "nobody"}),
        ("pay", {}),
    ],
)
def test_nonsense_is_refused_with_a_reason(
    sandbox: SandboxProcess, path: str, fields: dict[str, Any]
) -> None:
    answer = session().post(f"{sandbox.url}/control/{path}", json=fields, timeout=TIMEOUT_SECONDS)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_only_an_open_payment_order_can_be_paid(
    itrx: ItrxCaller, crossingpay: CrossingpayCaller, sandbox: SandboxProcess
) -> None:
    itrx.collect(ADDRESSES[Outcome.NEVER], "e-12")
    crossingpay.deposit(ADDRESS, "e-13", "1", "http://127.0.0.1:1/")
    wait_until(lambda: crossingpay.query("e-13").json()["status"] == 1)
    crossingpay.deposit(ADDRESSES[Outcome.NEVER_PAID], "e-14", "1", "http://127.0.0.1:1/")
    for fields in ({"order_id": "e-12"}, {"order_id": "e-13"}, {"order_id": "e-14", "amount": "0"}):
        answer = session().post(f"{sandbox.url}/control/pay", json=fields, timeout=TIMEOUT_SECONDS)
        assert answer.status_code == 400
    assert crossingpay.query("e-14").json()["status"] == 2


def test_requests_are_logged_without_secrets(itrx: ItrxCaller, sandbox: SandboxProcess) -> None:
    itrx.collect(ADDRESS, "e-15")
    itrx.get("/order/query", serial="secret-in-a-query")
    seen = [entry for entry in sandbox.requests_since() if entry["path"].startswith("/api/")]
    assert [(entry["method"], entry["path"], entry["status"]) for entry in seen] == [
        ("POST", "/api/v1/frontend/order/collect-manual", 200),
        ("GET", "/api/v1/frontend/order/query", 200),
    ]
    assert sandbox.requests_since(seen[0]["id"])[0]["id"] == seen[1]["id"]
    assert "secret" not in str(seen)


def test_reset_forgets_orders_and_refills_accounts(itrx: ItrxCaller, sandbox: SandboxProcess) -> None:
    itrx.collect(ADDRESS, "e-16")
    sandbox.rule("itrx", "refuse")
    sandbox.control("reset")
    assert sandbox.purchases() == []
    assert itrx.get("/userapi/summary").json()["balance"] == 100_000_000_000
    assert itrx.collect(ADDRESS, "e-17").json()["errno"] == 0


def test_the_page_shows_everything_and_its_forms_work(
    crossingpay: CrossingpayCaller, itrx: ItrxCaller, sandbox: SandboxProcess
) -> None:
    crossingpay.deposit(ADDRESSES[Outcome.NEVER_PAID], "e-18", "33.5", "http://127.0.0.1:1/")
    page = get_page(sandbox)
    assert all(address in page for address in ADDRESSES.values())
    assert all(account.name in page for account in DEMO_ACCOUNTS)
    assert "33.5 USDT" in page
    [waiting] = sandbox.purchases()
    submit(sandbox, act="pay", id=waiting["id"], amount="34")
    assert crossingpay.query("e-18").json()["amount"] == 34
    submit(sandbox, act="rule", dialect="itrx", outcome="refuse", count="1")
    assert itrx.collect(ADDRESS, "e-19").json()["errno"] == 1
    submit(sandbox, act="settings", delay_seconds="1.5")
    assert 'value="1.5"' in get_page(sandbox)


def test_the_page_shows_markup_as_text(itrx: ItrxCaller, sandbox: SandboxProcess) -> None:
    sandbox.control("accounts", dialect="itrx", name="<b>", key="<i>key", secret="S")
    page = get_page(sandbox)
    assert "<b>" not in page
    assert "&lt;i&gt;key" in page


@pytest.mark.parametrize(
    "fields", [{}, {"act": "rule"}, {"act": "pay", "id": "x"}, {"act": "settings", "delay_seconds": "x"}]
)
def test_a_wrong_form_is_told(sandbox: SandboxProcess, fields: dict[str, str]) -> None:
    answer = session().post(f"{sandbox.url}/control", data=fields, timeout=TIMEOUT_SECONDS)
    assert answer.status_code == 400


def get_page(sandbox: SandboxProcess) -> str:
    return session().get(f"{sandbox.url}/", timeout=TIMEOUT_SECONDS).text


def submit(sandbox: SandboxProcess, **fields: str) -> requests.Response:
    url = f"{sandbox.url}/control"
    answer = session().post(url, data=fields, timeout=TIMEOUT_SECONDS, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?note=done")
    return answer
