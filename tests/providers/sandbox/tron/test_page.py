"""The chain's page: filled in by its address, paid from, and careful with what it is given."""

from typing import Any

import pytest
import requests

from tests.providers.sandbox.callers import TIMEOUT_SECONDS
from tests.providers.sandbox.tron.caller import Chain, Owner


def submit(chain: Chain, **fields: Any) -> requests.Response:
    return chain.http.post(f"{chain.url}/chain", data=fields, timeout=TIMEOUT_SECONDS)


def test_it_is_filled_in_by_its_address(chain: Chain, receiver: Owner) -> None:
    page = chain.get("/chain", address=receiver.address, amount="10.5", kind="twice").text
    assert f'value="{receiver.address}"' in page
    assert 'value="10.5"' in page
    assert '<option value="twice" selected>' in page
    assert 'href="/chain"' in chain.get("/").text


@pytest.mark.parametrize(("part", "micro"), [("exact", 1_500_000), ("short", 1_490_000), ("over", 1_510_000)])
def test_exact_short_and_over(chain: Chain, receiver: Owner, part: str, micro: int) -> None:
    page = submit(chain, act="pay", address=f" {receiver.address} ", amount="1.5", kind="usdt", part=part)
    assert "waiting for a block" in page.text
    assert page.headers["Refresh"] == "2"
    assert 'value="1.5"' in page.text  # the order's amount stays for the next try
    chain.produce()
    assert "solid in 3 blocks" in chain.get("/chain").text
    chain.produce(3)
    last = chain.get("/chain", watch="1")
    assert ">solid<" in last.text
    assert "Refresh" not in last.headers
    assert chain.balance(receiver.address) == micro


def test_later_and_never(chain: Chain, receiver: Owner) -> None:
    page = submit(
        chain, act="pay", address=receiver.address, amount="1", kind="usdt", after_seconds="60"
    ).text
    assert "to come" in page
    submit(chain, act="pay", address=receiver.address, amount="1", kind="reverted")
    chain.produce(4)
    assert "REVERT, solid" in chain.get("/chain").text


def test_what_cannot_be_sent_is_told(chain: Chain) -> None:
    """Who is sent TRX cannot be who sends it."""
    page = submit(chain, act="pay", address="TEu2h1jBXKmS18JaDovFDhqTfHLPxshCuv", amount="1", kind="trx").text
    assert "CONTRACT_VALIDATE_ERROR" in page


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"act": "pay", "address": "T1", "amount": "1"}, "34 characters"),
        ({"act": "pay", "address": "<b>", "amount": "<i>"}, "not an amount"),
        ({"act": "reorganise", "depth": "99"}, "only blocks that are not solid"),
        ({"act": "settings", "block_seconds": "x"}, "not an amount"),
    ],
)
def test_what_is_wrong_is_told_on_the_page(chain: Chain, fields: dict[str, str], text: str) -> None:
    page = submit(chain, **fields)
    assert page.status_code == 200
    assert text in page.text
    assert "<i>" not in page.text


def test_an_unknown_act(chain: Chain) -> None:
    assert submit(chain, act="nothing").status_code == 400
    assert submit(chain).status_code == 400


def test_the_chain_is_steered(chain: Chain) -> None:
    head = chain.status()["head"]
    assert "Done." in submit(chain, act="produce", blocks="3").text
    assert chain.status()["head"] == head + 3
    submit(chain, act="settings", block_seconds="0", lag_blocks="1")
    assert chain.status()["lag_blocks"] == 1
    page = submit(chain, act="faults", fault="slow", value="0", count="7", percent="0").text
    assert "7 left" in page
    assert "7 left" not in submit(chain, act="faults/clear").text


def test_the_query_is_escaped(chain: Chain) -> None:
    evil = '"><script>x</script>'
    page = chain.get("/chain", address=evil, amount=evil, kind=evil, note=evil, problem=evil).text
    assert "<script>" not in page
