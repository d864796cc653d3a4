"""Each knob, for as often as it was turned, and then everything is as before."""

import json
from typing import Any

import pytest
import requests

from providers.sandbox.tron.faults import TEXTS, Fault
from providers.tron import encoding
from tests.providers.sandbox.tron.caller import Chain, Owner
from tests.providers.tron.transactions import fixture
from tests.waiting import wait_until

BODIES = fixture("misc_bodies")
BLOCK, INFOS = "/wallet/getblockbynum", "/wallet/gettransactioninfobyblocknum"


@pytest.fixture
def number(chain: Chain, receiver: Owner) -> int:
    """A block of two payments."""
    chain.pay(receiver.address, "1")
    chain.pay(receiver.address, "2")
    return chain.produce()


def test_every_fault_is_described() -> None:
    assert set(TEXTS) == set(Fault)


def test_empty_answers_for_what_exists(chain: Chain, number: int) -> None:
    block, infos = (chain.post(path, {"num": number}).json() for path in (BLOCK, INFOS))
    chain.fault("empty_block", count=2)
    chain.fault("empty_infos", count=1)
    assert [chain.post(BLOCK, {"num": number}).json() for _ in range(3)] == [{}, {}, block]
    assert [chain.post(INFOS, {"num": number}).json() for _ in range(2)] == [[], infos]


def test_an_empty_answer_is_not_wasted_on_what_is_empty_anyway(chain: Chain, number: int) -> None:
    chain.fault("empty_block")
    assert chain.post(BLOCK, {"num": number + 10}).json() == {}
    assert chain.post(BLOCK, {"num": number}).json() == {}
    assert chain.post(BLOCK, {"num": number}).json() != {}


def test_the_last_infos_are_missing(chain: Chain, number: int) -> None:
    infos = chain.post(INFOS, {"num": number}).json()
    chain.fault("missing_infos", value=1)
    assert chain.post(INFOS, {"num": number}).json() == infos[:1]
    assert chain.post(INFOS, {"num": number}).json() == infos


def test_a_block_names_another_parent(chain: Chain, number: int) -> None:
    parents = []
    chain.fault("wrong_parent")
    for _ in range(2):
        parents.append(chain.post(BLOCK, {"num": number}).json()["block_header"]["raw_data"]["parentHash"])
    assert parents[0] != parents[1] == chain.wallet("getblockbynum", num=number - 1)["blockID"]


def test_errors_with_200(chain: Chain, number: int) -> None:
    chain.fault("error_200")
    answer = chain.post(BLOCK, {"num": number})
    assert (answer.status_code, answer.json()) == (200, BODIES["node_rate_limited_http200"])
    chain.fault("bare_text")
    answer = chain.post(BLOCK, {"num": number})
    assert (answer.status_code, answer.text) == (200, BODIES["lite_fullnode_http200_not_json"])
    chain.fault("wrong_json")
    answer = chain.post(BLOCK, {"num": number})
    with pytest.raises(ValueError, match=r"."):
        json.loads(answer.content)
    chain.fault("error_500")
    assert chain.post(BLOCK, {"num": number}).status_code == 500
    assert chain.post(BLOCK, {"num": number}).json() != {}


@pytest.mark.parametrize("status", [403, 429, 503])
def test_refused_and_suspended(chain: Chain, number: int, status: int) -> None:
    """Nothing else is answered either, until it is over."""
    chain.fault(f"status_{status}", value=30)
    first = chain.post(BLOCK, {"num": number})
    assert first.status_code == status
    assert first.json() == {**BODIES["trongrid_rate_limited_http403"], "StatusCode": status}
    for path in (INFOS, "/walletsolidity/getnowblock", "/jsonrpc", "/v1/accounts/x/transactions"):
        later = chain.post(path, {"num": number})
        assert later.status_code == 403
        assert "suspended for" in later.json()["Error"]
    chain.control("faults/clear")
    assert chain.post(BLOCK, {"num": number}).json() != {}


def test_connections_are_cut(chain: Chain, number: int, owner: Owner, receiver: Owner) -> None:
    chain.fault("cut")
    with pytest.raises(requests.ConnectionError):
        chain.post(BLOCK, {"num": number})
    chain.endow(owner, trx="5")
    signed = chain.sign(owner, chain.raw(encoding.transfer(owner.raw, receiver.raw, 1)))
    chain.fault("cut", path="broadcast")
    with pytest.raises(requests.ConnectionError):
        chain.send(signed)
    chain.fault("cut_after", path="broadcast")
    with pytest.raises(requests.ConnectionError):
        chain.send(signed)
    assert chain.send(signed)["code"] == "DUP_TRANSACTION_ERROR"  # it had arrived the second time


def test_a_slow_answer(chain: Chain, number: int) -> None:
    chain.fault("slow")
    with pytest.raises(requests.Timeout):
        chain.http.post(f"{chain.url}{BLOCK}", json={"num": number}, timeout=0.3)
    assert chain.post(BLOCK, {"num": number}).json() != {}


def test_another_node_is_behind(chain: Chain, number: int) -> None:
    chain.produce(4)
    chain.fault("behind", value=6, count=3)
    assert chain.wallet("getnowblock")["block_header"]["raw_data"]["number"] == number + 4 - 6
    assert chain.solid("getblockbynum", num=number) == {}
    assert chain.wallet("gettransactioninfobyblocknum", num=number) == []
    assert chain.solid("getblockbynum", num=number) != {}


def test_only_for_a_path(chain: Chain, number: int) -> None:
    chain.fault("error_200", path="/walletsolidity/")
    assert chain.post(BLOCK, {"num": number}).json() != {}
    assert "Error" in chain.solid("getnowblock")


def test_with_a_probability(chain: Chain, number: int) -> None:
    chain.fault("error_200", percent=50)
    failed = sum("Error" in chain.post(BLOCK, {"num": number}).json() for _ in range(200))
    assert 40 < failed < 160  # all but impossible otherwise
    assert [knob["percent"] for knob in chain.get("/control/chain/faults").json()] == [50]
    chain.control("faults/clear")
    assert "Error" not in chain.post(BLOCK, {"num": number}).json()


def test_broadcasts_that_are_told_wrongly(chain: Chain, owner: Owner, receiver: Owner) -> None:
    chain.endow(owner, trx="50")

    def send(amount: int) -> Any:
        return chain.transfer_trx(owner, receiver.raw, amount)

    chain.fault("busy")
    busy = send(1)
    assert busy["code"] == "SERVER_BUSY"
    chain.fault("other_error")
    other = send(2)
    assert other["code"] == "OTHER_ERROR"
    chain.fault("lost")
    lost = send(3)
    assert lost["result"] is True
    chain.produce()
    assert chain.info(busy["txid"]) == {}
    assert chain.info(other["txid"])["blockNumber"]
    assert chain.info(lost["txid"]) == {}
    assert chain.wallet("getaccount", address=receiver.hex)["balance"] == 2


def test_the_chain_stalls(chain: Chain) -> None:
    head = chain.status()["head"]
    chain.control("stall", seconds=3_600)
    chain.control("settings", block_seconds="0.01")
    assert [chain.status()["head"] for _ in range(20)] == [head] * 20
    chain.control("stall", seconds=0)
    wait_until(lambda: chain.status()["head"] > head)


@pytest.mark.parametrize(
    "values", [{"fault": "nothing"}, {"fault": "busy", "percent": 101}, {"fault": "busy", "value": -1}, {}]
)
def test_a_knob_that_does_not_exist(chain: Chain, values: dict[str, Any]) -> None:
    assert chain.post("/control/chain/faults", values).status_code == 400
