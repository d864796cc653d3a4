"""Calls that change nothing, and the node's tables."""

from typing import Any

import pytest

from providers.sandbox.tron import wallets
from providers.tron import addresses
from tests.providers.sandbox.tron.caller import Chain, Owner
from tests.providers.tron.transactions import fixture

ROUTER = addresses.from_hex(wallets.ROUTER)


@pytest.fixture
def owner(chain: Chain, owner: Owner) -> Owner:
    chain.endow(owner, usdt="5")
    return owner


def number(answer: Any) -> int:
    return int(answer["constant_result"][0], 16)


def test_balance_has_the_shape_of_a_real_answer(chain: Chain, owner: Owner) -> None:
    answer = chain.call(owner.address, "balanceOf(address)", owner.raw)
    real = fixture("constantcontract_balanceOf_nile")
    assert set(answer) == set(real)
    assert (answer["result"], answer["energy_used"]) == (real["result"], real["energy_used"])
    assert set(answer["transaction"]) == set(real["transaction"])
    assert set(answer["transaction"]["raw_data"]) == set(real["transaction"]["raw_data"])
    assert answer["transaction"]["ret"] == real["transaction"]["ret"]
    assert number(answer) == 5_000_000


def test_the_solid_interface_sees_the_solid_balance(chain: Chain, receiver: Owner) -> None:
    def balances() -> list[int]:
        parameters = {"owner_address": receiver.hex, "contract_address": wallets.USDT}
        parameters |= {"function_selector": "balanceOf(address)", "parameter": f"{receiver.hex[2:]:0>64}"}
        return [number(ask("triggerconstantcontract", **parameters)) for ask in (chain.wallet, chain.solid)]

    chain.pay(receiver.address, "1")
    assert balances() == [1_000_000, 0]  # the head is shown with the pool
    for amount in ("2", "4"):
        chain.produce()
        chain.pay(receiver.address, amount)
    chain.produce(2)
    assert balances() == [7_000_000, 1_000_000]
    chain.produce()
    assert balances() == [7_000_000, 3_000_000]
    chain.produce()
    assert balances() == [7_000_000, 7_000_000]


def test_a_transfer_is_simulated_and_nothing_moves(chain: Chain, owner: Owner, receiver: Owner) -> None:
    dear = chain.call(owner.address, "transfer(address,uint256)", receiver.raw, 1_000_000)
    assert (dear["energy_used"], dear["energy_penalty"]) == (130_285, 100_635)
    assert dear["constant_result"] == ["0" * 64]
    cheap = chain.call(owner.address, "transfer(address,uint256)", wallets.PAYER.raw, 1_000_000)
    assert cheap["energy_used"] == 64_285
    assert chain.balance(owner.address) == 5_000_000


def test_a_revert_is_told_beside_a_true_result(chain: Chain, owner: Owner, receiver: Owner) -> None:
    answer, real = (
        chain.call(owner.address, "transfer(address,uint256)", receiver.raw, 5_000_001),
        fixture("constantcontract_reverted_nile"),
    )
    assert {name: answer[name] for name in real} == real
    assert answer["transaction"]["ret"] == [{"ret": "FAILED"}]


def test_constants_of_the_token(chain: Chain, owner: Owner) -> None:
    assert number(chain.call(owner.address, "decimals()")) == 6
    assert number(chain.call(owner.address, "isBlackListed(address)", owner.raw)) == 0
    assert number(chain.call(owner.address, "isBlackListed(address)", wallets.BLACKLISTED.raw)) == 1
    for name in ("paused", "deprecated", "basisPointsRate", "maximumFee"):
        assert number(chain.call(owner.address, f"{name}()")) == 0
    symbol = bytes.fromhex(chain.call(owner.address, "symbol()")["constant_result"][0])
    assert symbol[64:].rstrip(b"\0") == b"USDT"


def test_data_may_be_given_whole(chain: Chain, owner: Owner) -> None:
    data = "70a08231" + f"{owner.hex[2:]:0>64}"
    answer = chain.wallet(
        "triggerconstantcontract", owner_address=owner.hex, contract_address=wallets.USDT, data=data
    )
    assert number(answer) == 5_000_000


def test_no_contract_no_call(chain: Chain, owner: Owner, receiver: Owner) -> None:
    answer = chain.call(owner.address, "decimals()", contract=receiver.address)
    assert answer["result"]["code"] == "CONTRACT_VALIDATE_ERROR"
    assert "result" not in answer["result"]
    assert chain.call(owner.address, "nothing()")["result"]["message"]
    off = chain.wallet("estimateenergy", owner_address=owner.hex, contract_address=wallets.USDT)
    assert off["result"]["code"] == "CONTRACT_VALIDATE_ERROR"


def test_contracts_are_known(chain: Chain, owner: Owner) -> None:
    for contract in wallets.CONTRACTS:
        assert chain.wallet("getcontract", value=contract)["contract_address"] == contract
    assert chain.wallet("getcontract", value=owner.hex) == {}
    assert chain.wallet("getcontract", value=ROUTER, visible=True)["name"] == "Router"


def test_prices_and_parameters(chain: Chain) -> None:
    real = fixture("misc_bodies")["getenergyprices_mainnet_2026_10_trimmed"]
    assert chain.wallet("getenergyprices") == real
    parameters = {
        each["key"]: each.get("value", 0) for each in chain.wallet("getchainparameters")["chainParameter"]
    }
    assert parameters["getEnergyFee"] == 100
    assert parameters["getTransactionFee"] == 1_000
    assert parameters["getCreateNewAccountFeeInSystemContract"] == 1_000_000
    assert {"key": "getMemoFee"} in chain.wallet("getchainparameters")["chainParameter"]
    chain.control("settings", energy_price_sun=210)
    assert chain.wallet("getenergyprices")["prices"].endswith(":210")


def test_resources_of_nobody_and_of_somebody(chain: Chain, owner: Owner) -> None:
    bodies = fixture("misc_bodies")
    assert (
        chain.wallet("getaccountresource", address=owner.hex) == bodies["getaccountresource_unknown_address"]
    )
    chain.endow(owner, active=True)
    fresh = chain.wallet("getaccountresource", address=owner.hex)
    real = bodies["getaccountresource_nile"]
    assert set(fresh) == {name for name in real if not name.startswith("asset")} - {"freeNetUsed"}
    assert "balance" not in chain.wallet("getaccount", address=owner.hex)
    shown = chain.wallet("getaccount", address=owner.address, visible=True)
    assert shown["address"] == owner.address
