"""What an upstream sells arrives on the chain, and a sweep can live on it."""

from functools import partial
from typing import Any

import pytest

from providers.sandbox.accounts import ITRX_MAIN, TRONZAP_MAIN
from providers.sandbox.outcomes import ADDRESSES, NO_BANDWIDTH, NO_USDT, Outcome
from tests.providers.sandbox.callers import ItrxCaller, TronzapCaller
from tests.providers.sandbox.tron.caller import Chain, Owner
from tests.sandbox_process import SandboxProcess
from tests.waiting import wait_until


@pytest.fixture
def itrx(chain: Chain) -> ItrxCaller:
    return ItrxCaller(chain.url, ITRX_MAIN)


@pytest.fixture
def tronzap(chain: Chain) -> TronzapCaller:
    return TronzapCaller(chain.url, TRONZAP_MAIN)


@pytest.fixture
def wallet(chain: Chain, owner: Owner) -> Owner:
    """A deposit wallet: 10 USDT have come, and nobody has activated it."""
    chain.pay(owner.address, "10")
    chain.produce(4)
    assert chain.wallet("getaccount", address=owner.hex) == {}
    return owner


def collect(itrx: ItrxCaller, address: str, request_id: str, **more: Any) -> Any:
    """The order as it is queried, once it is done."""
    answer = itrx.collect(address, request_id, **more).json()
    assert answer["errno"] == 0
    wait_until(lambda: itrx.query(request_id)["status"] == 40)
    return answer | itrx.query(request_id)


def test_a_collect_order_is_enough_for_a_sweep(chain: Chain, itrx: ItrxCaller, wallet: Owner) -> None:
    """Activation, bandwidth and energy for a first transfer, without a sun of its own."""
    cold = Owner()
    bought = collect(itrx, wallet.address, "t-1", to_address=cold.address)
    assert (bought["scene"], bought["energy_amount"]) == (3, 131_000)
    txid = bought["details"][0]["delegate_hash"]
    assert chain.info(txid) == {}  # not in a block yet, though the resources show it
    assert chain.energy(wallet.address) == 131_000
    number = chain.produce()
    assert chain.info(txid)["blockNumber"] == number
    block = chain.wallet("getblockbynum", num=number)
    kinds = [each["raw_data"]["contract"][0]["type"] for each in block["transactions"]]
    assert kinds == ["TransferContract", "DelegateResourceContract", "DelegateResourceContract"]
    simulated = chain.call(wallet.address, "transfer(address,uint256)", cold.raw, 10_000_000)
    assert simulated["energy_used"] <= chain.energy(wallet.address)
    sent = chain.transfer_usdt(wallet, cold.raw, 10_000_000, fee_limit=30_000_000)
    chain.produce(4)
    info = chain.solid("gettransactioninfobyid", value=sent["txid"])
    assert info["receipt"]["result"] == "SUCCESS"
    assert "fee" not in info
    assert chain.balance(cold.address) == 10_000_000
    assert chain.wallet("getaccount", address=wallet.hex)["balance"] == 1  # what activated it


def test_the_second_order_needs_less(chain: Chain, itrx: ItrxCaller, wallet: Owner) -> None:
    """The wallet is active, and its free bandwidth is enough; after a sweep it is not."""
    cold = Owner()
    chain.endow(cold, usdt="1")
    collect(itrx, wallet.address, "t-2")
    chain.produce()
    assert itrx.collect(wallet.address, "t-3").json()["scene"] == 1
    assert chain.transfer_usdt(wallet, cold.raw, 1)["result"] is True
    chain.produce()
    chain.transfer_usdt(wallet, cold.raw, 1)
    chain.produce()
    assert itrx.collect(wallet.address, "t-4").json()["scene"] == 2


def test_an_inactive_wallet_is_refused_unless_it_is_activated(
    chain: Chain, itrx: ItrxCaller, tronzap: TronzapCaller, wallet: Owner
) -> None:
    assert "inactive" in itrx.order(wallet.address, "t-5").text
    assert tronzap.new(wallet.address, "t-6").json()["code"] == 24
    assert itrx.order(wallet.address, "t-7", active=1).json()["errno"] == 0
    wait_until(lambda: itrx.query("t-7")["status"] == 40)
    chain.produce()
    assert chain.energy(wallet.address) == 65_000
    assert chain.wallet("getaccount", address=wallet.hex)


