"""/v1/accounts/…: pages, filters and the row that comes twice (specs/tron.md section 4)."""

from typing import Any

import pytest

from tests.providers.sandbox.tron.caller import USDT, Chain, Owner
from tests.providers.tron.transactions import fixture


def page(chain: Chain, owner: Owner, what: str = "/trc20", **query: Any) -> Any:
    return chain.get(f"/v1/accounts/{owner.address}/transactions{what}", **query).json()


def test_a_row_has_the_members_of_a_real_one(chain: Chain, receiver: Owner) -> None:
    txid = chain.pay(receiver.address, "1.5")
    chain.produce(4)
    [row] = page(chain, receiver)["data"]
    real = next(
        each
        for each in fixture("trongrid_v1_account_trc20_with_duplicate")["data"]
        if "_unconfirmed" not in each
    )
    assert set(row) == set(real)
    assert (row["transaction_id"], row["to"], row["value"], row["type"]) == (
        *(txid, receiver.address, "1500000", "Transfer"),
    )
    assert row["token_info"] == real["token_info"]


def test_pages_follow_the_fingerprint(chain: Chain, receiver: Owner) -> None:
    for number in range(1, 6):
        chain.pay(receiver.address, str(number))
        chain.produce()
    query: dict[str, Any] = {"limit": 2, "order_by": "block_timestamp,asc", "only_to": "true"}
    values, fingerprint = [], None
    while True:
        answer = page(chain, receiver, **query, **({"fingerprint": fingerprint} if fingerprint else {}))
        values += [row["value"] for row in answer["data"]]
        fingerprint = answer["meta"].get("fingerprint")
        if not fingerprint:
            break
        assert f"fingerprint={fingerprint}" in answer["meta"]["links"]["next"]
    assert values == [f"{number}000000" for number in range(1, 6)]
    assert [row["value"] for row in page(chain, receiver, limit=1)["data"]] == ["5000000"]


def test_filters(chain: Chain, owner: Owner, receiver: Owner) -> None:
    chain.endow(owner, trx="50", usdt="5")
    chain.pay(owner.address, "1", "fake")
    chain.pay(owner.address, "1", "approval")
    chain.pay(owner.address, "1")
    chain.produce(4)
    chain.transfer_usdt(owner, receiver.raw, 1)
    chain.produce()
    assert len(page(chain, owner)["data"]) == 4
    assert len(page(chain, owner, only_to="true")["data"]) == 3
    assert len(page(chain, owner, only_from="true")["data"]) == 1
    assert len(page(chain, owner, only_confirmed="true")["data"]) == 3
    assert len(page(chain, owner, contract_address=USDT, only_to="true")["data"]) == 2
    assert {row["type"] for row in page(chain, owner, contract_address=USDT)["data"]} == {
        "Transfer",
        "Approval",
    }
    newest = page(chain, owner)["data"][0]["block_timestamp"]
    assert len(page(chain, owner, min_timestamp=newest)["data"]) == 1
    assert len(page(chain, owner, max_timestamp=newest - 1)["data"]) == 3
    assert len(page(chain, owner, min_timestamp=newest // 1000)["data"]) == 4  # seconds: since 1970


def test_unconfirmed_rows_are_marked_and_may_come_twice(chain: Chain, receiver: Owner) -> None:
    chain.pay(receiver.address, "1")
    chain.produce()
    assert page(chain, receiver)["data"][0]["_unconfirmed"] is True
    chain.produce(3)
    assert "_unconfirmed" not in page(chain, receiver)["data"][0]
    chain.fault("duplicate_rows")
    twins = page(chain, receiver)["data"]
    assert [row.pop("_unconfirmed", False) for row in twins] == [True, False]
    assert twins[0] == twins[1] == page(chain, receiver)["data"][0]


def test_transactions_print_zeros(chain: Chain, receiver: Owner) -> None:
    txid = chain.pay(receiver.address, "1.5", "trx")
    chain.produce(4)
    [row] = page(chain, receiver, "")["data"]
    real = fixture("trongrid_v1_account_transactions_2020")["data"][0]
    assert set(row) == set(real)
    assert (row["txID"], row["energy_fee"], row["net_fee"]) == (txid, 0, 100_000)
    assert page(chain, receiver, "", min_block_timestamp=row["block_timestamp"] + 1)["data"] == []


@pytest.mark.parametrize("path", ["x/transactions", "T1/transactions/trc20", "41/transactions"])
def test_rubbish(chain: Chain, path: str) -> None:
    answer = chain.get(f"/v1/accounts/{path}")
    assert (answer.status_code, answer.json()["success"]) == (400, False)


def test_what_is_not_there(chain: Chain, receiver: Owner) -> None:
    assert chain.get(f"/v1/accounts/{receiver.address}/nothing").status_code == 404
    assert page(chain, receiver)["data"] == []
    assert chain.get(f"/v1/accounts/{receiver.hex}/transactions").json()["data"] == []
    assert chain.get(f"/v1/accounts/{receiver.address}/transactions", limit="x").status_code == 400
