"""What transfers cost and move (specs/tron.md section 7)."""

from typing import Any

import pytest

from providers.sandbox.tron import wallets
from providers.tron import addresses, encoding
from tests.providers.sandbox.tron.caller import Chain, Owner

HELD, NEW = 64_285, 130_285
SIZE = 345  # bytes of a token transfer with its signature, as on the real chain
USDT_RAW = bytes.fromhex(wallets.USDT)
FAKE = addresses.from_hex(wallets.FAKE_USDT)


def sent(chain: Chain, answer: Any) -> Any:
    """The info of a transaction that is accepted now and in the next block."""
    assert answer.get("result") is True, answer
    chain.produce()
    return chain.info(answer["txid"])


@pytest.fixture
def owner(chain: Chain, owner: Owner) -> Owner:
    """Has 5 USDT, no TRX and no energy."""
    chain.endow(owner, trx="0", usdt="5")
    return owner


@pytest.fixture
def holder(chain: Chain) -> Owner:
    """Already has USDT."""
    holder = Owner()
    chain.endow(holder, usdt="1")
    return holder


def test_leased_energy_and_free_bandwidth_cost_no_trx(chain: Chain, owner: Owner, holder: Owner) -> None:
    chain.endow(owner, energy=65_000)
    info = sent(chain, chain.transfer_usdt(owner, holder.raw, 2_000_000))
    assert "fee" not in info
    assert info["receipt"] == {
        "energy_usage": HELD,
        "energy_usage_total": HELD,
        "net_usage": SIZE,
        "result": "SUCCESS",
        "energy_penalty_total": 49_635,
    }
    assert (chain.balance(owner.address), chain.balance(holder.address)) == (3_000_000, 3_000_000)
    assert 65_000 - HELD <= chain.energy(owner.address) <= 65_000 - HELD + 20


def test_what_is_missing_is_burnt(chain: Chain, owner: Owner, receiver: Owner) -> None:
    chain.endow(owner, trx="20", energy=30_000)
    info = sent(chain, chain.transfer_usdt(owner, receiver.raw, 1))
    burnt = (NEW - 30_000) * 100
    assert info["receipt"]["energy_usage"] == 30_000
    assert info["receipt"]["energy_usage_total"] == NEW
    assert info["receipt"]["energy_fee"] == info["fee"] == burnt
    assert chain.wallet("getaccount", address=owner.hex)["balance"] == 20_000_000 - burnt


