"""Blocks and infos over HTTP: shapes, what is solid, and the answers for what is not there."""

import itertools
from typing import Any

import pytest

from tests.providers.sandbox.tron.caller import Chain, Owner
from tests.providers.tron.transactions import fixture

NOWHERE = 10**9
BODIES = fixture("misc_bodies")


def number_of(block: Any) -> int:
    return int(block["block_header"]["raw_data"]["number"])


def test_a_payment_is_in_the_head_and_later_solid(chain: Chain, receiver: Owner) -> None:
    txid = chain.pay(receiver.address, "1.5")
    assert chain.info(txid) == {}
    number = chain.produce()
    block = chain.wallet("getblockbynum", num=number)
    assert [one["txID"] for one in block["transactions"]] == [txid]
    assert [one["id"] for one in chain.wallet("gettransactioninfobyblocknum", num=number)] == [txid]
    assert chain.solid("getblockbynum", num=number) == {}
    assert chain.solid("gettransactioninfobyblocknum", num=number) == []
    assert chain.solid("gettransactioninfobyid", value=txid) == {}
    assert chain.solid("gettransactionbyid", value=txid) == {}
    assert chain.solid("gettransactioncountbyblocknum", num=number) == {"count": 0}
    chain.produce(3)
    assert number_of(chain.solid("getnowblock")) == number
    assert chain.solid("getblockbynum", num=number) == block
    assert chain.solid("gettransactioncountbyblocknum", num=number) == {"count": 1}
    info = chain.solid("gettransactioninfobyid", value=txid)
    assert chain.solid("gettransactioninfobyblocknum", num=number) == [info]
    assert chain.solid("gettransactionbyid", value=txid) == block["transactions"][0]


def test_an_info_has_the_members_of_a_real_one(chain: Chain, receiver: Owner) -> None:
    """A transfer that burns TRX for both resources; the members that are zero are absent in both."""
    chain.pay(receiver.address, "1")
    chain.pay(receiver.address, "1")
    txid = chain.pay(receiver.address, "1")
    number = chain.produce()
    info, real = chain.info(txid), fixture("info_failed_out_of_energy_66860010")
    assert info["blockNumber"] == number
    assert set(info) == set(real) - {"result", "resMessage"} | {"log"}
    assert info["contractResult"] == ["0" * 64]
    assert info["log"][0]["topics"][0].startswith("ddf252ad")
    assert (info["log"][0]["topics"][2][-40:], int(info["log"][0]["data"], 16)) == (
        receiver.hex[2:],
        1_000_000,
    )


def test_blocks_are_a_chain(chain: Chain) -> None:
    last = chain.produce(4)
    blocks = [chain.wallet("getblockbynum", num=number) for number in range(last - 4, last + 1)]
    for before, after in itertools.pairwise(blocks):
        header, previous = (each["block_header"]["raw_data"] for each in (after, before))
        assert header["parentHash"] == before["blockID"]
        assert int(after["blockID"][:16], 16) == header["number"] == previous["number"] + 1
        assert header["timestamp"] >= previous["timestamp"] + 3_000
        assert "transactions" not in after


def test_what_is_not_there_is_empty(chain: Chain) -> None:
    for ask in (chain.wallet, chain.solid):
        assert ask("getblockbynum", num=NOWHERE) == BODIES["getblockbynum_future_block"]
        assert ask("getblock", id_or_num=str(NOWHERE)) == {}
        assert ask("getblockbylimitnext", startNum=NOWHERE, endNum=NOWHERE + 2) == {}
        assert (
            ask("gettransactioninfobyblocknum", num=NOWHERE)
            == BODIES["gettransactioninfobyblocknum_unknown_or_future_block"]
        )
        assert ask("gettransactioninfobyblocknum", num=0) == BODIES["gettransactioninfobyblocknum_num_0"]
        assert ask("gettransactioninfobyblocknum", num=-5) == {}
        assert ask("gettransactioncountbyblocknum", num=NOWHERE) == {"count": 0}
        assert ask("gettransactioninfobyid", value="ab" * 32) == BODIES["gettransactioninfobyid_unknown"]
        assert ask("gettransactionbyid", value="ab" * 32) == {}
    empty = chain.produce()
    assert chain.wallet("gettransactioninfobyblocknum", num=empty) == []
    assert chain.wallet("gettransactioncountbyblocknum", num=empty) == {"count": 0}


