"""The chain goes on: by itself, on command, along another fork, and after an end of the process."""

import time
from pathlib import Path

import pytest

from providers.sandbox.tron import wallets
from tests.providers.sandbox.tron.caller import Chain, Owner
from tests.sandbox_process import SandboxProcess
from tests.waiting import wait_until


def test_blocks_come_by_themselves(chain: Chain, receiver: Owner) -> None:
    chain.control("settings", block_seconds="0.05", lag_blocks=3)
    chain.produce(100)  # five seconds ahead of the wall's clock: the chain goes on from there
    txid = chain.pay(receiver.address, "1")
    info = wait_until(lambda: chain.solid("gettransactioninfobyid", value=txid))
    status = chain.status()
    assert status["head"] - status["solid"] == 3
    assert status["solid"] >= info["blockNumber"]


def test_a_new_block_is_not_before_the_present(chain: Chain) -> None:
    """A payment made now must not seem to be of the past."""
    assert chain.produce() > 0
    assert chain.status()["head_timestamp"] >= int(time.time() * 1000) - 1_000


def test_the_clock_goes_forward_only(chain: Chain) -> None:
    before = chain.status()["head_timestamp"]
    chain.control("clock", seconds=7_200)
    chain.produce()
    assert chain.status()["head_timestamp"] >= before + 7_000_000
    assert chain.post("/control/chain/clock", {"seconds": -1}).status_code == 400


def test_the_solid_block_never_goes_back(chain: Chain) -> None:
    solid = chain.status()["solid"]
    chain.control("settings", lag_blocks=18)
    chain.produce(5)
    assert chain.status()["solid"] == solid
    chain.produce(20)
    assert chain.status()["solid"] == chain.status()["head"] - 18


def test_a_fork_replaces_blocks_and_brings_the_payment_later(chain: Chain, receiver: Owner) -> None:
    txid = chain.pay(receiver.address, "1")
    number = chain.produce()
    old = chain.wallet("getblockbynum", num=number)
    assert old["transactions"]
    assert chain.balance(receiver.address) == 1_000_000
    chain.control("reorganise", depth=1)
    new = chain.wallet("getblockbynum", num=number)
    assert new["blockID"] != old["blockID"]
    assert "transactions" not in new
    assert (
        chain.wallet("getblockbynum", num=number + 1)["block_header"]["raw_data"]["parentHash"]
        == new["blockID"]
    )
    assert chain.info(txid)["blockNumber"] == number + 1
    assert chain.balance(receiver.address) == 1_000_000
    assert len(chain.post("/jsonrpc", logs_of(receiver)).json()["result"]) == 1


def test_a_fork_may_lose_the_payment(chain: Chain, receiver: Owner) -> None:
    txid = chain.pay(receiver.address, "1")
    chain.produce(2)
    chain.control("reorganise", depth=2, drop=True)
    chain.produce(4)
    assert chain.info(txid) == {}
    assert chain.balance(receiver.address) == 0
    assert chain.post("/jsonrpc", logs_of(receiver)).json()["result"] == []


def test_solid_blocks_are_never_replaced(chain: Chain) -> None:
    chain.produce(5)
    assert chain.post("/control/chain/reorganise", {"depth": 3}).status_code == 200
    for depth in (0, 4, 100):
        assert chain.post("/control/chain/reorganise", {"depth": depth}).status_code == 400


def logs_of(receiver: Owner) -> dict[str, object]:
    topics = [None, None, f"0x{receiver.hex[2:]:0>64}"]
    return {"id": 1, "method": "eth_getLogs", "params": [{"fromBlock": "0x0", "topics": topics}]}


def test_payments_may_come_later(chain: Chain, receiver: Owner) -> None:
    chain.control("pay", address=receiver.address, amount="1", after_seconds=3_600)
    chain.produce(2)
    assert chain.balance(receiver.address) == 0
    chain.control("clock", seconds=3_600)
    chain.produce()
    assert chain.balance(receiver.address) == 1_000_000


def test_many_payments_of_one_moment_are_all_made(chain: Chain, receiver: Owner) -> None:
    txids = {chain.pay(receiver.address, "0.000001") for _ in range(30)}
    number = chain.produce()
    assert len(txids) == 30
    assert len(chain.wallet("getblockbynum", num=number)["transactions"]) == 30
    assert chain.balance(receiver.address) == 30


@pytest.mark.parametrize(
    "values", [{"address": "T1"}, {"amount": "x"}, {"amount": "0"}, {"kind": "gift"}, {"amount": 5}]
)
def test_a_payment_that_makes_no_sense(chain: Chain, receiver: Owner, values: dict[str, object]) -> None:
    body = {"address": receiver.address, "amount": "1"} | values
    assert chain.post("/control/chain/pay", body).status_code == 400


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_it_goes_on_after_an_end(tmp_path: Path, receiver: Owner, how: str) -> None:
    """With the same blocks, balances, pool, settings and payments to come; the time between is a gap."""
    process = SandboxProcess(tmp_path).start()
    try:
        chain = Chain(process.url)
        chain.control("settings", block_seconds="0", lag_blocks=2)
        chain.pay(receiver.address, "1")
        number = chain.produce()
        block, status = chain.wallet("getblockbynum", num=number), chain.status()
        pooled = chain.pay(receiver.address, "2")
        chain.control("pay", address=receiver.address, amount="4", after_seconds=3_600)
        chain.fault("busy")
        process.stop() if how == "stop" else process.kill()
        process.start()
        chain = Chain(process.url)
        assert chain.wallet("getblockbynum", num=number) == block
        assert chain.status() == status | {"waiting": 1}
        assert len(chain.get("/control/chain/faults").json()) == 1
        chain.control("clock", seconds=3_600)
        chain.produce(3)
        assert chain.solid("gettransactioninfobyid", value=pooled)["blockNumber"] == number + 1
        assert chain.balance(receiver.address) == 7_000_000
        chain.control("reset")
        assert chain.status()["head"] == 30
        assert chain.balance(receiver.address) == 0
        assert chain.balance(wallets.PAYER.address) == 10**15
    finally:
        process.stop()


def test_requests_are_counted_and_not_logged(chain: Chain, sandbox: SandboxProcess) -> None:
    before = chain.get("/control/chain/requests").json().get("/wallet/getnowblock", 0)
    logged = len(sandbox.requests_since())
    chain.wallet("getnowblock")
    assert chain.get("/control/chain/requests").json()["/wallet/getnowblock"] == before + 1
    assert all(not row["path"].startswith("/wallet") for row in sandbox.requests_since())
    assert logged <= len(sandbox.requests_since())


def test_unknown_controls(chain: Chain) -> None:
    assert chain.post("/control/chain/nothing").status_code == 400
    assert chain.get("/control/chain/pay").status_code == 400
    assert chain.post("/control/chain/produce", {"blocks": 1_001}).status_code == 400
    assert chain.post("/control/chain/settings", {"block_seconds": "0.001"}).status_code == 400
