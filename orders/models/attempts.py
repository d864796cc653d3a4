"""One try to have an order executed at one provider account."""

import secrets
import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order
from orders.models.scope import ScopedQuerySet
from orders.states import LIVE_ATTEMPT, WRITTEN_OFF_ATTEMPT, AttemptStatus


def request_id() -> str:
    return uuid.uuid4().hex


def callback_token() -> str:
    return secrets.token_urlsafe(24)


class Attempt(models.Model):
    """`request_id` is made and stored before anything is sent; the upstream gets it as out_trade_no, external_id or
    order_id. `callback_token` makes this attempt's own callback URL, for upstreams whose callbacks name no order."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="attempts")
    account = models.ForeignKey(
        "providers.ProviderAccount", on_delete=models.PROTECT, related_name="attempts"
    )
    request_id = models.CharField(max_length=32, unique=True, default=request_id)
    callback_token = models.CharField(max_length=64, unique=True, default=callback_token)
    status = models.CharField(max_length=16, choices=AttemptStatus, default=AttemptStatus.SENDING)
    reason = models.CharField(max_length=512, blank=True)
    # As long as any word that the wire formats let through.
    upstream_id = models.CharField(max_length=255, blank=True, db_index=True)
    upstream_status = models.CharField(max_length=32, blank=True)
    cost_sun = models.BigIntegerField(null=True)
    refund_sun = models.BigIntegerField(null=True)
    txid = models.CharField(max_length=255, blank=True, db_index=True)
    active_hash = models.CharField(max_length=255, blank=True)
    bandwidth_hash = models.CharField(max_length=255, blank=True)
    sent_at = models.DateTimeField()
    sends = models.PositiveSmallIntegerField(
        default=1, help_text=_("over 1 only where a repeat is safe by contract")
    )
    not_found_count = models.PositiveSmallIntegerField(default=0)
    first_not_found_at = models.DateTimeField(null=True)
    polls = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(
        null=True, help_text=_("when its upstream was last asked after it was written off")
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["finished_at"],
                condition=Q(status__in=sorted(WRITTEN_OFF_ATTEMPT)),
                name="attempt_written_off",
            ),
            models.Index(fields=["active_hash"], name="attempt_active_hash", condition=~Q(active_hash="")),
            models.Index(
                fields=["bandwidth_hash"], name="attempt_bandwidth_hash", condition=~Q(bandwidth_hash="")
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(status__in=sorted(LIVE_ATTEMPT)), name="attempt_one_live"
            ),
            models.CheckConstraint(condition=Q(status__in=AttemptStatus.values), name="attempt_status_known"),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.request_id[:8]}"
