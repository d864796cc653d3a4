"""The watcher's writes: one transaction a block, contiguous, by compare-and-set; expiry by the chain's own clock.

The cursor moves with the payments of its block or not at all, so a watcher may be killed anywhere. Everything here
names the holder of the lease in its first UPDATE: whoever lost it writes nothing (orders.services.leadership).

An order is admitted by the first block that is matched against it. That is noted in the block's own transaction, so no
order slips in beside the cursor, whatever a placement saw of it: of an order whose window had begun by then, all blocks
before are read again, and it can't expire before that is done.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef

from orders.models import Backfill, ChainCursor, Order, ScannedBlock
from orders.models.orders import UNSEEN, WATCHED
from orders.services import arrivals, quiet_blocks
from orders.services.closing import finish
from orders.services.leadership import LeaseLost, beat
from orders.states import OrderStatus
from providers.tron.blocks import Block, Head
from providers.tron.transfers import USDT, Transfer

BLOCK_SECONDS = 3  # never less between two blocks, more where a slot was missed
ADMITTED_A_BLOCK = 2000
EXPIRED_A_ROUND = 100


class WrongChain(Exception):
    """A solidified block that is not of our chain: another network, a chain begun anew (orders.services.new_chain), or
    a broken node. No progress, a person looks."""


def start(holder: str, head: Head, *, now: datetime) -> bool:
    """Where nothing was read yet, reading begins after `head`. False when it has begun."""
    unset = ChainCursor.objects.filter(network=settings.TRON_NETWORK, holder=holder, number=None)
    return bool(
        unset.update(
            number=head.number,
            block_id=head.id,
            block_at=head.at,
            first_number=head.number + 1,
            moved_at=now,
            beat=F("beat") + 1,
        )
    )


def contradicts(cursor: ChainCursor, head: Head) -> bool:
    """A node may be behind us, but then its newest block is older than ours, and at our height it is ours."""
    if cursor.number is None or cursor.block_at is None or head.number > cursor.number:
        return False
    if head.number == cursor.number:
        return head.id != cursor.block_id
    return head.at >= cursor.block_at


def check_head(cursor: ChainCursor, head: Head) -> None:
    """Raises WrongChain."""
    known = None
    if head.number < (cursor.number or 0):
        known = ScannedBlock.objects.filter(cursor=cursor, number=head.number).first()
    if contradicts(cursor, head) or (known is not None and known.block_id != head.id):
        raise WrongChain(
            f"the newest block there is {head.number}, and it is not of the chain that was read to"
            f" {cursor.number}: another network, or a chain begun anew (manage.py begin_chain_anew)"
        )


def check_follows(cursor: ChainCursor, head: Head) -> None:
    """Raises WrongChain."""
    if head.number != (cursor.number or 0) + 1 or head.parent_id != cursor.block_id:
        raise WrongChain(f"block {head.number} does not follow our block {cursor.number}")
    if cursor.block_at is not None and head.at <= cursor.block_at:
        raise WrongChain(f"block {head.number} is not later than the one before it")


def commit_block(holder: str, cursor: ChainCursor, block: Block, *, now: datetime) -> int:
    """How many payments it brought. Updates `cursor` in place. Raises WrongChain, and LeaseLost when the row is not as
    `cursor` says: nothing is written then."""
    check_follows(cursor, block.head)
    moved: dict[str, object] = {
        "number": block.head.number,
        "block_id": block.head.id,
        "block_at": block.head.at,
        "moved_at": now,
        "problem": "",
        "problem_since": None,
    }
    if quiet_blocks.passes(holder, cursor, block, now=now):
        booked = 0
    else:
        booked = _commit(holder, cursor, block, moved, now=now)
    for name, value in moved.items():
        setattr(cursor, name, value)
    return booked


def _commit(
    holder: str, cursor: ChainCursor, block: Block, moved: Mapping[str, object], *, now: datetime
) -> int:
    with transaction.atomic():
        row = ChainCursor.objects.filter(
            pk=cursor.pk, holder=holder, number=cursor.number, block_id=cursor.block_id
        )
        if not row.update(beat=F("beat") + 1, **moved):
            raise LeaseLost(f"the cursor is not at block {cursor.number}, or another watcher is active")
        _admit(cursor, now=now)
        booked = arrivals.book(block.transfers, number=block.head.number, at=block.head.at, now=now)
        _keep(cursor, block, now=now)
    return booked


def _keep(cursor: ChainCursor, block: Block, *, now: datetime) -> None:
    ScannedBlock.objects.create(
        cursor=cursor,
        number=block.head.number,
        block_id=block.head.id,
        parent_id=block.head.parent_id,
        block_at=block.head.at,
        transactions=block.transactions,
        usdt_transfers=sum(each.asset == USDT for each in block.transfers),
        undecodable=list(block.undecodable),
        scanned_at=now,
    )


def _admit(cursor: ChainCursor, *, now: datetime) -> None:
    """`cursor` is still at the block before. First in the transaction after the lock: whoever is admitted is among the
    candidates of this block too."""
    assert cursor.number is not None  # noqa: S101 - the caller has moved it
    assert cursor.block_at is not None  # noqa: S101
    unseen = Order.objects.filter(UNSEEN).order_by("id").values_list("pk", "window_start")
    rows = list(unseen[:ADMITTED_A_BLOCK])
    if not rows:
        return
    Order.objects.filter(pk__in=[pk for pk, _ in rows]).update(watched_from=cursor.number + 1)
    Backfill.objects.bulk_create(
        Backfill(
            cursor=cursor,
            order_id=pk,
            first_number=(first := first_block_since(cursor.number, cursor.block_at, start_at)),
            last_number=cursor.number,
            next_number=first,
            reason="its window began before it was placed",
            created_at=now,
        )
        for pk, start_at in rows
        if start_at is not None and start_at <= cursor.block_at
    )


def first_block_since(number: int, at: datetime, moment: datetime) -> int:
    """A block at or before `moment`, reckoned from one whose time is known: blocks are never closer than 3 s."""
    steps = -((moment - at) // timedelta(seconds=BLOCK_SECONDS))
    return max(1, number - max(0, steps))


def commit_backfill(
    holder: str,
    backfill: Backfill,
    number: int,
    transfers: Sequence[Transfer],
    at: datetime,
    *,
    now: datetime,
) -> int:
    """Block `number` of it was read again. Raises LeaseLost."""
    with transaction.atomic():
        beat(holder)
        booked = arrivals.book(transfers, number=number, at=at, now=now)
        _advance(backfill, number + 1, booked=booked, now=now)
    return booked


def skip_backfill(holder: str, backfill: Backfill, next_number: int, *, now: datetime) -> None:
    """Blocks that are known to hold nothing. Raises LeaseLost."""
    with transaction.atomic():
        beat(holder)
        _advance(backfill, next_number, booked=0, now=now)


def _advance(backfill: Backfill, next_number: int, *, booked: int, now: datetime) -> None:
    """A block is read for all who wait there: orders owed the same blocks go along."""
    is_done = next_number > backfill.last_number
    if backfill.order_id:
        others = Backfill.objects.filter(cursor=backfill.cursor_id, order__isnull=False, finished_at=None)
        others = others.exclude(pk=backfill.pk)
        others.filter(next_number__gte=backfill.next_number, next_number__lt=next_number).update(
            next_number=next_number
        )
        others.filter(next_number__gt=F("last_number")).update(finished_at=now, problem="")
    rows = Backfill.objects.filter(pk=backfill.pk, next_number=backfill.next_number)
    moved = rows.update(
        next_number=next_number,
        found=F("found") + booked,
        problem="",
        finished_at=now if is_done else None,
    )
    if not moved:
        raise LeaseLost("another watcher works on this range")
    backfill.next_number = next_number
    backfill.finished_at = now if is_done else None


def expire(holder: str, cursor: ChainCursor, *, now: datetime) -> int:
    """End the orders that the chain has passed unpaid: the cursor is beyond their window, and all of it was read.
    Raises LeaseLost."""
    if cursor.block_at is None:
        return 0
    reading = Backfill.objects.filter(order=OuterRef("pk"), finished_at=None)
    passed = Order.objects.filter(
        ~Exists(reading), WATCHED, watched_from__isnull=False, window_end__lt=cursor.block_at
    )
    ended = 0
    for order in list(
        passed.select_related("merchant", "credential").order_by("window_end")[:EXPIRED_A_ROUND]
    ):
        text = f"expired: nothing that matches arrived; block {cursor.number} is past its end"
        with transaction.atomic():
            beat(holder)
            ended += finish(order, OrderStatus.FAILED, text, now=now, reason=text)
    return ended


def note_head(holder: str, head: Head, *, now: datetime) -> None:
    """The newest solidified block as a node told it; one that is behind another takes nothing back.
    Raises LeaseLost."""
    beat(holder)
    rows = ChainCursor.objects.filter(network=settings.TRON_NETWORK, holder=holder)
    rows.update(told_at=now)
    rows.exclude(solid_number__gte=head.number).update(solid_number=head.number, solid_at=head.at)


def note_newest(holder: str, newest: Head) -> None:
    """The newest block of all, for staff to compare with. Raises LeaseLost."""
    beat(holder)
    rows = ChainCursor.objects.filter(network=settings.TRON_NETWORK, holder=holder)
    rows.update(head_number=newest.number, head_at=newest.at)


def note_problem(holder: str, problem: str, *, now: datetime) -> None:
    """Why the cursor does not move, for staff; the next block clears it."""
    rows = ChainCursor.objects.filter(network=settings.TRON_NETWORK, holder=holder)
    rows.filter(problem_since=None).update(problem_since=now)
    rows.update(problem=problem[:255])
