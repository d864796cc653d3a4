"""Reads a test's chain into the database block by block, as the watcher does, without HTTP and without its loop."""

from datetime import datetime, timedelta

from django.conf import settings

from orders.models import Backfill, ChainCursor
from orders.services import backfilling, leadership, watching
from providers.tron.blocks import Block, read_block, read_head
from tests.chain import CONTRACT, Chain

HOLDER = "the watcher of this test"
NODE = {"name": "node", "url": "http://127.0.0.1:9", "solidity_url": "", "api_key": ""}


class Reader:
    def __init__(self, chain: Chain, *, holder: str = HOLDER) -> None:
        self.chain, self.holder = chain, holder

    def start(self) -> "Reader":
        """From the chain's head as it is now."""
        now = self.chain.time_of(self.chain.head)
        cursor = leadership.cursor()
        ChainCursor.objects.filter(pk=cursor.pk).update(holder=self.holder)
        assert watching.start(self.holder, read_head(self.chain.blocks[self.chain.head]), now=now)
        return self

    @property
    def cursor(self) -> ChainCursor:
        return ChainCursor.objects.get(network=settings.TRON_NETWORK)

    def block(self, number: int) -> Block:
        blocks, infos = self.chain.blocks, self.chain.infos
        return read_block(blocks[number], infos[number], number=number, contract=CONTRACT)

    def read(self, *, backfills: bool = True) -> int:
        """Up to the head, then what is owed, then who has expired. Returns how many payments are new."""
        cursor, booked = self.cursor, 0
        while cursor.number is not None and cursor.number < self.chain.head:
            block = self.block(cursor.number + 1)
            booked += watching.commit_block(self.holder, cursor, block, now=self.now(block.head.at))
        if backfills:
            booked += self.backfill()
        now = self.now(self.chain.time_of(self.chain.head))
        while watching.expire(self.holder, cursor, now=now):
            pass
        return booked

    def backfill(self) -> int:
        booked = 0
        while (backfill := backfilling.next_open(self.cursor)) is not None:
            booked += self._work(backfill)
        return booked

    def _work(self, backfill: Backfill) -> int:
        booked = 0
        blocks, until = backfilling.wanted(backfill, size=5)
        for wanted in blocks:
            block = self.block(wanted.number)
            booked += watching.commit_backfill(
                self.holder,
                backfill,
                wanted.number,
                block.transfers,
                block.head.at,
                now=self.now(block.head.at),
            )
        if backfill.finished_at is None and until > backfill.next_number:
            watching.skip_backfill(self.holder, backfill, until, now=self.now(self.chain.start))
        return booked

    @staticmethod
    def now(at: datetime) -> datetime:
        """A block is solidified about a minute after its time."""
        return at + timedelta(seconds=57)