def test_tronzap_sells_energy_bandwidth_and_activation(
    chain: Chain, tronzap: TronzapCaller, wallet: Owner
) -> None:
    def done(request_id: str) -> Any:
        return wait_until(lambda: tronzap.check(request_id)["result"].get("hash"))

    assert tronzap.new(wallet.address, "t-8", service="activate_address").json()["code"] == 0
    activation = done("t-8")
    chain.produce()
    assert chain.info(activation)["fee"] == 1_100_000
    tronzap.new(
        wallet.address,
        "t-9",
        service="resource_bundle",
        amounts={"energy": 65_000, "bandwidth": 400},
        duration=1,
    )
    delegation = done("t-9")
    chain.produce()
    assert chain.info(delegation)["blockNumber"]
    resources = chain.wallet("getaccountresource", address=wallet.hex)
    assert (resources["EnergyLimit"], resources["NetLimit"]) == (65_000, 400)
    chain.control("clock", seconds=3_700)
    assert "EnergyLimit" not in chain.wallet("getaccountresource", address=wallet.hex)


def test_an_address_nobody_has_met_is_ordinary(chain: Chain, itrx: ItrxCaller, owner: Owner) -> None:
    bought = collect(itrx, owner.address, "t-10", to_address=Owner().address)
    assert (bought["scene"], bought["energy_amount"]) == (1, 65_000)
    chain.produce()
    assert chain.energy(owner.address) == 65_000  # it was activated all the same


def test_refunded_orders_bring_what_they_say(chain: Chain, itrx: ItrxCaller) -> None:
    def ended(request_id: str) -> bool:
        return bool(itrx.query(request_id)["status"] == 41)

    for number, (outcome, energy) in enumerate([(Outcome.REFUND, 0), (Outcome.PARTIAL_REFUND, 32_500)]):
        itrx.order(ADDRESSES[outcome], f"t-11-{number}")
        wait_until(partial(ended, f"t-11-{number}"))
        chain.produce()
        assert chain.energy(ADDRESSES[outcome]) == energy


def test_the_published_addresses_are_on_the_chain_as_published(chain: Chain) -> None:
    resources = {
        address: chain.wallet("getaccountresource", address=address, visible=True)
        for address in (NO_USDT, NO_BANDWIDTH, ADDRESSES[Outcome.SUCCESS], ADDRESSES[Outcome.INACTIVE])
    }
    assert [found.get("freeNetUsed", 0) for found in resources.values()] == [0, 600, 0, 0]
    assert [bool(found) for found in resources.values()] == [True, True, True, False]
    assert [chain.balance(address) for address in resources] == [0, 1, 1, 0]


def test_energy_comes_late_short_or_ends_early(chain: Chain, itrx: ItrxCaller, wallet: Owner) -> None:
    chain.endow(wallet, active=True)
    chain.fault("energy_late", value=600)
    chain.fault("energy_short", value=50)
    chain.fault("energy_reclaimed", value=60)
    collect(itrx, wallet.address, "t-12")
    chain.produce()
    assert chain.energy(wallet.address) == 0
    chain.control("clock", seconds=610)
    assert chain.energy(wallet.address) == 32_500
    chain.control("clock", seconds=60)
    assert chain.energy(wallet.address) == 0


def test_energy_shows_before_it_is_there(chain: Chain, itrx: ItrxCaller, wallet: Owner) -> None:
    chain.endow(wallet, active=True)
    chain.fault("energy_early", value=2)
    txid = collect(itrx, wallet.address, "t-13")["details"][0]["delegate_hash"]
    chain.produce(2)
    assert chain.energy(wallet.address) == 65_000
    assert chain.info(txid) == {}
    sent = chain.transfer_usdt(wallet, wallet.raw, 1)  # who does not wait for the block loses
    assert chain.produce() == chain.info(txid)["blockNumber"]
    assert sent["result"] is True


def test_reset_keeps_the_chain(chain: Chain, sandbox: SandboxProcess, wallet: Owner) -> None:
    head = chain.status()["head"]
    chain.fault("busy")
    sandbox.control("reset")
    assert chain.status()["head"] == head
    assert chain.status()["block_ms"] == 3_000
    assert chain.get("/control/chain/faults").json() == []
    assert chain.balance(wallet.address) == 10_000_000