@pytest.mark.parametrize(("energy", "fee_limit"), [(0, 0), (64_284, 30_000_000), (200_000, 6_428_400)])
def test_out_of_energy_burns_all_of_the_limit(
    chain: Chain, owner: Owner, holder: Owner, energy: int, fee_limit: int
) -> None:
    """With no TRX, and with enough leased energy under a fee limit that is too low for it."""
    chain.endow(owner, energy=energy)
    info = sent(chain, chain.transfer_usdt(owner, holder.raw, 1, fee_limit=fee_limit))
    assert (info["result"], info["receipt"]["result"]) == ("FAILED", "OUT_OF_ENERGY")
    assert "log" not in info
    assert bytes.fromhex(info["resMessage"]).startswith(b"Not enough energy")
    assert info["receipt"].get("energy_usage", 0) == min(energy, fee_limit // 100)
    assert chain.balance(owner.address) == 5_000_000
    assert chain.wallet("gettransactionbyid", value=info["id"])["ret"] == [{"contractRet": "OUT_OF_ENERGY"}]


def test_out_of_energy_with_trx_loses_the_fee_limit(chain: Chain, owner: Owner, holder: Owner) -> None:
    chain.endow(owner, trx="50")
    info = sent(chain, chain.transfer_usdt(owner, holder.raw, 1, fee_limit=5_000_000))
    assert (info["receipt"]["result"], info["receipt"]["energy_fee"]) == ("OUT_OF_ENERGY", 5_000_000)


def test_the_second_transfer_of_a_day_burns_its_bandwidth(chain: Chain, owner: Owner, holder: Owner) -> None:
    chain.endow(owner, trx="10", energy=200_000)
    assert sent(chain, chain.transfer_usdt(owner, holder.raw, 1))["receipt"]["net_usage"] == SIZE
    second = sent(chain, chain.transfer_usdt(owner, holder.raw, 1))
    assert second["receipt"]["net_fee"] == second["fee"] == SIZE * 1_000
    resources = chain.wallet("getaccountresource", address=owner.hex)
    assert SIZE - 2 <= resources["freeNetUsed"] <= SIZE  # it recovers by the second
    assert resources["freeNetLimit"] == 600


def test_usage_recovers_within_a_day(chain: Chain, owner: Owner, holder: Owner) -> None:
    chain.endow(owner, energy=200_000)
    sent(chain, chain.transfer_usdt(owner, holder.raw, 1))
    assert HELD - 20 <= chain.wallet("getaccountresource", address=owner.hex)["EnergyUsed"] <= HELD
    chain.control("clock", seconds=43_200)
    resources = chain.wallet("getaccountresource", address=owner.hex)
    assert resources["freeNetUsed"] == pytest.approx(SIZE / 2, abs=2)
    assert "EnergyLimit" not in resources  # the lease has ended
    assert chain.produce() > 0


def test_activation_costs_and_creates(chain: Chain, owner: Owner, receiver: Owner) -> None:
    assert chain.wallet("getaccount", address=receiver.hex) == {}
    assert chain.wallet("getaccountresource", address=receiver.hex) == {}
    chain.endow(owner, trx="5")
    info = sent(chain, chain.transfer_trx(owner, receiver.raw, 1))
    assert info["fee"] == 1_100_000
    assert info["receipt"] == {"net_fee": 100_000}
    assert info["contractResult"] == [""]
    assert "contract_address" not in info
    account = chain.wallet("getaccount", address=receiver.hex)
    assert (account["address"], account["balance"]) == (receiver.hex, 1)
    again = sent(chain, chain.transfer_trx(owner, receiver.raw, 1))
    assert again["receipt"].keys() == {"net_usage"}
    assert "fee" not in again


def test_tokens_activate_nobody(chain: Chain, receiver: Owner) -> None:
    chain.pay(receiver.address, "1")
    chain.produce()
    assert chain.balance(receiver.address) == 1_000_000
    assert chain.wallet("getaccount", address=receiver.hex) == {}


def test_more_than_is_held_is_reverted(chain: Chain, owner: Owner, holder: Owner) -> None:
    chain.endow(owner, trx="50")
    info = sent(chain, chain.transfer_usdt(owner, holder.raw, 5_000_001))
    assert (info["result"], info["receipt"]["result"]) == ("FAILED", "REVERT")
    assert bytes.fromhex(info["resMessage"]) == b"REVERT opcode executed"
    assert "log" not in info
    assert chain.balance(owner.address) == 5_000_000


def test_a_frozen_address_receives_and_never_sends(chain: Chain, owner: Owner) -> None:
    chain.endow(owner, trx="50", blacklisted=True)
    chain.pay(owner.address, "1")
    chain.produce()
    assert chain.balance(owner.address) == 6_000_000
    assert int(chain.call(owner.address, "isBlackListed(address)", owner.raw)["constant_result"][0], 16) == 1
    assert sent(chain, chain.transfer_usdt(owner, wallets.DESK.raw, 1))["receipt"]["result"] == "REVERT"
    chain.endow(owner, blacklisted=False)
    assert sent(chain, chain.transfer_usdt(owner, wallets.DESK.raw, 1))["receipt"]["result"] == "SUCCESS"


def test_the_contracts_own_fee_is_a_second_log(chain: Chain, owner: Owner, holder: Owner) -> None:
    chain.endow(owner, trx="50")
    chain.control("token", basisPointsRate=19, maximumFee=49_000_000)
    try:
        info = sent(chain, chain.transfer_usdt(owner, holder.raw, 1_000_000))
        assert int(chain.call(owner.address, "basisPointsRate()")["constant_result"][0], 16) == 19
    finally:
        chain.control("token", basisPointsRate=0, maximumFee=0)
    assert [int(log["data"], 16) for log in info["log"]] == [998_100, 1_900]
    assert info["log"][0]["topics"][2].endswith(holder.hex[2:])
    assert chain.balance(holder.address) == 1_998_100


@pytest.mark.parametrize("name", ["paused"])
def test_a_paused_contract_moves_nothing(chain: Chain, owner: Owner, holder: Owner, name: str) -> None:
    chain.endow(owner, trx="50")
    chain.control("token", **{name: 1})
    try:
        assert sent(chain, chain.transfer_usdt(owner, holder.raw, 1))["receipt"]["result"] == "REVERT"
    finally:
        chain.control("token", **{name: 0})


def test_anybody_may_put_a_zero_transfer_from_anybody_into_a_log(
    chain: Chain, owner: Owner, holder: Owner
) -> None:
    chain.endow(owner, trx="50")
    words = (holder.raw, owner.raw)
    data = bytes.fromhex("23b872dd") + b"".join(each[1:].rjust(32, b"\0") for each in words)
    for amount, expected in ((0, "SUCCESS"), (1, "REVERT")):
        contract = encoding.trigger(owner.raw, USDT_RAW, data + amount.to_bytes(32, "big"))
        info = sent(chain, chain.send(chain.sign(owner, chain.raw(contract))))
        assert info["receipt"]["result"] == expected
        if not amount:
            assert info["log"][0]["topics"][1].endswith(holder.hex[2:])


def test_approved_tokens_are_taken_once(chain: Chain, owner: Owner, holder: Owner) -> None:
    chain.endow(owner, trx="50")
    chain.endow(holder, trx="50")
    approve = bytes.fromhex("095ea7b3") + owner.raw[1:].rjust(32, b"\0") + (700_000).to_bytes(32, "big")
    info = sent(
        chain, chain.send(chain.sign(holder, chain.raw(encoding.trigger(holder.raw, USDT_RAW, approve))))
    )
    assert info["fee"] == 9_976_400
    assert info["log"][0]["topics"][0].startswith("8c5be1e5")
    take = bytes.fromhex("23b872dd") + b"".join(each[1:].rjust(32, b"\0") for each in (holder.raw, owner.raw))
    outcomes = []
    for _ in range(2):
        contract = encoding.trigger(owner.raw, USDT_RAW, take + (400_000).to_bytes(32, "big"))
        outcomes.append(sent(chain, chain.send(chain.sign(owner, chain.raw(contract))))["receipt"]["result"])
    assert outcomes == ["SUCCESS", "REVERT"]
    assert chain.balance(holder.address) == 600_000


def test_padding_with_41_is_masked(chain: Chain, owner: Owner, holder: Owner) -> None:
    """As in real calls."""
    chain.endow(owner, trx="50")
    data = bytes.fromhex("a9059cbb") + holder.raw.rjust(32, b"\0") + (1).to_bytes(32, "big")
    info = sent(chain, chain.send(chain.sign(owner, chain.raw(encoding.trigger(owner.raw, USDT_RAW, data)))))
    assert info["log"][0]["topics"][2] == holder.hex[2:].rjust(64, "0")


@pytest.mark.parametrize(
    ("kind", "tokens", "logs"),
    [
        ("usdt", [wallets.USDT], 1),
        ("twice", [wallets.ROUTER, wallets.USDT, wallets.USDT], 2),
        ("through_contract", [wallets.ROUTER, wallets.USDT], 1),
        ("fake", [wallets.FAKE_USDT], 0),
        ("approval", [wallets.USDT], 0),
        ("zero", [wallets.USDT], 0),
        ("reverted", [], 0),
        ("out_of_energy", [], 0),
        ("frozen_sender", [], 0),
        ("trx", [], 0),
        ("trx_through_contract", [], 0),
    ],
)
def test_every_kind_of_payment(
    chain: Chain, receiver: Owner, kind: str, tokens: list[str], logs: int
) -> None:
    """`logs`: how many of them bring the receiver 1.5 USDT."""
    info_of = chain.pay(receiver.address, "1.5", kind)
    chain.produce()
    info = chain.info(info_of)
    assert [log["address"] for log in info.get("log", [])] == [token[2:] for token in tokens]
    assert chain.balance(receiver.address) == 1_500_000 * logs
    assert chain.balance(receiver.address, FAKE) == (1_500_000 if kind == "fake" else 0)
    trx = chain.wallet("getaccount", address=receiver.hex).get("balance", 0)
    assert trx == (1_500_000 if kind in ("trx", "trx_through_contract") else 0)
    failed = {"reverted": "REVERT", "frozen_sender": "REVERT", "out_of_energy": "OUT_OF_ENERGY"}
    assert info["receipt"].get("result", "SUCCESS") == failed.get(kind, "SUCCESS")


def test_trx_that_a_contract_passes_on(chain: Chain, owner: Owner, receiver: Owner) -> None:
    chain.endow(owner, trx="10")
    info = chain.info_of(chain.pay(receiver.address, "3", "trx_through_contract"))
    [moved] = info["internal_transactions"]
    assert (moved["transferTo_address"], moved["callValueInfo"]) == (receiver.hex, [{"callValue": 3_000_000}])
    data = encoding.transfer_call(receiver.raw, 1)
    contract = encoding.trigger(owner.raw, USDT_RAW, data)
    with_trx = encoding.Contract(contract.type, {**contract.value, "call_value": 1_000_000})
    refused = sent(chain, chain.send(chain.sign(owner, chain.raw(with_trx))))
    assert refused["receipt"]["result"] == "REVERT"  # and the TRX stays
    assert chain.wallet("getaccount", address=owner.hex)["balance"] == 10_000_000 - refused["fee"]
    too_much = encoding.Contract(contract.type, {**contract.value, "call_value": 10_000_001})
    assert chain.send(chain.sign(owner, chain.raw(too_much)))["code"] == "CONTRACT_VALIDATE_ERROR"


def test_memo_and_permission_are_kept(chain: Chain, owner: Owner, receiver: Owner) -> None:
    chain.endow(owner, trx="5")
    contract = encoding.transfer(owner.raw, receiver.raw, 1)
    signed = chain.sign(owner, chain.raw(encoding.Contract(contract.type, contract.value, 2), data=b"hello"))
    info = sent(chain, chain.send(signed))
    raw_data = chain.wallet("gettransactionbyid", value=info["id"])["raw_data"]
    assert raw_data["data"] == b"hello".hex()
    assert raw_data["contract"][0]["Permission_id"] == 2
