"""What operators are told by e-mail and webhook, and each telling of it."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.scope import ScopedQuerySet


def notice_id() -> str:
    return f"ntc_{uuid.uuid4().hex}"


class AlertKind(models.TextChoices):
    PROVIDER_BALANCE = "provider_balance", _("low balance at an upstream")
    PROVIDER_HEALTH = "provider_health", _("an upstream fails")
    MERCHANT_BALANCE = "merchant_balance", _("low balance of a merchant")
    CIRCUIT = "circuit", _("endpoint paused")
    CHAIN = "chain", _("chain lag")
    UNKNOWN = "unknown", _("orders that need a person")
    QUEUE = "queue", _("stuck queue")
    RECONCILIATION = "reconciliation", _("unexplained differences")
    CREDENTIAL = "credential", _("credential expires while in use")


class Alert(models.Model):
    """One condition of one subject: a single row however often it comes and goes. It is on while `over_at` is empty.
    `told_at`: when it was last told; `is_told`: that its end has to be told too."""

    kind = models.CharField(max_length=24, choices=AlertKind)
    subject = models.CharField(max_length=64, help_text=_("such as account:3"))
    name = models.CharField(max_length=255)
    detail = models.CharField(max_length=255, blank=True)
    path = models.CharField(max_length=512, help_text=_("of the page to look at"))
    raised_at = models.DateTimeField()
    over_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    is_told = models.BooleanField(default=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = [models.F("over_at").desc(nulls_first=True), "-raised_at"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject"], name="alert_once"),
            models.CheckConstraint(
                condition=Q(is_told=False) | Q(told_at__isnull=False), name="alert_told_at"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.name}"


class NoticeChannel(models.TextChoices):
    EMAIL = "email", _("e-mail")
    WEBHOOK = "webhook", _("webhook")


class NoticeStatus(models.TextChoices):
    PENDING = "pending", _("to be sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("given up")


class AlertNotice(models.Model):
    """An outbox row: one telling by one channel. Its id goes out with each try, so that a receiver knows a repeat."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="notices")
    notice_id = models.CharField(max_length=40, unique=True, default=notice_id)
    event = models.CharField(max_length=16, help_text=_("raised or over"))
    channel = models.CharField(max_length=16, choices=NoticeChannel)
    payload = models.JSONField()
    status = models.CharField(max_length=16, choices=NoticeStatus, default=NoticeStatus.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="notice_due", condition=Q(status="pending")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="pending", next_attempt_at__isnull=False)
                | (~Q(status="pending") & Q(next_attempt_at=None)),
                name="notice_next_attempt",
            ),
        ]

    def __str__(self) -> str:
        return self.notice_id
