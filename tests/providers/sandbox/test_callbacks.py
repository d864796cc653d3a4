"""Callbacks of the upstreams, as a merchant's inbox receives and judges them."""

import hashlib
import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from providers.sandbox.accounts import CROSSINGPAY_PLAIN, NewAccount
from providers.sandbox.outcomes import ADDRESSES, Outcome, published
from tests.providers.sandbox.callers import CrossingpayCaller, ItrxCaller
from tests.sandbox_process import SandboxProcess
from tests.waiting import wait_until

ADDRESS = published("somebody")


def received(sandbox: SandboxProcess, inbox: str, count: int = 1) -> list[dict[str, Any]]:
    """At least `count` callbacks, oldest first."""
    return wait_until(lambda: got[::-1] if len(got := sandbox.inbox(inbox)) >= count else None) or []


def test_itrx_tells_the_end(itrx: ItrxCaller, sandbox: SandboxProcess, inbox: str, inbox_url: str) -> None:
    serial = itrx.collect(ADDRESS, "d-1", callback_url=inbox_url).json()["serial"]
    [callback] = received(sandbox, inbox)
    assert (callback["verdict"], callback["dialect"], callback["answered"]) == ("valid", "itrx", 200)
    body = json.loads(callback["body"])
    assert (body["serial"], body["status"], body["out_trade_no"]) == (serial, 40, "d-1")
    assert body["txid"] == itrx.query("d-1")["details"][0]["delegate_hash"]
    assert callback["body"] == json.dumps(body, sort_keys=True, separators=(",", ":"))
    assert itrx.account.key not in json.dumps(callback["headers"])


@pytest.mark.parametrize("outcome", [Outcome.REFUND, Outcome.ABNORMAL])
def test_itrx_tells_of_failure_as_41(
    itrx: ItrxCaller, sandbox: SandboxProcess, inbox: str, inbox_url: str, outcome: Outcome
) -> None:
    itrx.collect(ADDRESSES[outcome], "d-2", callback_url=inbox_url)
    [callback] = received(sandbox, inbox)
    assert (callback["verdict"], json.loads(callback["body"])["status"]) == ("valid", 41)


@pytest.mark.parametrize("place", ["itrx", "crossingpay"])
@pytest.mark.parametrize(
    ("outcome", "verdicts"),
    [
        (Outcome.NO_CALLBACK, []),
        (Outcome.FORGED_CALLBACK, ["bad_signature"]),
        (Outcome.DUPLICATE_CALLBACK, ["valid"] * 3),
        (Outcome.SUCCESS, ["valid"]),
    ],
)
def test_what_comes_is_scripted(
    itrx: ItrxCaller,
    crossingpay: CrossingpayCaller,
    sandbox: SandboxProcess,
    inbox: str,
    inbox_url: str,
    place: str,
    outcome: Outcome,
    verdicts: list[str],
) -> None:
    address = ADDRESSES[outcome]
    if place == "itrx":
        itrx.collect(address, "d-3", callback_url=inbox_url)
    else:
        crossingpay.deposit(address, "d-3", "3", inbox_url)
    # A later order's callback shows that nothing more of the first is to come.
    crossingpay.deposit(ADDRESS, "d-4", "4", inbox_url)
    callbacks = received(sandbox, inbox, len(verdicts) + 1)
    amounts = Counter(json.loads(each["body"]).get("amount") for each in callbacks)
    assert amounts["4"] == 1
    of_first = [each for each in callbacks if json.loads(each["body"]).get("amount") != "4"]
    assert [each["verdict"] for each in of_first] == verdicts
    assert sum(each["duplicate_of"] is not None for each in of_first) == max(len(verdicts) - 1, 0)


