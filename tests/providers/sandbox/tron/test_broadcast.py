"""What a node accepts, and the code for everything else (specs/tron.md section 8.2)."""

from typing import Any

import pytest

from providers.sandbox.tron import wallets
from providers.tron import encoding, transaction_json
from providers.tron.encoding import Contract, Signed
from tests.providers.sandbox.tron.caller import MINUTE_MS, Chain, Owner
from tests.providers.tron.transactions import fixture

DAY_MS = 86_400_000
EXPIRED = "TRANSACTION_EXPIRATION_ERROR"


@pytest.fixture
def owner(chain: Chain, owner: Owner) -> Owner:
    """Has 100 TRX and 5 USDT."""
    chain.endow(owner, trx="100", usdt="5")
    return owner


def usdt_transfer(owner: Owner, receiver: Owner) -> Contract:
    return encoding.trigger(owner.raw, bytes.fromhex(wallets.USDT), encoding.transfer_call(receiver.raw, 1))


def code(answer: Any) -> str:
    assert answer.get("result") is not True
    return str(answer["code"])


def test_a_transfer_is_accepted_executed_and_solid(chain: Chain, owner: Owner, receiver: Owner) -> None:
    raw = chain.raw(encoding.transfer(owner.raw, receiver.raw, 2_000_000))
    signed = chain.sign(owner, raw)
    body = transaction_json.printed(signed) | {"raw_data_hex": "00"}  # which nodes ignore
    answer = chain.post("/wallet/broadcasttransaction", body).json()
    txid = encoding.txid(signed.raw).hex()
    assert answer == {"result": True, "code": "SUCCESS", "txid": txid}
    assert set(answer) == set(fixture("misc_bodies")["broadcast_ok"])
    chain.produce(4)
    assert chain.solid("gettransactionbyid", value=txid)["raw_data_hex"] == signed.raw.hex()
    assert chain.solid("getaccount", address=receiver.hex)["balance"] == 2_000_000


def test_broadcasthex_says_the_same_with_the_transaction_as_text(
    chain: Chain, owner: Owner, receiver: Owner
) -> None:
    answer = chain.transfer_trx(owner, receiver.raw, 1)
    assert answer["result"] is True
    assert f'"txID": "{answer["txid"]}"' in answer["transaction"]


def test_the_same_bytes_again_are_known(chain: Chain, owner: Owner, receiver: Owner) -> None:
    """In the pool and in a block."""
    signed = chain.sign(owner, chain.raw(encoding.transfer(owner.raw, receiver.raw, 1)))
    assert chain.send(signed)["result"] is True
    pooled = chain.send(signed)
    assert (code(pooled), pooled["message"]) == ("DUP_TRANSACTION_ERROR", "Dup transaction.")
    chain.produce()
    assert code(chain.send(signed)) == "DUP_TRANSACTION_ERROR"


@pytest.mark.parametrize(
    ("after_head_ms", "expected"),
    [(-1, EXPIRED), (0, EXPIRED), (1, "SUCCESS"), (DAY_MS, "SUCCESS"), (DAY_MS + 1, EXPIRED)],
)
def test_it_must_expire_after_the_head_and_within_a_day(
    chain: Chain, owner: Owner, receiver: Owner, after_head_ms: int, expected: str
) -> None:
    head_ms = chain.status()["head_timestamp"]
    answer = chain.transfer_trx(owner, receiver.raw, 1, expiration=head_ms + after_head_ms)
    assert answer["code"] == expected


def test_what_expires_in_the_pool_is_in_no_block(chain: Chain, owner: Owner, receiver: Owner) -> None:
    """The first block may still hold it, being built on one before its end."""
    head_ms = chain.status()["head_timestamp"]
    kept = chain.transfer_trx(owner, receiver.raw, 1, expiration=head_ms + 1)["txid"]
    chain.produce()
    assert chain.info(kept)["blockNumber"]
    late = chain.transfer_trx(owner, receiver.raw, 2, expiration=head_ms + MINUTE_MS)["txid"]
    chain.control("reorganise", depth=1)  # puts the first back, and the second stays
    chain.produce(2)
    assert chain.info(kept) == {}
    assert chain.info(late)["blockNumber"]


@pytest.mark.parametrize("change", [{"ref_block_bytes": b"\xff\xfe"}, {"ref_block_hash": bytes(8)}])
def test_it_must_stand_on_a_known_block(
    chain: Chain, owner: Owner, receiver: Owner, change: dict[str, bytes]
) -> None:
    assert code(chain.transfer_trx(owner, receiver.raw, 1, **change)) == "TAPOS_ERROR"


