"""The loop of `watch_chain`: lead or stand by, follow the solidified head, read again what is owed, expire.

HTTP happens in the threads of a pool and every write in this one, so that no request can keep the lease from being
renewed. Blocks are fetched side by side and committed in order.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import DatabaseError, close_old_connections, connection
from tqdm import tqdm

from orders.models import Backfill, ChainCursor
from orders.services import backfilling, leadership, watching
from orders.services.backfilling import Wanted
from orders.services.chain_status import LATE
from orders.services.leadership import BEAT_SECONDS, LeaseLost
from orders.services.watching import WrongChain
from providers.errors import ProviderUnavailable
from providers.tron.blocks import Block, Head
from providers.tron.pool import NodePool, NoNode
from providers.tron.transfers import Transfer

logger = logging.getLogger(__name__)

WIDTH = 8  # blocks fetched side by side
ROUND_BLOCKS = 200  # then the head is asked for again and what has passed expires
STAND_BY_SECONDS = 1.0
FIRST_BACKOFF_SECONDS = 0.5
MOST_BACKOFF_SECONDS = 15.0
LOGGED_EVERY = timedelta(minutes=5)
NEWEST_EVERY = timedelta(seconds=30)  # 2,880 requests a day
T = TypeVar("T")


class Stopped(Exception):
    """SIGTERM or SIGINT while waiting for a node."""


class Watcher:
    """`poll_seconds`: the pause between two looks at the head. `shows`: a progress bar while far behind."""

    def __init__(
        self,
        nodes: NodePool,
        *,
        clock: Callable[[], datetime],
        stop: threading.Event,
        poll_seconds: float,
        shows: bool = False,
    ) -> None:
        self._nodes, self._clock, self._stop = nodes, clock, stop
        self._poll_seconds, self._shows = poll_seconds, shows
        self._holder = leadership.holder_name()
        self._failures = 0
        self._bar: tqdm[Any] | None = None
        self._logged_at: datetime | None = None
        self._newest: Future[Head | None] | None = None
        self._newest_at: datetime | None = None

    def run(self, *, once: bool = False) -> None:
        """Until stopped. `once`: until everything there is has been read."""
        stand_by = leadership.StandBy(self._holder)
        while not self._stop.is_set():
            try:
                close_old_connections()
                if not stand_by.try_to_lead(now=self._clock()):
                    self._stop.wait(STAND_BY_SECONDS)
                    continue
                logger.info("watching: %s", self._holder)
                self._lead(once=once)
            except LeaseLost as error:
                logger.warning("standing by: %s", error)
            except DatabaseError:
                logger.exception("the database failed the watcher")
                connection.close()
                self._stop.wait(STAND_BY_SECONDS)
            else:
                leadership.resign(self._holder)
                return

    def _lead(self, *, once: bool) -> None:
        self._newest = None  # an earlier lead's went with its pool
        with ThreadPoolExecutor(WIDTH, thread_name_prefix="node") as pool:
            try:
                while not self._stop.is_set():
                    close_old_connections()
                    is_idle = self._round(pool)
                    self._look_at_newest(pool, waits=once and is_idle)
                    if once and is_idle:
                        return
                    if is_idle:
                        self._wait(self._poll_seconds)
            except Stopped:
                return
            finally:
                pool.shutdown(cancel_futures=True)
                self._show(0)

    def _round(self, pool: ThreadPoolExecutor) -> bool:
        """True when nothing is left to do for now."""
        cursor = leadership.cursor()
        try:
            behind = self._follow(pool, cursor)
        except (ProviderUnavailable, WrongChain) as error:
            self._fail(error)
            return False
        watching.expire(self._holder, cursor, now=self._clock())
        if behind:
            return False
        return not self._read_again(pool, cursor)

    def _follow(self, pool: ThreadPoolExecutor, cursor: ChainCursor) -> int:
        """Up to ROUND_BLOCKS towards the head; how many are left."""
        head = self._await(pool.submit(self._nodes.head, fits=self._is_ours_and_fresh(cursor)))
        watching.check_head(cursor, head)
        watching.note_head(self._holder, head, now=self._clock())
        if cursor.number is None:
            watching.start(self._holder, head, now=self._clock())
            logger.info("reading begins after block %d", head.number)
            return 0
        last = min(head.number, cursor.number + ROUND_BLOCKS)
        ahead: dict[int, Future[Block]] = {}
        while cursor.number < last and not self._stop.is_set():
            first = cursor.number + 1
            for number in range(first, min(first + WIDTH, last + 1)):
                if number not in ahead:
                    ahead[number] = pool.submit(self._nodes.block, number)
            block = self._following(pool, cursor, self._await(ahead.pop(first)))
            watching.commit_block(self._holder, cursor, block, now=self._clock())
            self._failures = 0
            self._show(head.number - cursor.number)
        self._log(cursor, head.number)
        return max(0, head.number - cursor.number)

    def _look_at_newest(self, pool: ThreadPoolExecutor, *, waits: bool) -> None:
        """Beside the reading, which a node that does not tell of it must not hold up. `waits`: for this look's end."""
        now = self._clock()
        if self._newest is None and (self._newest_at is None or now - self._newest_at >= NEWEST_EVERY):
            self._newest, self._newest_at = pool.submit(self._nodes.newest), now
        if self._newest is not None and (waits or self._newest.done()):
            newest = self._await(self._newest)
            self._newest = None
            if newest is not None:
                watching.note_newest(self._holder, newest)

    def _is_ours_and_fresh(self, cursor: ChainCursor) -> Callable[[Head], bool]:
        """Else the other nodes are asked for their heads too."""
        fresh_since = self._clock() - LATE
        return lambda head: head.at > fresh_since and not watching.contradicts(cursor, head)

    def _following(self, pool: ThreadPoolExecutor, cursor: ChainCursor, block: Block) -> Block:
        """A block that does not follow ours may be one broken node's: then the others are asked."""

        def follows(other: Block) -> bool:
            return other.head.parent_id == cursor.block_id

        if follows(block):
            return block
        logger.error("block %d does not follow ours", block.head.number)
        return self._await(pool.submit(self._nodes.block, block.head.number, fits=follows))

    def _read_again(self, pool: ThreadPoolExecutor, cursor: ChainCursor) -> bool:
        """A part of what is owed; False when nothing is, or no node tells."""
        backfill = backfilling.next_open(cursor)
        if backfill is None:
            return False
        blocks, until = backfilling.wanted(backfill, size=2 * WIDTH)
        fetched = [(each.number, pool.submit(self._fetch_again, each)) for each in blocks]
        try:
            for number, future in fetched:
                transfers, at = self._await(future)
                watching.commit_backfill(self._holder, backfill, number, transfers, at, now=self._clock())
        except ProviderUnavailable as error:
            backfilling.note_problem(backfill, str(error))
            return False
        self._pass_over(backfill, until)
        return True

    def _fetch_again(self, wanted: Wanted) -> tuple[list[Transfer], datetime]:
        known = wanted.known
        if known is not None:
            found = self._nodes.usdt_of_block(wanted.number, transactions=known.transactions)
            return found, known.block_at
        block = self._nodes.block(wanted.number)
        return list(block.transfers), block.head.at

    def _pass_over(self, backfill: Backfill, until: int) -> None:
        if backfill.finished_at is None and until > backfill.next_number:
            watching.skip_backfill(self._holder, backfill, until, now=self._clock())

    def _fail(self, error: Exception) -> None:
        """Visible on the status page; more slowly each time, and never for long: a node may come back any moment."""
        self._failures += 1
        level = logging.ERROR if isinstance(error, WrongChain) else logging.WARNING
        logger.log(level, "no progress: %s", error)
        watching.note_problem(self._holder, str(error), now=self._clock())
        doubled = FIRST_BACKOFF_SECONDS * 2.0 ** min(self._failures - 1, 10)
        seconds = error.seconds if isinstance(error, NoNode) else doubled
        self._wait(min(seconds, MOST_BACKOFF_SECONDS))

    def _await(self, future: Future[T]) -> T:
        """Keeps the lease meanwhile. Raises what the call raised, LeaseLost and Stopped."""
        while not future.done():
            if self._stop.is_set():
                raise Stopped
            try:
                return future.result(timeout=BEAT_SECONDS)
            except TimeoutError:
                leadership.beat(self._holder)
        return future.result()

    def _wait(self, seconds: float) -> None:
        while seconds > 0 and not self._stop.wait(min(seconds, BEAT_SECONDS)):
            leadership.beat(self._holder)
            seconds -= BEAT_SECONDS

    def _log(self, cursor: ChainCursor, head_number: int) -> None:
        now = self._clock()
        if self._logged_at is None or now - self._logged_at >= LOGGED_EVERY:
            self._logged_at = now
            behind = now - cursor.block_at if cursor.block_at else None
            logger.info(
                "block %s, %d behind the head, %s old",
                cursor.number,
                head_number - (cursor.number or 0),
                behind,
            )

    def _show(self, left: int) -> None:
        """A bar on a terminal while there is more than a round to catch up."""
        if self._bar is None and self._shows and left > ROUND_BLOCKS:
            self._bar = tqdm(total=left, unit="block", desc="catching up", disable=None, leave=False)
        if self._bar is None:
            return
        self._bar.total = max(self._bar.total or 0, self._bar.n + 1 + left)
        self._bar.update(1)
        if not left:
            self._bar.close()
            self._bar = None
