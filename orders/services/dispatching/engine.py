"""The dispatcher: claims, sends and records side by side, so that nothing waits for what it need not wait for.

One thread claims and another records, each with a database connection of its own; in between an event loop has many
tries in hand. First attempts and retries have slots of their own, and each host has few (hosts.py), so neither
retries nor a host that hangs keep a first attempt to another host waiting. A claim takes no more than there is room
for: what is claimed is being sent, and what has no room after all is put back at once.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.db import connection

from orders.models import Lane
from orders.services import waking
from orders.services.dispatching import recording, sending
from orders.services.dispatching.claimed import Claimed
from orders.services.dispatching.desk import Desk, Plan, Taken
from orders.services.dispatching.hosts import Host
from orders.services.dispatching.jobs import Job
from orders.services.dispatching.outcomes import Outcome

logger = logging.getLogger(__name__)
Result = TypeVar("Result")

RETRY_SHARE = 4  # one slot in four is for retries
LEAST_CLAIM, MOST_RECORDED = 16, 500
BUSY = 32  # so many tries in hand make it worth while to wait for more before writing
GATHER_SECONDS = 0.02
REFILL_SECONDS = 0.05
GAP_SECONDS = 0.005
LOOK_SECONDS = {"postgresql": 0.5, "sqlite": 0.2}  # while nothing is known to be due
PAUSE_SECONDS = 0.5  # after the database failed
GRACE_SECONDS = 5.0  # for what is in hand when the dispatcher is told to stop


class Engine:
    """`share`: how many engines part between them what one dispatcher may have in hand."""

    def __init__(self, *, clock: Callable[[], datetime], share: int = 1) -> None:
        self._clock = clock
        self._desk = Desk(clock)
        self._of_a_host = max(settings.CALLBACK_HOST_CONCURRENCY // share, 1)
        slots = settings.CALLBACK_CONCURRENCY // share
        retries = max(slots // RETRY_SHARE, 1)
        self._room = {Lane.FIRST: max(slots - retries, 1), Lane.AGAIN: retries}
        self._ask = {lane: min(LEAST_CLAIM, room) for lane, room in self._room.items()}
        self._hosts: dict[str, Host] = {}
        self._in_hand: set[asyncio.Task[None]] = set()
        self._ended: list[Outcome] = []
        self._claimer = ThreadPoolExecutor(1, thread_name_prefix="claim")
        self._recorder = ThreadPoolExecutor(1, thread_name_prefix="record")

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; then nothing is claimed any more, and what is in hand may end."""
        self._stop = stop
        self._due, self._has_ended, self._has_room = asyncio.Event(), asyncio.Event(), asyncio.Event()
        async with sending.poster() as self._poster:
            listening = asyncio.create_task(waking.listen(self._due.set))
            recording_ = asyncio.create_task(self._record())
            await self._claim()
            listening.cancel()
            with suppress(Exception):  # without the database, the leases run out
                await _in(self._claimer, self._desk.give_back)
            await self._let_end()
            await recording_
        for pool in (self._claimer, self._recorder):
            pool.submit(connection.close)
            pool.shutdown()

    # --- claiming ---------------------------------------------------------------------------------------------

    async def _claim(self) -> None:
        while not self._stop.is_set():
            self._due.clear()
            try:
                taken = await _in(self._claimer, self._desk.round, self._plan())
                await self._start(taken)
            except Exception:
                logger.exception("claiming callbacks failed")
                await self._wait(asyncio.Event(), PAUSE_SECONDS)
                continue
            if taken.is_more:
                await self._wait_for_room()
            else:
                await self._wait(self._due, LOOK_SECONDS.get(connection.vendor, 0.2))
                await self._wait(asyncio.Event(), GAP_SECONDS)

    def _plan(self) -> Plan:
        self._hosts = {name: host for name, host in self._hosts.items() if not host.is_idle}
        sizes = {lane: min(self._ask[lane], max(room, 0)) for lane, room in self._room.items()}
        backlogs = {
            name: (host.free(Lane.FIRST), host.free(Lane.AGAIN))
            for name, host in self._hosts.items()
            if host.has_backlog
        }
        return Plan(sizes, backlogs)

    async def _start(self, taken: Taken) -> None:
        for name in taken.drained:
            self._hosts[name].has_backlog = False
        refused: list[Claimed] = []
        for job in taken.jobs:
            row = job.callback
            host = self._hosts.setdefault(row.host, Host(self._of_a_host))
            if row.id in taken.probes or (host.free(row.lane) and self._room[Lane(row.lane)] > 0):
                self._take(job, host)
            else:
                host.has_backlog = True
                refused.append(row)
        self._ask_more_or_less(len(refused), len(taken.jobs))
        if refused:
            await _in(self._claimer, self._desk.give_back, refused)

    def _ask_more_or_less(self, refused: int, taken: int) -> None:
        for lane, room in self._room.items():
            asked = self._ask[lane]
            if refused > taken // 2:
                self._ask[lane] = max(asked // 2, LEAST_CLAIM)
            elif taken >= asked:
                self._ask[lane] = max(min(asked * 2, room), LEAST_CLAIM)

    def _take(self, job: Job, host: Host) -> None:
        lane = Lane(job.callback.lane)
        host.take(lane)
        self._room[lane] -= 1
        task = asyncio.create_task(self._send(job, host, lane))
        self._in_hand.add(task)
        task.add_done_callback(self._in_hand.discard)

    async def _wait_for_room(self) -> None:
        self._target = len(self._in_hand) // 2
        self._has_room.clear()
        await self._wait(self._has_room, REFILL_SECONDS)

    async def _wait(self, event: asyncio.Event, seconds: float) -> None:
        """For the event, the time, or the end."""
        waits = [asyncio.create_task(each.wait()) for each in (event, self._stop)]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for each in waits:
            each.cancel()

    # --- sending ----------------------------------------------------------------------------------------------

    _target = 0

    async def _send(self, job: Job, host: Host, lane: Lane) -> None:
        ended = await sending.send(job, self._poster, clock=self._clock)
        host.give_back(lane, is_alive=ended.is_alive)
        self._room[lane] += 1
        self._ended.append(ended)
        self._has_ended.set()
        if len(self._in_hand) - 1 <= self._target:
            self._has_room.set()

    async def _let_end(self) -> None:
        if self._in_hand:
            await asyncio.wait(self._in_hand, timeout=GRACE_SECONDS)
        for task in list(self._in_hand):
            task.cancel()
        while self._in_hand:
            await asyncio.wait(self._in_hand)

    # --- recording --------------------------------------------------------------------------------------------

    async def _record(self) -> None:
        """Ends with the last of what was in hand. What can't be written now is written later: nothing is dropped."""
        while not (self._stop.is_set() and not self._in_hand and not self._ended):
            await self._wait_for_ended()
            batch = self._ended[:MOST_RECORDED]
            if not batch:
                continue
            try:
                await _in(self._recorder, recording.record, batch)
            except Exception:
                logger.exception("recording %d tries failed", len(batch))
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                del self._ended[: len(batch)]

    async def _wait_for_ended(self) -> None:
        if not self._ended:
            self._has_ended.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._has_ended.wait(), REFILL_SECONDS if self._stop.is_set() else 0.5)
        if len(self._in_hand) > BUSY and len(self._ended) < MOST_RECORDED:
            await asyncio.sleep(GATHER_SECONDS)


async def _in(pool: ThreadPoolExecutor, call: Callable[..., Result], *arguments: object) -> Result:
    return await asyncio.get_running_loop().run_in_executor(pool, _with_a_connection, call, *arguments)


def _with_a_connection(call: Callable[..., Result], *arguments: object) -> Result:
    """An error may mean that the connection is dead: the next call opens a new one."""
    try:
        return call(*arguments)
    except Exception:
        connection.close()
        raise