def test_only_the_owner_signs(chain: Chain, owner: Owner, receiver: Owner) -> None:
    raw = chain.raw(encoding.transfer(owner.raw, receiver.raw, 1))
    right = chain.sign(owner, raw)
    flipped = bytes([right.signatures[0][0] ^ 1]) + right.signatures[0][1:]
    stranger = chain.sign(receiver, raw)
    for signatures in ([], stranger.signatures, [flipped], [b"x"], [bytes(65)], [*right.signatures, flipped]):
        assert code(chain.send(Signed(right.raw, tuple(signatures)))) == "SIGERROR"
    last = right.signatures[0][-1] + 27
    assert chain.send(Signed(right.raw, (right.signatures[0][:-1] + bytes([last]),)))["result"] is True


def test_changed_bytes_are_not_what_was_signed(chain: Chain, owner: Owner, receiver: Owner) -> None:
    signed = chain.sign(owner, chain.raw(encoding.transfer(owner.raw, receiver.raw, 1)))
    more = chain.sign(owner, chain.raw(encoding.transfer(owner.raw, receiver.raw, 2)))
    assert code(chain.send(Signed(more.raw, signed.signatures))) == "SIGERROR"


def test_no_bandwidth_and_no_trx(chain: Chain, owner: Owner, receiver: Owner) -> None:
    """600 free carry one token transfer a day, and what is left does not carry another."""
    chain.endow(owner, trx="0", energy=1_000_000)
    assert chain.transfer_usdt(owner, receiver.raw, 1)["result"] is True
    signed = chain.sign(owner, chain.raw(usdt_transfer(owner, receiver)))
    refused = chain.post("/wallet/broadcasttransaction", transaction_json.printed(signed)).json()
    real = fixture("misc_bodies")["broadcast_bandwidth_real_2021"]
    assert refused == real | {"txid": encoding.txid(signed.raw).hex()}


@pytest.mark.parametrize("amount", [0, -1, 100_000_001])
def test_an_amount_that_cannot_be_paid(chain: Chain, owner: Owner, receiver: Owner, amount: int) -> None:
    assert code(chain.transfer_trx(owner, receiver.raw, amount)) == "CONTRACT_VALIDATE_ERROR"


def test_the_pool_counts_as_spent(chain: Chain, owner: Owner, receiver: Owner) -> None:
    assert chain.transfer_trx(owner, wallets.DESK.raw, 60_000_000)["result"] is True
    assert code(chain.transfer_trx(owner, wallets.DESK.raw, 60_000_000)) == "CONTRACT_VALIDATE_ERROR"


def test_what_no_contract_or_account_can_do(chain: Chain, owner: Owner, receiver: Owner) -> None:
    assert code(chain.transfer_trx(Owner(), receiver.raw, 1)) == "CONTRACT_VALIDATE_ERROR"
    assert code(chain.transfer_trx(owner, owner.raw, 1)) == "CONTRACT_VALIDATE_ERROR"
    assert code(chain.transfer_trx(owner, b"\x41", 1)) == "CONTRACT_VALIDATE_ERROR"
    trade: Contract = Contract(
        "TransferAssetContract", {"owner_address": owner.raw, "to_address": receiver.raw, "amount": 1}
    )
    delegation = Contract(
        "DelegateResourceContract",
        {"owner_address": owner.raw, "receiver_address": wallets.DESK.raw, "balance": 1},
    )
    elsewhere = encoding.trigger(owner.raw, receiver.raw, b"")
    for contract in (trade, delegation, elsewhere):
        assert code(chain.send(chain.sign(owner, chain.raw(contract)))) == "CONTRACT_VALIDATE_ERROR"


def test_getsignweight_names_the_real_id(chain: Chain, owner: Owner, receiver: Owner) -> None:
    signed = chain.sign(owner, chain.raw(encoding.transfer(owner.raw, receiver.raw, 1)))
    body, txid = transaction_json.printed(signed), encoding.txid(signed.raw).hex()
    assert chain.post("/wallet/getsignweight", body).json()["transaction"]["txid"] == txid
    chain.fault("wrong_txid")
    assert chain.post("/wallet/getsignweight", body).json()["transaction"]["txid"] == "ee" * 32
