"""The outbox towards merchants, and the log of every callback exchange in both directions."""

import uuid

from django.db import models
from django.db.models import Q

from orders.models.merchants import ApiCredential
from orders.models.orders import CallbackFormat, Order
from orders.models.scope import ScopedQuerySet
from orders.states import CallbackStatus


def event_id() -> str:
    return f"evt_{uuid.uuid4().hex}"


class Callback(models.Model):
    """One event of one order, to one URL. `payload` holds the facts and never changes; the bytes are made from it at
    each sending, since iTRX renews its timestamp."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="callbacks")
    event = models.CharField(max_length=32)
    event_id = models.CharField(max_length=40, unique=True, default=event_id)
    url = models.CharField(max_length=2048)
    host = models.CharField(max_length=255, db_index=True)
    format = models.CharField(max_length=24, choices=CallbackFormat)
    credential = models.ForeignKey(ApiCredential, on_delete=models.PROTECT, related_name="callbacks")
    payload = models.JSONField()
    status = models.CharField(max_length=16, choices=CallbackStatus, default=CallbackStatus.PENDING)
    attempts = models.PositiveIntegerField(default=0, help_text="over all rounds")
    round_attempts = models.PositiveIntegerField(default=0, help_text="since it was made or resent")
    trigger = models.CharField(max_length=16, default="automatic")
    next_attempt_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        permissions = [("resend_callback", "Can resend a callback")]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="callback_due", condition=Q(status="pending")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["order", "event"], name="callback_once_per_event"),
            models.CheckConstraint(
                condition=Q(status="pending", next_attempt_at__isnull=False)
                | (~Q(status="pending") & Q(next_attempt_at=None)),
                name="callback_next_attempt",
            ),
        ]

    def __str__(self) -> str:
        return self.event_id


class Direction(models.TextChoices):
    OUT = "out", "to the merchant"
    IN = "in", "from a provider"


class CallbackLog(models.Model):
    """One exchange, append-only; secrets masked before storing.

    `verdict`, out: delivered, refused (a status other than 200), or an error class (timeout, connection, …).
    In: accepted, no_change, or why it changed nothing (bad_signature, stale, malformed, unknown_order,
    keys_unreadable, …).
    """

    direction = models.CharField(max_length=4, choices=Direction)
    callback = models.ForeignKey(Callback, null=True, on_delete=models.PROTECT, related_name="logs")
    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="callback_logs")
    merchant = models.ForeignKey("orders.Merchant", null=True, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(
        "providers.ProviderAccount", null=True, on_delete=models.PROTECT, related_name="callback_logs"
    )
    credential = models.ForeignKey(
        ApiCredential, null=True, on_delete=models.PROTECT, related_name="callback_logs"
    )
    attempt_number = models.PositiveIntegerField(default=0)
    trigger = models.CharField(max_length=16, blank=True)
    url = models.CharField(max_length=2048)
    host = models.CharField(max_length=255, blank=True)
    request_headers = models.JSONField(default=dict)
    request_body = models.TextField(blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    response_headers = models.JSONField(default=dict)
    response_body = models.TextField(blank=True)
    verdict = models.CharField(max_length=24)
    note = models.CharField(max_length=255, blank=True)
    duration_ms = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_index=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="callback_log_merchant"),
            models.Index(fields=["verdict", "-id"], name="callback_log_verdict"),
        ]

    def __str__(self) -> str:
        return f"{self.get_direction_display()} {self.verdict}"
