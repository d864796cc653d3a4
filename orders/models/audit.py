"""What staff did, and what they asked another person to allow."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.scope import ScopedQuerySet


class AuditEntry(models.Model):
    """Append-only: a write, a refusal, a secret issued, an export, a login. Never a secret in `before` or `after`.
    `ip` and `user_agent`: of the request that it happened in; a command has none."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=48)
    refused = models.BooleanField(default=False)
    object_type = models.CharField(max_length=48, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    label = models.CharField(max_length=255, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    merchant = models.ForeignKey("orders.Merchant", null=True, on_delete=models.PROTECT, related_name="+")
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_index=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = _("audit entries")
        permissions = [("export_auditentry", _("Can export the audit trail"))]
        indexes = [models.Index(fields=["object_type", "object_id"], name="audit_object")]

    def __str__(self) -> str:
        return f"{self.act} {self.label}"


class ApprovalKind(models.TextChoices):
    TOP_UP = "top_up", _("top-up of a merchant")
    RESOLVE = "resolve", _("decision on an unknown outcome")
    COLD_WALLET = "cold_wallet", _("cold wallet of a merchant")
    REOPEN_PERIOD = "reopen_period", _("opening a closed month again")
    ATTACH = "attach", _("payment for an order")
    REVERSE = "reverse", _("payment taken back from its order")
    ADJUSTMENT = "adjustment", _("adjustment of a merchant's account")


class ApprovalStatus(models.TextChoices):
    PENDING = "pending", _("waiting")
    GRANTED = "granted", _("granted")
    REFUSED = "refused", _("refused")
    EXPIRED = "expired", _("expired")


class Approval(models.Model):
    """A request by one person, bound to exact values (`data`), decided by another before `expires_at`."""

    kind = models.CharField(max_length=24, choices=ApprovalKind)
    status = models.CharField(max_length=16, choices=ApprovalStatus, default=ApprovalStatus.PENDING)
    merchant = models.ForeignKey(
        "orders.Merchant", null=True, on_delete=models.PROTECT, related_name="approvals"
    )
    order = models.ForeignKey("orders.Order", null=True, on_delete=models.PROTECT, related_name="approvals")
    data = models.JSONField()
    reason = models.CharField(max_length=255)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decision_note = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        permissions = [("decide_approval", _("Can grant or refuse an approval"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("requested_by")),
                name="approval_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(status="granted") | Q(decided_by__isnull=False), name="approval_granted_by"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"