def signed(body: dict[str, Any], form: str, apikey: str) -> str:
    """The text of the specification's golden vectors, by its own words."""
    if form.startswith("v2a"):
        amount = f"{body['amount']}.000000"
        text = f"address={body['address']}&amount={amount}&timestamp={body['timestamp']}&txid={body['txid']}"
    elif form == "v2b_b1":
        text = (
            f"address={body['Address']}&amount={body['Amount']}&order_id={body['OrderID']}"
            f"&system_order_id={body['SystemOrderID']}&timestamp={body['Timestamp']}&tx_hash={body['Txid']}"
        )
    else:
        text = "&".join(f"{name}={body[name]}" for name in sorted(body) if name != "Sign")
    return hashlib.md5((text + apikey).encode()).hexdigest()


@pytest.mark.parametrize("form", ["v2a", "v2a_iso", "v2b_b1", "v2b_b2"])
def test_crossingpay_in_every_format(sandbox: SandboxProcess, inbox: str, inbox_url: str, form: str) -> None:
    account: NewAccount = replace(CROSSINGPAY_PLAIN, name=form, secret=f"apikey-{form}")
    sandbox.control("accounts", dialect="crossingpay", name=form, secret=account.secret, format=form)
    sandbox.inbox_keys(inbox, "crossingpay", "", account.secret)
    number = (
        CrossingpayCaller(sandbox.url, account).deposit(ADDRESS, "d-5", "11", inbox_url).json()["Ordersn"]
    )
    [callback] = received(sandbox, inbox)
    assert callback["verdict"] == "valid"
    body = json.loads(callback["body"])
    if form.startswith("v2a"):
        assert set(body) == {"address", "amount", "txid", "timestamp", "sign"}
        assert body["sign"] == signed(body, form, account.secret)
        assert ("+08:00" in body["timestamp"]) == (form == "v2a_iso")
    else:
        assert (body["OrderID"], body["SystemOrderID"], body["Status"], body["Amount"]) == (
            "d-5",
            number,
            1,
            "11.00",
        )
        assert len(body) == 8
        assert body["Sign"] == signed(body, form, account.secret)


def test_it_tries_again_until_200(
    itrx: ItrxCaller, sandbox: SandboxProcess, inbox: str, inbox_url: str
) -> None:
    sandbox.control("inbox", name=inbox, status=503, count=2)
    itrx.collect(ADDRESS, "d-6", callback_url=inbox_url)
    callbacks = received(sandbox, inbox, 3)
    assert [each["answered"] for each in callbacks] == [503, 503, 200]
    assert {each["verdict"] for each in callbacks} == {"valid"}


def test_it_tries_again_when_the_merchant_hangs(
    itrx: ItrxCaller, sandbox: SandboxProcess, inbox: str, inbox_url: str
) -> None:
    sandbox.control("inbox", name=inbox, hang=True)
    itrx.collect(ADDRESS, "d-7", callback_url=inbox_url)
    assert [each["answered"] for each in received(sandbox, inbox, 2)] == [None, 200]


@pytest.mark.parametrize(
    "url", ["http://192.0.2.1/", "http://localhost.example/", "https://127.0.0.1/", "http://[::1", "no"]
)
def test_it_calls_this_machine_only(
    itrx: ItrxCaller, sandbox: SandboxProcess, inbox: str, inbox_url: str, url: str
) -> None:
    """The order itself comes to its end all the same, and later callbacks still leave."""
    itrx.collect(ADDRESS, "d-8", callback_url=url)
    wait_until(lambda: itrx.query("d-8")["status"] == 40)
    itrx.collect(ADDRESS, "d-9", callback_url=inbox_url)
    assert json.loads(received(sandbox, inbox)[0]["body"])["out_trade_no"] == "d-9"


@pytest.mark.parametrize(("amount", "told"), [("", "20"), ("21.5", "21.5")])
def test_a_person_pays(
    crossingpay: CrossingpayCaller,
    sandbox: SandboxProcess,
    inbox: str,
    inbox_url: str,
    amount: str,
    told: str,
) -> None:
    crossingpay.deposit(ADDRESSES[Outcome.NEVER_PAID], "d-10", "20", inbox_url)
    sandbox.control("pay", order_id="d-10", amount=amount)
    [callback] = received(sandbox, inbox)
    assert (callback["verdict"], json.loads(callback["body"])["amount"]) == ("valid", told)
    assert crossingpay.query("d-10").json()["status"] == 1
