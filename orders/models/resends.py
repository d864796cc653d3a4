"""Jobs that resend many callbacks at the pace their receivers bear."""

from collections.abc import Sequence

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.models.callbacks import Callback
from orders.models.scope import ScopedQuerySet
from orders.states import ResendStatus


class ResendJobQuerySet(ScopedQuerySet["ResendJob"]):
    def of_merchants(self, mine: Sequence[int]) -> "ResendJobQuerySet":
        """A job that resends anything of another merchant's tells of it by its figures."""
        items = ResendItem.objects.filter(job=OuterRef("pk"))
        others = items.exclude(callback__merchant__in=mine)
        return self.filter(Exists(items), ~Exists(others))


class ResendJob(models.Model):
    """Which callbacks it is about is fixed when it is made: its items. `due_at`: when a worker looks at it next; none
    once there is nothing left to do or to wait for. `turn_at`: when the last turn began."""

    status = models.CharField(max_length=16, choices=ResendStatus, default=ResendStatus.RUNNING)
    reason = models.CharField(max_length=255)
    filters = models.JSONField(default=dict, help_text=_("what was looked for, in words"))
    total = models.PositiveIntegerField()
    pace = models.PositiveIntegerField(help_text=_("at most so many a second and host"))
    stop_after = models.PositiveIntegerField(
        null=True, help_text=_("pause after so many failures; none: never")
    )
    forgiven = models.PositiveIntegerField(default=0, help_text=_("failures before it was resumed"))
    note = models.CharField(max_length=255, blank=True, help_text=_("why it paused by itself"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    turn_at = models.DateTimeField(null=True)

    objects = ResendJobQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["due_at"], name="resend_job_due", condition=Q(due_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(pace__gt=0), name="resend_job_pace"),
            models.CheckConstraint(
                condition=~Q(status="running") | Q(due_at__isnull=False), name="resend_job_running_is_due"
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None, status__in=["running", "paused"])
                | Q(finished_at__isnull=False, status__in=["cancelled", "done"]),
                name="resend_job_finished",
            ),
        ]

    def __str__(self) -> str:
        return gettext("resend job #%(pk)s") % {"pk": self.pk}


class ItemState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    SENT = "sent", _("on its way")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", _("first try failed")
    SKIPPED = "skipped", _("skipped")


class ResendItem(models.Model):
    """One callback of a job, with its host so that a page of results needs no join."""

    job = models.ForeignKey(ResendJob, on_delete=models.PROTECT, related_name="items", db_index=False)
    callback = models.ForeignKey(Callback, on_delete=models.PROTECT, related_name="resend_items")
    host = models.CharField(max_length=255)
    state = models.CharField(max_length=16, choices=ItemState, default=ItemState.WAITING)
    note = models.CharField(max_length=64, blank=True)
    sent_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["job", "host", "state", "id"], name="resend_item_turn")]
        constraints = [models.UniqueConstraint(fields=["job", "callback"], name="resend_item_once")]

    def __str__(self) -> str:
        return f"{self.callback_id} of {self.job_id}"
