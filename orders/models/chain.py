"""How far the chain has been read, by whom and from where. One row of ChainCursor a network."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order
from orders.models.scope import ScopedQuerySet


class ChainCursor(models.Model):
    """`number` is the last block of which everything is processed; it moves by one, by compare-and-set, in the
    transaction of that block's payments, and never back. Empty until the first start.

    `holder` is the one active watcher. It adds to `beat` with everything it does; a stand-by that has seen no beat for
    a while takes over (orders.services.leadership), which no difference between two hosts' clocks can disturb.
    """

    network = models.CharField(max_length=32, unique=True)
    number = models.BigIntegerField(null=True)
    block_id = models.CharField(max_length=64, blank=True)
    block_at = models.DateTimeField(null=True, help_text=_("block time: what expiry goes by"))
    first_number = models.BigIntegerField(
        null=True, help_text=_("the first block read; none is missing since")
    )
    solid_number = models.BigIntegerField(
        null=True, help_text=_("the newest solidified block a node told of")
    )
    solid_at = models.DateTimeField(null=True, help_text=_("its block time"))
    told_at = models.DateTimeField(null=True, help_text=_("when a node last told of a newest block"))
    head_number = models.BigIntegerField(
        null=True, help_text=_("the newest block of all, not solidified yet")
    )
    head_at = models.DateTimeField(null=True, help_text=_("its block time"))
    moved_at = models.DateTimeField(null=True, help_text=_("when the last block was processed"))
    problem = models.CharField(max_length=255, blank=True, help_text=_("why it does not move"))
    problem_since = models.DateTimeField(null=True)
    holder = models.CharField(max_length=96, blank=True)
    held_since = models.DateTimeField(null=True)
    beat = models.BigIntegerField(default=0)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(number=None, block_id="", block_at=None)
                | (Q(number__isnull=False, block_at__isnull=False) & ~Q(block_id="")),
                name="chain_cursor_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.network} {self.number}"

    @property
    def lag_blocks(self) -> int | None:
        if self.number is None or self.solid_number is None:
            return None
        return max(0, self.solid_number - self.number)


class ScannedBlock(models.Model):
    """The ledger of blocks: the proof that none was left out. `usdt_transfers` of 0 spares a backfill the reading."""

    cursor = models.ForeignKey(ChainCursor, on_delete=models.PROTECT, related_name="blocks")
    number = models.BigIntegerField()
    block_id = models.CharField(max_length=64)
    parent_id = models.CharField(max_length=64)
    block_at = models.DateTimeField()
    transactions = models.PositiveIntegerField()
    usdt_transfers = models.PositiveIntegerField()
    undecodable = models.JSONField(
        default=list, help_text=_("events of the USDT contract that could not be read")
    )
    scanned_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["cursor", "number"], name="scanned_block_once"),
        ]

    def __str__(self) -> str:
        return gettext("block %(number)s") % {"number": self.number}


class WatchedAddress(models.Model):
    """Transfers to it are kept when their block time is from `since` until `until` (empty: without end). A row outlives
    the orders that made it, so that late money is seen. `is_ours`: we hold its key, so money from it is an inner move.
    """

    hex = models.CharField(
        max_length=42, unique=True, help_text=_("41 and 40 more digits, as nodes write it")
    )
    address = models.CharField(max_length=34)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    is_ours = models.BooleanField(default=False)

    objects = ScopedQuerySet.as_manager()

    def __str__(self) -> str:
        return self.address


class Backfill(models.Model):
    """Blocks to be read again, or that were before our time: for an order whose window began earlier than we looked,
    or because a person asked. Reading a block twice changes nothing."""

    cursor = models.ForeignKey(ChainCursor, on_delete=models.PROTECT, related_name="backfills")
    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="backfills")
    first_number = models.BigIntegerField()
    last_number = models.BigIntegerField()
    next_number = models.BigIntegerField()
    found = models.PositiveIntegerField(default=0, help_text=_("payments that were not known before"))
    problem = models.CharField(max_length=255, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        permissions = [("rescan_blocks", _("Can have a range of blocks read again"))]
        indexes = [
            models.Index(fields=["id"], name="backfill_open", condition=Q(finished_at=None)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_number__lte=F("last_number"), next_number__gte=F("first_number")),
                name="backfill_range",
            ),
        ]

    def __str__(self) -> str:
        return gettext("blocks %(first_number)s to %(last_number)s") % {
            "first_number": self.first_number,
            "last_number": self.last_number,
        }

    @property
    def total(self) -> int:
        return self.last_number - self.first_number + 1

    @property
    def done(self) -> int:
        return self.next_number - self.first_number


class ChainNode(models.Model):
    """A node as all processes know it: its turn, its rest and its health. `free_at_us`: microseconds since 1970 at
    which what it was asked so far is paid for at the set rate."""

    name = models.CharField(max_length=128, unique=True)
    free_at_us = models.BigIntegerField(default=0)
    rests_until = models.DateTimeField(null=True)
    day = models.DateField(null=True, help_text="UTC")
    requests_today = models.PositiveIntegerField(default=0)
    answered_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    error = models.CharField(max_length=255, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
