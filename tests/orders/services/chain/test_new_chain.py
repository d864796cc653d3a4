"""The chain itself begins anew, as the sandbox's does by a reset, and the watcher must not go on as if it had not."""

from datetime import timedelta

import pytest

from orders.models import AuditEntry, Backfill, ChainCursor, Order, Payment, ScannedBlock
from orders.services import invariants, leadership, new_chain, watching
from orders.services.new_chain import SameChain
from orders.services.watching import WrongChain
from orders.states import OrderStatus
from providers.tron.blocks import Head, read_head
from tests.chain import Chain, paid
from tests.orders.conftest import ADDRESS, NOW
from tests.orders.services.chain.conftest import AMOUNT, OwnPlace
from tests.reader import Reader


@pytest.fixture
def anew(reader: Reader, chain: Chain) -> Chain:
    """Another chain, begun after 20 blocks of ours."""
    chain.grow(20)
    reader.read()
    return Chain(first=1, start=chain.time_of(chain.head) + timedelta(seconds=3), fork="anew")


def head_of(chain: Chain, number: int = 0) -> Head:
    return read_head(chain.blocks[number or chain.head])


def test_a_node_that_is_behind_is_no_other_chain(reader: Reader, chain: Chain) -> None:
    chain.grow(5)
    reader.read()
    for number in chain.blocks:
        watching.check_head(reader.cursor, head_of(chain, number))
    chain.grow(1)
    watching.check_head(reader.cursor, head_of(chain))


@pytest.mark.parametrize("grown", [0, 1004, 1019])
def test_another_chain_is_known_by_time_or_by_what_was_read(reader: Reader, anew: Chain, grown: int) -> None:
    anew.grow(grown)
    with pytest.raises(WrongChain, match="begin_chain_anew"):
        watching.check_head(reader.cursor, head_of(anew))
    earlier = Chain(first=1000, start=reader.chain.start - timedelta(days=1), fork="anew")
    earlier.grow(3)
    with pytest.raises(WrongChain):
        watching.check_head(reader.cursor, head_of(earlier))


def test_reading_begins_again_and_whoever_waits_is_served(
    reader: Reader, anew: Chain, deposit: OwnPlace
) -> None:
    paid_before, paid_after, unpaid = (deposit(amount_micro=AMOUNT + number) for number in range(3))
    reader.chain.add(paid("before", ADDRESS, AMOUNT))
    reader.read()
    old = new_chain.begin(head_of(anew), now=NOW)
    assert old.blocks.count() == 21
    anew.add(paid("unread", ADDRESS, AMOUNT + 1))
    second = Reader(anew).start()
    assert second.cursor.number == 2
    assert second.cursor.pk != old.pk
    anew.grow(1)
    second.read()
    assert Order.objects.get(pk=paid_after.pk).status == OrderStatus.SUCCEEDED, (
        "read again from before its head"
    )
    anew.grow(620)
    second.read()
    ends = {paid_before: OrderStatus.SUCCEEDED, unpaid: OrderStatus.FAILED}
    assert {order: Order.objects.get(pk=order.pk).status for order in ends} == ends
    assert Payment.objects.count() == 2
    assert ScannedBlock.objects.filter(cursor__network=old.network).count() == 21
    assert not Backfill.objects.filter(finished_at=None).exists()
    assert AuditEntry.objects.get(act="chain.begin_anew").after["kept_as"] == old.network
    assert invariants.broken(now=NOW) == []


def test_the_same_chain_is_not_begun_anew(reader: Reader, chain: Chain) -> None:
    chain.grow(5)
    reader.read()
    for number in (1000, 1002, 1005):
        with pytest.raises(SameChain):
            new_chain.begin(head_of(chain, number), now=NOW)
    assert ChainCursor.objects.get().number == 1005


def test_the_active_watcher_writes_nothing_to_the_old_one(reader: Reader, chain: Chain, anew: Chain) -> None:
    stale = reader.cursor
    new_chain.begin(head_of(anew), now=NOW)
    chain.grow(1)
    with pytest.raises(leadership.LeaseLost):
        watching.commit_block(reader.holder, stale, reader.block(chain.head), now=NOW)
