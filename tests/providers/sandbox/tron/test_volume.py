"""Full blocks for measurements keep the chain's promises, but for signatures and accounts."""

import hashlib
from itertools import pairwise

import pytest

from providers.tron import encoding, transaction_json
from tests.providers.sandbox.tron.caller import Chain, Owner


def test_full_blocks_are_a_chain_of_real_ids(chain: Chain, owner: Owner, receiver: Owner) -> None:
    receivers = [owner.address, receiver.address]
    before = chain.wallet("getnowblock")
    made = chain.control("volume", blocks=5, transactions=20, transfers=7, receivers=receivers)
    after = chain.produce()
    assert (made["last"] - made["first"], after) == (4, made["last"] + 1)
    blocks = [chain.solid("getblockbynum", num=number) for number in range(made["first"], after)]
    seen = set[str]()
    for previous, block in pairwise([before, *blocks, chain.wallet("getnowblock")]):
        header = block["block_header"]["raw_data"]
        assert header["parentHash"] == previous["blockID"]
        assert int(block["blockID"][:16], 16) == header["number"]
    for block in blocks:
        infos = chain.solid("gettransactioninfobyblocknum", num=block["block_header"]["raw_data"]["number"])
        ids = [each["txID"] for each in block["transactions"]]
        assert ids == [info["id"] for info in infos]
        assert {info["blockNumber"] for info in infos} == {block["block_header"]["raw_data"]["number"]}
        assert {info["blockTimeStamp"] for info in infos} == {block["block_header"]["raw_data"]["timestamp"]}
        for each in block["transactions"]:
            assert hashlib.sha256(bytes.fromhex(each["raw_data_hex"])).hexdigest() == each["txID"]
            assert encoding.encode(transaction_json.read_raw(each["raw_data"])).hex() == each["raw_data_hex"]
        paid = [info["log"][0]["topics"][2][-40:] for info in infos if "log" in info]
        assert paid == ([owner.hex[2:], receiver.hex[2:]] * 4)[:7]
        seen |= set(ids)
    assert len(seen) == 5 * 20


def test_the_chain_goes_on_behind_them(chain: Chain, receiver: Owner) -> None:
    chain.control("volume", blocks=1_000)
    txid = chain.pay(receiver.address, "1")
    chain.produce(4)
    assert chain.solid("gettransactioninfobyid", value=txid)["blockNumber"]
    assert chain.wallet("gettransactioncountbyblocknum", num=chain.status()["head"] - 10) == {"count": 380}
    found = chain.wallet("getblockbylimitnext", startNum=chain.status()["head"] - 5, endNum=10**9)
    assert found == {}


@pytest.mark.parametrize(
    "values", [{"blocks": 0}, {"transfers": 400}, {"receivers": ["x"]}, {"receivers": "x"}]
)
def test_a_volume_that_cannot_be_made(chain: Chain, values: dict[str, object]) -> None:
    assert chain.post("/control/chain/volume", {"blocks": 1} | values).status_code == 400