def test_a_block_without_a_number_is_the_first(chain: Chain) -> None:
    """Its number is zero, and zeros are not printed."""
    assert "number" not in chain.wallet("getblockbynum")["block_header"]["raw_data"]


def test_getblock_by_id_by_number_and_the_newest(chain: Chain, receiver: Owner) -> None:
    chain.pay(receiver.address, "1")
    number = chain.produce()
    whole = chain.wallet("getblockbynum", num=number)
    header = {name: whole[name] for name in ("blockID", "block_header")}
    assert chain.wallet("getblock") == header
    assert chain.wallet("getblock", id_or_num=str(number)) == header
    assert chain.wallet("getblock", id_or_num=whole["blockID"], detail=True) == whole
    assert chain.wallet("getblock", id_or_num=whole["blockID"][:16] + "0" * 48) == {}
    assert number_of(chain.solid("getblock")) == number - 3


def test_ranges_end_before_their_end(chain: Chain) -> None:
    last = chain.produce(3)
    found = chain.wallet("getblockbylimitnext", startNum=last - 2, endNum=last)["block"]
    assert [number_of(block) for block in found] == [last - 2, last - 1]
    beyond = chain.wallet("getblockbylimitnext", startNum=last, endNum=last + 50)["block"]
    assert [number_of(block) for block in beyond] == [last]
    assert chain.wallet("getblockbylimitnext", startNum=0, endNum=101) == {}
    assert chain.wallet("getblockbylimitnext", startNum=5, endNum=5) == {}


def test_get_works_as_post_does(chain: Chain) -> None:
    number = chain.produce()
    asked = chain.get("/wallet/getblockbynum", num=number).json()
    assert (
        asked == chain.wallet("getblockbynum", num=number) == chain.wallet("getblockbynum", num=str(number))
    )


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/wallet/getblockbynum", b"{"),
        ("/wallet/getblockbynum", b"[]"),
        ("/wallet/getblockbynum", b'{"num":"x"}'),
        ("/wallet/getblockbynum", b'{"num":1.5}'),
        ("/wallet/getblockbynum", b'{"num":99999999999999999999}'),
        ("/wallet/getblock", b'{"id_or_num":"zz"}'),
        ("/wallet/gettransactioninfobyid", b'{"value":5}'),
        ("/wallet/getaccount", b'{"address":"41"}'),
        ("/wallet/getaccount", b"{}"),
        ("/wallet/triggerconstantcontract", b'{"owner_address":"x"}'),
        ("/wallet/broadcasthex", b'{"transaction":"zz"}'),
        ("/wallet/broadcasthex", b'{"transaction":"0a03ffffff"}'),
        ("/wallet/broadcasttransaction", b"{}"),
        ("/wallet/broadcasttransaction", b'{"raw_data":{"contract":[{"type":"VoteWitnessContract"}]}}'),
        ("/wallet/getsignweight", b'{"raw_data":[]}'),
    ],
)
def test_rubbish_is_told_with_200_and_an_error(chain: Chain, path: str, body: bytes) -> None:
    answer = chain.http.post(f"{chain.url}{path}", data=body, timeout=30)
    assert answer.status_code == 200
    assert set(answer.json()) == {"Error"}
    assert answer.json()["Error"].startswith("class ")


@pytest.mark.parametrize(
    "path", ["/wallet/nothing", "/walletsolidity/broadcasthex", "/wallet/a/b", "/wallet/"]
)
def test_unknown_paths(chain: Chain, path: str) -> None:
    assert chain.post(path).status_code == 404
