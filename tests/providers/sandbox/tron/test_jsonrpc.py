"""eth_blockNumber and eth_getLogs (specs/tron.md section 3)."""

from typing import Any

import pytest

from providers.sandbox.tron import wallets
from tests.providers.sandbox.tron.caller import Chain, Owner
from tests.providers.tron.transactions import fixture

TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
USDT = f"0x{wallets.USDT[2:]}"


def ask(chain: Chain, method: str, *params: Any) -> Any:
    return chain.post(
        "/jsonrpc", {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
    ).json()


def logs(chain: Chain, **wanted: Any) -> Any:
    return ask(chain, "eth_getLogs", wanted)["result"]


def topic(owner: Owner) -> str:
    return f"0x{owner.hex[2:]:0>64}"


def test_a_log_has_the_members_of_a_real_one(chain: Chain, receiver: Owner) -> None:
    txid = chain.pay(receiver.address, "1.5")
    number = chain.produce()
    [log] = logs(
        chain, fromBlock=hex(number), toBlock="latest", address=USDT, topics=[TRANSFER, None, topic(receiver)]
    )
    real = fixture("jsonrpc_getLogs_usdt_mainnet_block_0x223a0a7_excerpt")["result"][0]
    assert set(log) == set(real) | {"blockTimestamp"}
    block = chain.wallet("getblockbynum", num=number)
    assert (log["transactionHash"], log["blockHash"]) == (f"0x{txid}", f"0x{block['blockID']}")
    assert int(log["blockTimestamp"], 16) == block["block_header"]["raw_data"]["timestamp"] // 1000
    assert int(log["data"], 16) == 1_500_000
    assert ask(chain, "eth_blockNumber")["result"] == log["blockNumber"] == hex(number)


def test_the_log_index_counts_in_the_block(chain: Chain, receiver: Owner) -> None:
    for kind in ("usdt", "twice", "trx", "through_contract"):
        chain.pay(receiver.address, "1", kind)
    number = hex(chain.produce())
    found = logs(chain, fromBlock=number, toBlock=number)
    assert [int(log["logIndex"], 16) for log in found] == list(range(6))
    assert [int(log["transactionIndex"], 16) for log in found] == [0, 1, 1, 1, 3, 3]


def test_filters(chain: Chain, owner: Owner, receiver: Owner) -> None:
    for to in (owner, receiver):
        chain.pay(to.address, "1")
        chain.pay(to.address, "1", "fake")
    number = hex(chain.produce())
    span = {"fromBlock": number, "toBlock": number}
    both = [topic(owner), topic(receiver)]
    fake = f"0x{wallets.FAKE_USDT[2:]}"
    assert len(logs(chain, **span)) == 4
    assert len(logs(chain, **span, address=[USDT, fake], topics=[TRANSFER, None, both])) == 4
    assert len(logs(chain, **span, address=USDT, topics=[TRANSFER, None, both])) == 2
    assert len(logs(chain, **span, topics=[TRANSFER, None, topic(owner).upper().replace("0X", "0x")])) == 2
    assert len(logs(chain, **span, topics=[None, topic(owner)])) == 0
    assert logs(chain, fromBlock=number, toBlock=number, topics=[TRANSFER, None, None, topic(owner)]) == []


def test_finalized_is_the_solid_block(chain: Chain, receiver: Owner) -> None:
    chain.pay(receiver.address, "1")
    number = hex(chain.produce())
    chain.produce(2)
    wanted = {"topics": [None, None, topic(receiver)]}
    assert "error" in ask(chain, "eth_getLogs", {"fromBlock": number, "toBlock": "finalized", **wanted})
    chain.produce()
    assert len(logs(chain, fromBlock=number, toBlock="finalized", **wanted)) == 1


def test_a_false_empty_list(chain: Chain, receiver: Owner) -> None:
    chain.pay(receiver.address, "1")
    number = hex(chain.produce())
    chain.fault("empty_logs")
    wanted = {"fromBlock": number, "toBlock": number}
    assert ask(chain, "eth_getLogs", wanted) == fixture("misc_bodies")["jsonrpc_getLogs_false_empty"]
    assert len(logs(chain, **wanted)) == 1


@pytest.mark.parametrize(
    "wanted",
    [
        {"fromBlock": "5"},
        {"fromBlock": "0xzz"},
        {"fromBlock": 5},
        {"fromBlock": "latest", "toBlock": "0x1"},
        {"address": "41"},
        {"address": ["0x" + "00" * 20] * 1_001},
        {"topics": [None, None, ["0x" + "00" * 32] * 1_001]},
        {"topics": ["0x12"]},
        {"topics": [None] * 5},
        {"topics": "x"},
    ],
)
def test_what_is_refused(chain: Chain, wanted: dict[str, Any]) -> None:
    assert ask(chain, "eth_getLogs", wanted)["error"]["code"] == -32602


def test_a_thousand_addresses_are_taken(chain: Chain) -> None:
    """As a request of more than 64 KiB."""
    wanted = {
        "fromBlock": "latest",
        "topics": [TRANSFER, None, [f"0x{number:064x}" for number in range(1_000)]],
    }
    assert logs(chain, **wanted) == []


def test_at_most_5000_blocks(chain: Chain) -> None:
    answer = ask(chain, "eth_getLogs", {"fromBlock": "0x0", "toBlock": hex(5_001)})
    assert answer == fixture("misc_bodies")["jsonrpc_getLogs_range_error"]
    assert "result" in ask(chain, "eth_getLogs", {"fromBlock": "0x1", "toBlock": hex(5_001)})


def test_what_is_no_call(chain: Chain) -> None:
    assert ask(chain, "eth_call", {})["error"]["code"] == -32601
    assert ask(chain, "eth_getLogs")["error"]["code"] == -32602
    for body in (b"[]", b"{", b"5", b""):
        answer = chain.http.post(f"{chain.url}/jsonrpc", data=body, timeout=30).json()
        assert answer["error"]["code"] == -32600
