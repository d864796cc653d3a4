"""What staff are told: why an order is not paid, what became of a transaction, and where the chain stands."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from orders.models import ChainNode, Order, Payment, ScannedBlock
from orders.services.candidates import ranked
from orders.services.chain_status import chain_status
from orders.services.explaining import explain, explain_txid
from providers.tron.node import NodeAddress
from providers.tron.pool import NodePool
from tests.chain import CONTRACT, Chain, call, paid, serve, usdt_log
from tests.loopback import LOOPBACK
from tests.orders.conftest import ADDRESS, NOW, OTHER_ADDRESS, Place
from tests.orders.services.chain.conftest import AMOUNT, OwnPlace
from tests.reader import NODE, Reader

SOON = NOW + timedelta(minutes=2)


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def test_an_order_tells_how_far_the_chain_is_and_what_is_nearest(reader: Reader, deposit: OwnPlace) -> None:
    order = deposit()
    told = explain(order, now=SOON)
    assert told.verdict == "Nothing has arrived at its address so far."
    assert "No block was matched against it yet; the next one will be." in told.points
    reader.chain.grow(2)
    reader.chain.add(paid(1, ADDRESS, AMOUNT - 10_000), paid(2, ADDRESS, 5_000_000))
    reader.read()
    told = explain(fresh(order), now=SOON)
    assert "0.01 USDT short: 100.28 was paid" in told.verdict
    assert [each.payment.amount_micro for each in told.seen] == [AMOUNT - 10_000, 5_000_000]
    assert f"The chain is read up to block 1003, {120 - 3} s ago by its own clock." in told.points
    assert any("may still be in blocks to come" in point for point in told.points)


def test_a_paid_and_an_expired_order(reader: Reader, deposit: OwnPlace) -> None:
    paid_order, expired = deposit(), deposit(amount_micro=7)
    reader.chain.grow(2)
    reader.chain.add(paid(1, ADDRESS, AMOUNT))
    reader.chain.grow(650)
    reader.read()
    assert explain(fresh(paid_order), now=SOON).verdict.startswith("It is paid: transaction ")
    told = explain(fresh(expired), now=SOON)
    assert told.verdict.startswith("It has ended unpaid: expired")
    assert told.seen[0].reasons[-1] == f"it settled order {paid_order.number}"


def test_before_the_first_block_and_elsewhere(db: None, place: Place, deposit: OwnPlace) -> None:
    assert "the watcher has never run" in explain(deposit(), now=SOON).points[-1]
    other = place(kind="monitor", watcher="upstream", address=OTHER_ADDRESS)
    assert explain(other, now=SOON).verdict.startswith("An upstream watches this order")


def test_candidates_are_ranked_with_reasons(reader: Reader, deposit: OwnPlace) -> None:
    near, far = deposit(), deposit(amount_micro=5_000_000)
    reader.chain.grow(2)
    reader.chain.add(paid(1, ADDRESS, AMOUNT + 1))
    reader.read()
    likely = ranked(Payment.objects.get())
    assert [each.order for each in likely] == [near, far]
    assert likely[0].reasons == ("0.000001 USDT over: 100.290001 was paid",)


def test_a_transaction_is_found_with_us_or_on_the_node(
    reader: Reader, deposit: OwnPlace, chain: Chain
) -> None:
    order = deposit()
    chain.grow(2)
    chain.add(
        paid(1, ADDRESS, AMOUNT),
        paid(2, OTHER_ADDRESS, 5_000_000),
        call(3, usdt_log(ADDRESS, OTHER_ADDRESS, 5), result="REVERT"),
        call(4),
    )
    reader.read()
    ids = [info["id"] for info in chain.infos[chain.head]]
    with serve(chain) as server:
        nodes = NodePool(
            [NodeAddress(name="node", url=server.url)],
            contract=CONTRACT,
            connect_seconds=2,
            total_seconds=5,
            policy=LOOPBACK,
        )
        verdicts = [explain_txid(f" 0x{txid.upper()} ".replace("0X", "0x"), nodes, now=SOON) for txid in ids]
        missing = explain_txid("f" * 64, nodes, now=SOON)
    assert verdicts[0].verdict == f"We know it: it settled order {order.number}."
    assert verdicts[1].verdict == "It moved USDT, but to no address that we watched then."
    assert verdicts[1].points[-1] == f"5 USDT to {OTHER_ADDRESS}: nobody waits there"
    assert verdicts[2].verdict == "It has failed on chain: no money moved."
    assert verdicts[3].verdict == "It moved no USDT."
    assert missing.verdict == "The node knows no such solidified transaction."
    nobody = NodePool([], contract=CONTRACT, connect_seconds=1, total_seconds=1, policy=LOOPBACK)
    assert "no node could be asked" in explain_txid("f" * 64, nobody, now=SOON).verdict
    assert "64 hex digits" in explain_txid("abc", nobody, now=SOON).verdict


def test_the_status_of_the_chain(reader: Reader, settings: Settings) -> None:
    settings.TRON_REQUESTS_PER_DAY = 100
    assert chain_status(now=SOON).lag == timedelta(seconds=126)
    reader.chain.grow(5)
    reader.read()
    ChainNode.objects.create(
        name=NODE["name"], day=SOON.date(), requests_today=30, rests_until=SOON + timedelta(seconds=9)
    )
    status = chain_status(now=SOON)
    assert (status.missing, status.is_late) == (0, False)
    assert status.blocks_per_second == pytest.approx(1 / 3)
    assert [(node.requests_left, node.is_resting) for node in status.nodes] == [(70, True)]
    ScannedBlock.objects.get(number=1003).delete()
    status = chain_status(now=NOW + timedelta(minutes=9))
    assert (status.missing, status.is_late) == (1, True)


def test_without_a_node_nothing_is_late(db: None, settings: Settings) -> None:
    settings.TRON_NODES = []
    status = chain_status(now=NOW)
    assert (status.cursor, status.lag, status.is_late, status.nodes) == (None, None, False, [])
    settings.TRON_NODES = [NODE]
    assert chain_status(now=NOW).is_late
